import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { descendants, type Processes } from "./processes";

/** How a pulumi command ended. */
export interface PulumiResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Engine events, for commands that run the engine; see the `EngineEvent` of @pulumi/pulumi/automation. */
  readonly events: readonly EngineEvent[];
}

/** An event of the engine: besides these two it holds one further property, which is named after its kind. */
export interface EngineEvent {
  readonly sequence: number;
  readonly timestamp: number;
  readonly [kind: string]: unknown;
}

/** How to run a pulumi command. */
export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Written to its standard input; for what must not be among the arguments. */
  readonly input?: string | undefined;
  /** File that the command writes its events to. */
  readonly eventLog?: string;
  readonly processes: Processes;
}

/** A pulumi command that runs. */
export class PulumiRun {
  /** Resolves when the command has ended, in whatever way; never rejects because of its exit code. */
  readonly result: Promise<PulumiResult>;
  private readonly child: ChildProcess;
  private readonly processes: Processes;
  private text = "";
  private readonly listeners = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: RunOptions) {
    const { env, cwd, processes } = options;
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.child = child;
    this.processes = processes;
    processes.guard(child);
    child.stdin.on("error", () => undefined); // a command that does not read its input may end before it is written
    child.stdin.end(options.input ?? "");
    this.result = this.collect(child.stdout, child.stderr, options.eventLog);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Sends a signal to the command as a terminal does: SIGINT once cancels in order, twice ends at once. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
  }

  /**
   * Kills the command alone, as a crash would: its plugins live on for as long as they themselves see fit, at longest
   * until the sandbox stops.
   */
  async kill(): Promise<PulumiResult> {
    if (this.child.pid !== undefined) this.processes.adopt(descendants(this.child.pid));
    this.signal("SIGKILL");
    return this.result;
  }

  /** Resolves when the output so far matches. @throws when the command ends without that, with its output. */
  async untilOutput(pattern: RegExp): Promise<void> {
    let ended = false;
    void this.result.finally(() => {
      ended = true;
      this.notify();
    });
    while (!pattern.test(this.text)) {
      if (ended) throw new Error(`pulumi has ended without printing ${pattern}:\n${this.text}`);
      await new Promise<void>((resolve) => this.listeners.add(resolve));
    }
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }

  private async collect(out: Readable, err: Readable, eventLog: string | undefined): Promise<PulumiResult> {
    const collected = { stdout: "", stderr: "" };
    for (const [name, stream] of [["stdout", out] as const, ["stderr", err] as const]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        collected[name] += chunk;
        this.text += chunk;
        this.notify();
      });
    }
    // Not "close": plugins that outlive a killed command keep its pipes open.
    const [exitCode] = (await once(this.child, "exit")) as [number | null, NodeJS.Signals | null];
    await Promise.all([out, err].map(drained));
    return { exitCode, ...collected, events: eventLog === undefined ? [] : await readEvents(eventLog) };
  }
}

/** Resolves when the stream has ended, or has nothing more to give at this moment although somebody holds it open. */
async function drained(stream: Readable): Promise<void> {
  if (stream.readableEnded) return;
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(), 500);
  await once(stream, "end", { signal: quiet.signal }).catch(() => stream.destroy());
  clearTimeout(timer);
}

async function readEvents(path: string): Promise<EngineEvent[]> {
  const text = await readFile(path, "utf8").catch(() => ""); // a command that fails early writes none
  const lines = text.split("\n").slice(0, -1); // the last one is empty, or half written by a killed command
  return lines.map((line) => JSON.parse(line) as EngineEvent);
}
