import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Processes } from "./processes";
import { repositoryRoot } from "./repositoryRoot";
import type { PulumiWorkspace } from "./workspace";

/** A line of Pulumi's output and when it came. */
export interface TimedLine {
  readonly text: string;
  /** Milliseconds since the command began. */
  readonly at: number;
}

export interface DemoRunResult {
  readonly exitCode: number | null;
  readonly lines: readonly TimedLine[];
  readonly output: string;
  readonly milliseconds: number;
}

/** Lines that repeat what another one says: dots of progress, and beginnings whose end is told as well. */
const noise = /^@ |\b(creating|updating|deleting|replacing)( original)? \(\d+s\)|^\s*$/;

/** One Pulumi command of the demo, shown as it runs. */
export class DemoRun {
  readonly result: Promise<DemoRunResult>;
  private readonly child: ChildProcess;

  constructor(
    workspace: PulumiWorkspace,
    processes: Processes,
    [command, ...args]: readonly [string, ...string[]],
    show: (line: string) => void,
  ) {
    const yes = command === "preview" ? [] : ["--yes"];
    const stack = [`--stack=${workspace.stack}`, `--config-file=${workspace.configFile}`];
    const all = [command, ...yes, ...args, ...stack, "--non-interactive", "--color=never"];
    // A process group of its own: a Ctrl-C at the terminal reaches the demo alone, which passes it on.
    this.child = spawn("pulumi", all, {
      env: workspace.env,
      cwd: repositoryRoot(),
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    processes.guard(this.child);
    this.result = this.collect(show);
  }

  interrupt(): void {
    this.child.kill("SIGINT");
  }

  private async collect(show: (line: string) => void): Promise<DemoRunResult> {
    const began = Date.now();
    const lines: TimedLine[] = [];
    const ended = once(this.child, "exit") as Promise<[number | null]>;
    if (this.child.stdout) {
      for await (const text of createInterface({ input: this.child.stdout })) {
        lines.push({ text, at: Date.now() - began });
        if (!noise.test(text)) show(text);
      }
    }
    const [exitCode] = await ended;
    return { exitCode, lines, output: lines.map(({ text }) => text).join("\n"), milliseconds: Date.now() - began };
  }
}
