import type { ChildProcess } from "node:child_process";
import { ManagedProcess, type SpawnOptions } from "./managedProcess";
import { endStrays, type Stray } from "./strays";
import { Watchdog } from "./watchdog";

export type { ManagedProcess, ProcessExit, SpawnOptions } from "./managedProcess";
export { descendants, type Stray } from "./strays";

/**
 * Everything that one sandbox has spawned. A watchdog process ends it all when this process dies in any way; so nobody
 * has to handle signals for the sake of cleanliness.
 */
export class Processes {
  private readonly processes: ManagedProcess[] = [];
  private readonly strays: Stray[] = [];

  private constructor(private readonly watchdog: Watchdog) {}

  static async start(): Promise<Processes> {
    return new Processes(await Watchdog.start());
  }

  /**
   * Runs a command, never through a shell.
   * @throws when the command is missing or not executable.
   */
  spawn(name: string, command: string, args: readonly string[], options: SpawnOptions): ManagedProcess {
    const started = new ManagedProcess(name, command, args, options, this.watchdog);
    this.processes.push(started);
    return started;
  }

  /** Guards a child process that somebody else has spawned, until it ends. It should lead a process group of its own (`detached`). */
  guard(child: ChildProcess): void {
    const pid = child.pid;
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.watchdog.guard(pid);
    child.once("exit", () => this.watchdog.release(pid));
  }

  /** Takes over processes whose parent is about to be killed: {@link stop}, or the watchdog, ends them when they still run. */
  adopt(strays: readonly Stray[]): void {
    this.strays.push(...strays);
    for (const { pid } of strays) this.watchdog.guard(pid);
  }

  /** Has this folder removed, after the processes, when this process dies without {@link stop}. */
  removeWhenAbandoned(folder: string): void {
    this.watchdog.removeFolder(folder);
  }

  /** Ends every process, the youngest first, and at last the watchdog. */
  async stop(): Promise<void> {
    for (const started of this.processes.toReversed()) await started.stop();
    this.processes.length = 0;
    endStrays(this.strays.splice(0));
    await this.watchdog.dismiss();
  }
}
