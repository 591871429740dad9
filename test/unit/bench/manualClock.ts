import type { Clock } from "../../bench/delayLine";

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  private time = 0;
  private timers: { readonly at: number; readonly work: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.time + milliseconds, work };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  get waiting(): number {
    return this.timers.length;
  }

  /** Lets the time pass; each timer runs at its own moment. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.timers.sort((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > end) break;
      this.timers.shift();
      this.time = next.at;
      next.work();
    }
    this.time = end;
  }

  /** Runs the next timer this long before its moment, as a system's timer may. */
  fireEarly(milliseconds: number): void {
    const next = this.timers.shift();
    if (next === undefined) throw new Error("no timer");
    this.time = next.at - milliseconds;
    next.work();
  }
}
