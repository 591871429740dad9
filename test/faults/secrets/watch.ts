import { readFile, readlink } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { filesBelow } from "../../e2e/support/leaks";
import { descendants } from "../../sandbox/processes";

/** Milliseconds between two looks; a process or a file that lives shorter may be missed. */
const betweenLooks = 100;

/**
 * Looks at a run from outside while it lasts: arguments and environment of pulumi and all that it starts, and whatever lies in its folder for
 * temporary files. Each text is kept once.
 */
export class Watch {
  private readonly argumentsSeen = new Set<string>();
  private readonly environments = new Set<string>();
  private readonly files = new Map<string, Set<string>>();
  private looks = 0;

  constructor(private readonly temporary: string) {}

  /** Looks again and again until the run has ended. */
  async follow(pid: number, ended: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ended.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await this.look([pid, ...descendants(pid).map((one) => one.pid)]);
      await delay(betweenLooks);
    }
  }

  /** What was seen, by what it is. */
  get evidence() {
    const joined = (texts: Iterable<string>) => [...texts].join("\n");
    const files = [...this.files].map(([name, contents]): [string, string] => [`temporary ${name}`, joined(contents)]);
    return {
      arguments: new Map([["arguments", joined(this.argumentsSeen)]]),
      environments: new Map([["environments", joined(this.environments)]]),
      temporaryFiles: new Map(files),
      looks: this.looks,
    };
  }

  private async look(pids: readonly number[]): Promise<void> {
    this.looks += 1;
    await Promise.all(pids.map((pid) => this.lookAtProcess(pid)));
    // A file may go while it is read.
    const files = await filesBelow(this.temporary).catch(() => new Map<string, string>());
    for (const [name, content] of files) this.files.set(name, (this.files.get(name) ?? new Set()).add(content));
  }

  private async lookAtProcess(pid: number): Promise<void> {
    const [line, environment] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => ""),
      readFile(`/proc/${pid}/environ`, "latin1").catch(() => ""),
    ]);
    this.argumentsSeen.add(line);
    this.environments.add(environment);
  }
}

/** Processes below another that run Node: the program, the dynamic provider, plugins. */
export async function nodesBelow(pid: number): Promise<number[]> {
  const programs = await Promise.all(
    descendants(pid).map(async (one) => ({
      pid: one.pid,
      program: await readlink(`/proc/${one.pid}/exe`).catch(() => ""),
    })),
  );
  return programs.filter(({ program }) => program.endsWith("/node")).map((one) => one.pid);
}
