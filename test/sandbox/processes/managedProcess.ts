import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Watchdog } from "./watchdog";

/** How a process ended: its exit code, or the signal that ended it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How to run a process. */
export interface SpawnOptions {
  /** Standard output and standard error are appended to this file. */
  readonly logFile: string;
  /** The whole environment; default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Working directory; default: that of this process. */
  readonly cwd?: string;
  /** Seconds between SIGTERM and SIGKILL when it is stopped; default 5. With 0 it is killed at once. */
  readonly graceSeconds?: number;
}

/** A child process that leads a process group of its own and is ended when this process is gone. */
export class ManagedProcess {
  readonly name: string;
  private child: ChildProcess;
  private ending: Promise<ProcessExit>;

  constructor(
    name: string,
    private readonly command: string,
    private readonly args: readonly string[],
    private readonly options: SpawnOptions,
    private readonly watchdog: Watchdog,
  ) {
    this.name = name;
    [this.child, this.ending] = this.launch();
  }

  /** Process number of the current incarnation; see {@link restart}. */
  get pid(): number {
    return processNumber(this.child, this.name);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when the current incarnation has ended, in whatever way. */
  get exited(): Promise<ProcessExit> {
    return this.ending;
  }

  /** Sends a signal to the process and its group; does nothing when it has already ended. */
  signal(signal: NodeJS.Signals): void {
    if (!this.running) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Ends the process: SIGTERM, then SIGKILL after its grace. Resolves when it has ended. */
  async stop(): Promise<void> {
    const grace = this.options.graceSeconds ?? 5;
    if (grace > 0) {
      this.signal("SIGTERM");
      const clock = new AbortController();
      const ended = this.exited.then(() => clock.abort());
      await Promise.race([ended, delay(grace * 1000, undefined, { signal: clock.signal }).catch(() => {})]);
    }
    this.signal("SIGKILL");
    await this.exited;
  }

  /** Runs the same command again, after ending it when it still runs. The process number changes. */
  async restart(): Promise<void> {
    await this.stop();
    [this.child, this.ending] = this.launch();
  }

  /** The last lines of its log. */
  async tail(lines = 20): Promise<string> {
    const file = await open(this.options.logFile, "r");
    try {
      const { size } = await file.stat();
      const length = Math.min(size, 64 * 1024);
      const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length, length });
      return buffer.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n");
    } finally {
      await file.close();
    }
  }

  private launch(): [ChildProcess, Promise<ProcessExit>] {
    if (!this.watchdog.alive) {
      throw new Error(
        `${this.name} is not started: the watchdog of this sandbox has ended, nothing would end its processes`,
      );
    }
    const log = openSync(this.options.logFile, "a", 0o600);
    try {
      const child = spawn(this.command, this.args, {
        detached: true, // a group of its own: a Ctrl-C in the terminal is for this process alone, which ends the others in order
        stdio: ["ignore", log, log],
        env: this.options.env ?? process.env,
        ...(this.options.cwd === undefined ? {} : { cwd: this.options.cwd }),
      });
      child.on("error", () => {}); // the missing process number tells the same, and at once
      const pid = processNumber(child, this.name, this.command);
      this.watchdog.guard(pid);
      const ending = new Promise<ProcessExit>((resolve) => {
        child.once("exit", (code, signal) => {
          this.watchdog.release(pid);
          resolve({ code, signal });
        });
      });
      return [child, ending];
    } finally {
      closeSync(log);
    }
  }
}

function processNumber(child: ChildProcess, name: string, command = name): number {
  if (child.pid === undefined) throw new Error(`${name} cannot be started: ${command} is missing or not executable`);
  return child.pid;
}
