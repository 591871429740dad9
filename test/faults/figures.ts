import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type FaultCase, type Sample, select } from "../support/selection";

/** The promises of docs/engineering/reliability.md. */
export type PromiseName = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8" | "P9" | "P10";

/** What becomes of the promises under one family of faults: how often each was put to the test, and how often it held. */
export class Figures {
  private readonly counts = new Map<PromiseName, { asked: number; held: number }>();
  private readonly tallies = new Map<string, number>();
  private readonly began = Date.now();
  private passed = 0;
  private run = 0;

  constructor(
    private readonly family: string,
    private readonly total: number,
  ) {}

  /** Counts one test of a promise: it holds when the check returns. @throws what the check throws */
  async promise<T>(name: PromiseName, check: () => T | Promise<T>): Promise<T> {
    const counted = this.counts.get(name) ?? { asked: 0, held: 0 };
    this.counts.set(name, counted);
    counted.asked++;
    const result = await check();
    counted.held++;
    return result;
  }

  /** Counts tests of several promises: those that do not hold come with what is wrong. @throws when there are such */
  async promises(found: ReadonlyMap<PromiseName, string | undefined>, where: string): Promise<void> {
    const broken = [...found].flatMap(([name, fault]) => (fault === undefined ? [] : [`${name}, ${where}: ${fault}`]));
    for (const [name, fault] of found) {
      const check = this.promise(name, () => assert.equal(fault, undefined));
      await check.catch(() => undefined);
    }
    assert.ok(broken.length === 0, broken.join("\n"));
  }

  /** Counts anything else that is worth a number. */
  tally(what: string): void {
    this.tallies.set(what, (this.tallies.get(what) ?? 0) + 1);
  }

  /** Counts a case. @throws what it throws */
  async case(action: () => Promise<void>): Promise<void> {
    this.run++;
    await action();
    this.passed++;
  }

  /** The line that docs/engineering/reliability.md carries. */
  toString(): string {
    const byNumber = (name: string) => Number(name.slice(1));
    const promises = [...this.counts]
      .sort(([one], [other]) => byNumber(one) - byNumber(other))
      .map(([name, { asked, held }]) => `${name} ${held}/${asked}`);
    const tallies = [...this.tallies].sort().map(([what, count]) => `${what}: ${count}`);
    const seconds = Math.round((Date.now() - this.began) / 1000);
    const cases = `${this.run} of ${this.total} cases run, ${this.passed} passed in ${seconds} s`;
    return [`faults ${this.family}: ${cases}`, promises.join(", "), ...tallies].filter(Boolean).join("; ");
  }
}

/** What a family of cases needs around them, made once and only when at least one case is selected. */
export interface Surroundings<World> {
  start(): Promise<World>;
  stop(world: World): Promise<void>;
}

/**
 * Declares one test for each selected case, named by its id, and prints the figures at the end.
 *
 * @param family of faults, the first part of the ids
 * @param concurrency how many cases run side by side
 * @param sample what the sample has of them
 */
export function testCases<Case extends FaultCase, World>(
  family: string,
  cases: readonly Case[],
  surroundings: Surroundings<World>,
  run: (one: Case, world: World, figures: Figures) => Promise<void>,
  { concurrency = 1, sample }: { readonly concurrency?: number; readonly sample?: Sample<Case> } = {},
): void {
  const selected = select(cases, sample);
  if (selected.length === 0) return;
  const figures = new Figures(family, cases.length);
  describe(`faults of the family ${family}`, { concurrency }, () => {
    let world: World | undefined;
    before(async () => {
      world = await surroundings.start();
    });
    after(async () => {
      console.log(`# ${figures}`);
      if (world !== undefined) await surroundings.stop(world);
    });
    for (const one of selected) {
      it(one.id, () =>
        figures.case(() => {
          assert.ok(world !== undefined);
          return run(one, world, figures);
        }),
      );
    }
  });
}
