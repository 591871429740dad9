import { providerText } from "../../components/registration/providerText";
import { type Phase, phasesOf } from "../sandbox/demoPhases";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { type Contestant, contestants, ours, peers } from "./contestants";
import { distance } from "./distance";
import { Field, startSandbox, type Traffic } from "./field";
import { latencies } from "./latency";
import type { Size } from "./options";
import type { Usage } from "./processWatch";
import { type SizeResults, timings } from "./results";
import type { TimedRun } from "./timedCommand";
import { type Yardsticks, yardsticks } from "./yardsticks";

/**
 * Everything that is measured with one number of registrations, on a sandbox of its own. All distances take part in each round, so that
 * near and far can be compared although the machine's speed drifts.
 */
export async function measure(
  { size, rtts }: Size,
  rounds: number,
  say: (line: string) => void,
): Promise<SizeResults[]> {
  const sandbox = await startSandbox(size);
  try {
    const benches: Bench[] = [];
    for (const rtt of rtts) benches.push(await Bench.at(await Field.at(rtt, sandbox)));
    for (const bench of benches) {
      say(`${bench.title}: warming up`);
      await bench.warmUp();
      say(`${bench.title}: watched round`);
      await bench.watch();
    }
    for (let round = 1; round <= rounds; round++) {
      for (const bench of benches) {
        await bench.round(round);
        say(`${bench.title}: round ${round} of ${rounds}: ${bench.last()}`);
      }
    }
    return benches.map((bench) => bench.results());
  } finally {
    await sandbox.stop();
  }
}

class Bench {
  private readonly all: readonly Contestant[];
  private times = new Map<string, number[]>();
  private latencies: number[] = [];
  private phases: Phase[][] = [];
  /** Requests and connections of the first run of each that counts. */
  private traffic: Record<string, Traffic> = {};
  /** Of the watched round. */
  private readonly usage: Record<string, readonly Usage[]> = {};
  private stateBytes = 0;

  private constructor(
    private readonly field: Field,
    private readonly stack: PulumiWorkspace,
    private readonly yardsticks: Yardsticks,
  ) {
    this.all = contestants(field, stack);
  }

  static async at(field: Field): Promise<Bench> {
    return new Bench(field, await field.stack(), await yardsticks(field));
  }

  get title(): string {
    return `${this.field.clusters.length}, ${distance(this.field.rtt)}`;
  }

  /** Fills the caches of kubectl, helm and Node, and makes the yardsticks' stacks. */
  async warmUp(): Promise<void> {
    await this.compete(this.named(peers.sideBySide), false);
    await this.compete(this.named(ours.up), false);
    this.forget();
  }

  /** Memory and processor time of this package; following them costs a little time. */
  async watch(): Promise<void> {
    await this.compete(this.named(ours.up), true);
    this.forget();
  }

  /** Every contestant once, each from the same state; another one begins in each round. */
  async round(number: number): Promise<void> {
    for (const index of this.all.keys()) {
      const contestant = this.all[(index + number) % this.all.length];
      if (contestant) await this.compete(contestant, false);
    }
  }

  /** The last time of each, for whoever waits. */
  last(): string {
    return [...this.times].map(([name, all]) => `${name} ${((all.at(-1) ?? 0) / 1000).toFixed(1)} s`).join(", ");
  }

  results(): SizeResults {
    const { latencies, phases, stateBytes } = this;
    const { rtt, clusters } = this.field;
    const size = clusters.length;
    const providerBytes = (["preparation", "bootstrapToken", "clientCertificate"] as const)
      .map((name) => size * providerText(name).length)
      .reduce((sum, one) => sum + one, 0);
    const plugin = this.stack.plugins.kubernetes.source;
    const times = Object.fromEntries(this.times);
    const watched = Object.fromEntries(
      Object.entries(this.traffic).map(([name, traffic]) => [name, { ...traffic, usage: this.usage[name] ?? [] }]),
    );
    return { size, rtt, plugin, times, latencies, phases, watched, stateBytes, providerBytes };
  }

  /** Registers and deregisters all clusters. */
  private async compete(contestant: Contestant, watch: boolean): Promise<void> {
    const { name, leaving } = contestant;
    await this.field.assertClean();
    this.keep(name, await this.watching(name, watch, () => contestant.register(watch)));
    await this.field.assertRegistered();
    if (name === ours.up) await this.unchanged(watch);
    if (leaving === undefined) await contestant.leave(watch);
    else this.keep(leaving, await this.watching(leaving, watch, () => contestant.leave(watch)));
    await this.field.assertClean();
  }

  /** With all clusters registered: nothing to do, and what Pulumi itself takes for nothing. */
  private async unchanged(watch: boolean): Promise<void> {
    const { empty, least } = this.yardsticks;
    const run = (stack: PulumiWorkspace, command: string, ...args: string[]) =>
      this.field.pulumi(stack, command, args, watch);
    const runs: readonly (readonly [string, () => Promise<TimedRun>])[] = [
      [timings.again, () => run(this.stack, "up", "--skip-preview", "--expect-no-changes")],
      [timings.preview, () => run(this.stack, "preview", "--expect-no-changes")],
      [timings.empty, () => run(empty, "up", "--skip-preview")],
      [timings.least, () => run(least, "up", "--skip-preview")],
    ];
    for (const [name, work] of runs) this.keep(name, await this.watching(name, watch, work));
  }

  private named(name: string): Contestant {
    const contestant = this.all.find((one) => one.name === name);
    if (contestant === undefined) throw new Error(`no contestant ${name}`);
    return contestant;
  }

  /** What was measured so far, but for memory and processor time. */
  private forget(): void {
    this.times = new Map();
    this.latencies = [];
    this.phases = [];
    this.traffic = {};
  }

  private keep(name: string, run: TimedRun): void {
    this.times.set(name, [...(this.times.get(name) ?? []), run.milliseconds]);
  }

  /** Counting requests and connections costs the run itself no time; following its processes does. */
  private async watching(name: string, watch: boolean, work: () => Promise<TimedRun>): Promise<TimedRun> {
    const run = await (name in this.traffic ? work() : this.count(name, work));
    if (watch) this.usage[name] = run.usage;
    if (name === ours.up) {
      this.latencies.push(...(await latencies(this.field, run)));
      this.phases.push(await phasesOf(run, this.stack));
      this.stateBytes = JSON.stringify(await this.stack.exportState()).length;
    }
    return run;
  }

  private async count(name: string, work: () => Promise<TimedRun>): Promise<TimedRun> {
    const { result, ...traffic } = await this.field.trafficDuring(work);
    this.traffic[name] = traffic;
    return result;
  }
}
