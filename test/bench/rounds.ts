import { providerText } from "../../components/registration/providerText";
import { type Phase, phasesOf } from "../sandbox/demoPhases";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { type Contestant, contestants, ours } from "./contestants";
import { Field } from "./field";
import { latencies } from "./latency";
import { type SizeResults, timings, type Watched } from "./results";
import type { TimedRun } from "./timedCommand";
import { type Yardsticks, yardsticks } from "./yardsticks";

/** Everything that is measured with one number of registrations, on a sandbox of its own. */
export async function measure(size: number, rounds: number, say: (line: string) => void): Promise<SizeResults> {
  const field = await Field.start(size);
  try {
    const stack = await field.stack();
    const bench = new Bench(field, stack, await yardsticks(field));
    say(`${size}: warming up`);
    await bench.round(0, false);
    bench.forget();
    say(`${size}: watched round`);
    await bench.round(0, true);
    bench.forget();
    for (let round = 1; round <= rounds; round++) {
      await bench.round(round, false);
      say(`${size}: round ${round} of ${rounds}: ${bench.last()}`);
    }
    return bench.results(size);
  } finally {
    await field.stop();
  }
}

class Bench {
  private readonly all: readonly Contestant[];
  private times = new Map<string, number[]>();
  private latencies: number[] = [];
  private phases: Phase[][] = [];
  private readonly watched: Record<string, Watched> = {};
  private stateBytes = 0;

  constructor(
    private readonly field: Field,
    private readonly stack: PulumiWorkspace,
    private readonly yardsticks: Yardsticks,
  ) {
    this.all = contestants(field, stack);
  }

  /** Every contestant once, each from the same state; another one begins in each round. */
  async round(number: number, watch: boolean): Promise<void> {
    for (const index of this.all.keys()) {
      const contestant = this.all[(index + number) % this.all.length];
      if (!contestant) continue;
      const { name } = contestant;
      await this.field.assertClean();
      this.keep(name, await this.watching(name, watch, () => contestant.register(watch)));
      await this.field.assertRegistered();
      if (name === ours.up) await this.unchanged(watch);
      const left = await contestant.leave();
      if (contestant.stack) this.keep(timings.destroy, left);
    }
    await this.field.assertClean();
  }

  /** What is thought of the rounds so far; the watched one keeps its own figures. */
  forget(): void {
    this.times = new Map();
    this.latencies = [];
    this.phases = [];
  }

  /** The last time of each, for whoever waits. */
  last(): string {
    return [...this.times].map(([name, all]) => `${name} ${((all.at(-1) ?? 0) / 1000).toFixed(1)} s`).join(", ");
  }

  results(size: number): SizeResults {
    const { latencies, phases, watched, stateBytes } = this;
    const providerBytes = (["preparation", "bootstrapToken", "clientCertificate"] as const)
      .map((name) => size * providerText(name).length)
      .reduce((sum, one) => sum + one, 0);
    const plugin = this.stack.plugins.kubernetes.source;
    return {
      size,
      plugin,
      times: Object.fromEntries(this.times),
      latencies,
      phases,
      watched,
      stateBytes,
      providerBytes,
    };
  }

  /** With all clusters registered: nothing to do, and what Pulumi itself takes for nothing. */
  private async unchanged(watch: boolean): Promise<void> {
    const { empty, least } = this.yardsticks;
    const again = await this.watching(timings.again, watch, () =>
      this.field.pulumi(this.stack, "up", ["--skip-preview", "--expect-no-changes"], watch),
    );
    this.keep(timings.again, again);
    const idle = (stack: PulumiWorkspace) => this.field.pulumi(stack, "up", ["--skip-preview"], watch);
    this.keep(timings.empty, await this.watching(timings.empty, watch, () => idle(empty)));
    this.keep(timings.least, await this.watching(timings.least, watch, () => idle(least)));
  }

  private keep(name: string, run: TimedRun): void {
    this.times.set(name, [...(this.times.get(name) ?? []), run.milliseconds]);
  }

  private async watching(name: string, watch: boolean, work: () => Promise<TimedRun>): Promise<TimedRun> {
    const run = await (watch ? this.watch(name, work) : work());
    if (name === ours.up) {
      this.latencies.push(...(await latencies(this.field, run)));
      this.phases.push(await phasesOf(run, this.stack));
      this.stateBytes = JSON.stringify(await this.stack.exportState()).length;
    }
    return run;
  }

  private async watch(name: string, work: () => Promise<TimedRun>): Promise<TimedRun> {
    const { result, requests } = await this.field.requestsDuring(work);
    this.watched[name] = { requests, usage: result.usage };
    return result;
  }
}
