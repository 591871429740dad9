import type { ChildProcess } from "node:child_process";

const passedOn = ["SIGINT", "SIGTERM"] as const;

/** A Ctrl-C arrives twice, from the terminal and from npm: a signal within this time after another is the same one. */
const sameSignalSeconds = 1;

/**
 * Passes SIGINT and SIGTERM on to the running pulumi, and waits until it has ended: the first signal lets pulumi save its state, the second ends it at
 * once. Nothing else ever ends pulumi.
 */
export class Signals {
  private child: ChildProcess | undefined;
  private last: { signal: NodeJS.Signals; at: number } | undefined;
  private readonly handler = (signal: NodeJS.Signals) => this.receive(signal);

  /** @param clock seconds of a steady clock */
  constructor(private readonly clock: () => number = () => performance.now() / 1000) {}

  /** Whether a signal arrived, after which no further command is started. */
  get received(): boolean {
    return this.last !== undefined;
  }

  listen(): void {
    for (const signal of passedOn) process.on(signal, this.handler);
  }

  ignore(): void {
    for (const signal of passedOn) process.off(signal, this.handler);
  }

  /** Passes signals on to this process from now on. */
  follow(child: ChildProcess): void {
    this.child = child;
    child.once("exit", () => {
      if (this.child === child) this.child = undefined;
    });
  }

  receive(signal: NodeJS.Signals): void {
    const at = this.clock();
    const isRepeat = this.last?.signal === signal && at - this.last.at < sameSignalSeconds;
    if (isRepeat) return;
    this.last = { signal, at };
    this.child?.kill(signal);
  }
}
