import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Processes } from "../sandbox/processes";
import { cachedPath, type Recipe } from "./cache";
import type { ToolName } from "./tools";

/** What a build needs beside its recipe. */
export interface BuildOptions {
  readonly cache: string;
  /** Absolute path of the go command. */
  readonly go: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Told every 15 s how far the build is. */
  readonly report: (line: string) => void;
}

const reportIntervalMs = 15_000;
const errorLines = 30;

/**
 * Builds these tools of a recipe into the cache. The caller holds the lock of the recipe. An interrupted build leaves
 * nothing that could be taken for a tool, however this process ends.
 * @throws when go fails, with the end of what it said, or when the signal aborts.
 */
export async function build(recipe: Recipe, names: readonly ToolName[], options: BuildOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const prefix = `${recipe.step.folder}-${recipe.hash}.building-`;
  await removeLeftovers(options.cache, prefix);
  // A name of its own each time: the watchdog of a killed run may still be about to remove that one's folder.
  const unfinished = await mkdtemp(join(options.cache, prefix));
  const processes = await Processes.start();
  processes.removeWhenAbandoned(unfinished);
  try {
    for (const name of names) {
      await mkdir(join(unfinished, name));
      await goBuild(recipe, name, join(unfinished, name, name), options, processes);
      await publish(recipe, name, join(unfinished, name), options.cache);
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await processes.stop();
  }
}

async function goBuild(
  recipe: Recipe,
  name: ToolName,
  output: string,
  options: BuildOptions,
  processes: Processes,
): Promise<void> {
  const { env, signal } = options;
  const target = recipe.step.packages[name];
  if (target === undefined) throw new Error(`${name} is not built from ${recipe.step.folder}`);
  const args = ["build", "-v", "-mod=readonly", "-trimpath", "-ldflags", recipe.linkerFlags, "-o", output, target];
  const child = spawn(options.go, args, {
    cwd: recipe.moduleFolder,
    // For this machine, whatever the user builds otherwise; and no workspace file above may take the module in.
    env: { ...env, GOOS: recipe.goos, GOARCH: recipe.goarch, GOWORK: "off" },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true, // a group of its own, so that the compilers go with it
  });
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, by) => resolve({ code, by }));
  });
  processes.guard(child);
  const abort = () => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, "SIGKILL");
  signal?.addEventListener("abort", abort, { once: true });
  const progress = new Progress(child, options.report);
  try {
    const { code, by } = await ended;
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`go build ended with ${by ?? `exit code ${code}`}:\n${progress.complaints()}`);
  } finally {
    progress.stop();
    signal?.removeEventListener("abort", abort);
  }
}

/** Reads what `go build -v` says: a line for every module that it downloads, one for every package that it compiles. */
class Progress {
  private downloaded = 0;
  private compiled = 0;
  private readonly other: string[] = [];
  private readonly begin = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(child: ChildProcessByStdio<null, null, Readable>, report: (line: string) => void) {
    createInterface(child.stderr).on("line", (line) => this.take(line));
    this.timer = setInterval(() => report(this.state()), reportIntervalMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  complaints(): string {
    return this.other.slice(-errorLines).join("\n");
  }

  private take(line: string): void {
    if (line.startsWith("go: downloading ")) this.downloaded++;
    else if (/^[\w.~/-]+$/.test(line)) this.compiled++;
    else this.other.push(line);
  }

  private state(): string {
    const seconds = Math.round((performance.now() - this.begin) / 1000);
    return `${seconds} s: ${this.downloaded} modules downloaded, ${this.compiled} packages compiled`;
  }
}

/** What a run left behind that the machine took down with it; the lock says that nobody works there any more. */
async function removeLeftovers(cache: string, prefix: string): Promise<void> {
  const leftovers = (await readdir(cache)).filter((name) => name.startsWith(prefix));
  await Promise.all(leftovers.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

/** Gives the finished folder its name: a reader sees a whole one or none. */
async function publish(recipe: Recipe, name: ToolName, finished: string, cache: string): Promise<void> {
  const target = dirname(cachedPath(cache, recipe, name));
  await rm(target, { recursive: true, force: true }); // without an executable in it, or nobody would have asked to build
  await rename(finished, target);
}
