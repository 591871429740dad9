import type { ChildProcess } from "node:child_process";

const passedOn = ["SIGINT", "SIGTERM"] as const;
type Passed = (typeof passedOn)[number];

/** A terminal sends Ctrl-C to all processes, and npm passes on what it gets: what follows within this time is the same Ctrl-C. */
const sameSignalSeconds = 1;

/**
 * Passes SIGINT and SIGTERM on to the pulumi that runs, and waits for its end: the first one lets pulumi save what is done, the second one ends it at
 * once. Nothing else ever ends it.
 */
export class Signals {
  private child: ChildProcess | undefined;
  private last: { signal: Passed; at: number } | undefined;
  private readonly handlers = passedOn.map((signal) => [signal, () => this.receive(signal)] as const);

  /** @param clock seconds of a steady clock */
  constructor(private readonly clock: () => number = () => performance.now() / 1000) {}

  /** Whether a signal came; nothing further is started then. */
  get received(): boolean {
    return this.last !== undefined;
  }

  listen(): void {
    for (const [signal, handler] of this.handlers) process.on(signal, handler);
  }

  ignore(): void {
    for (const [signal, handler] of this.handlers) process.off(signal, handler);
  }

  /** The process that signals go to from now on. */
  follow(child: ChildProcess): void {
    this.child = child;
    child.once("exit", () => {
      if (this.child === child) this.child = undefined;
    });
  }

  receive(signal: Passed): void {
    const at = this.clock();
    const isRepeat = this.last?.signal === signal && at - this.last.at < sameSignalSeconds;
    if (isRepeat) return;
    this.last = { signal, at };
    this.child?.kill(signal);
  }
}
