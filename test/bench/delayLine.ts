/** Time as a delay line reads it. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Does the work this much later, or never once the returned function was called. */
  after(milliseconds: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** One direction of a long line: what is sent arrives in the same order after the same time, however much is under way. */
export class DelayLine {
  private readonly underWay: { readonly due: number; readonly arrive: () => void }[] = [];
  private cancel: (() => void) | undefined;

  /**
   * @param delayMs 0 delivers at once
   * @param opensAt until then what is sent waits at the beginning of the line, as data does for a connection to open
   */
  constructor(
    private readonly clock: Clock,
    private readonly delayMs: number,
    private readonly opensAt: number,
  ) {}

  send(arrive: () => void): void {
    const now = this.clock.now();
    const due = Math.max(now, this.opensAt) + this.delayMs;
    if (due <= now && this.underWay.length === 0) {
      arrive();
      return;
    }
    this.underWay.push({ due, arrive });
    if (this.underWay.length === 1) this.wait();
  }

  /** Loses what is under way. */
  cut(): void {
    this.cancel?.();
    this.underWay.length = 0;
  }

  private wait(): void {
    const next = this.underWay[0];
    this.cancel = next && this.clock.after(Math.max(0, Math.ceil(next.due - this.clock.now())), () => this.deliver());
  }

  private deliver(): void {
    const now = this.clock.now();
    const late = this.underWay.findIndex(({ due }) => due > now);
    const arrived = this.underWay.splice(0, late < 0 ? this.underWay.length : late);
    this.wait();
    for (const { arrive } of arrived) arrive();
  }
}
