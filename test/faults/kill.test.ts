import { after, before, describe, it } from "node:test";
import { select } from "../support/selection";
import { Figures } from "./figures";
import { Course } from "./support/course";
import { batchesOf, isKillSample, type KillCase, killCases } from "./support/killCases";
import { type Outcome, runBatch } from "./support/killRunner";
import { FaultWorld } from "./support/world";

// SIGKILL at known points of a run. Cases of one phase and one victim run together, each on a registration of its own of one stack.

const selected = select(killCases, isKillSample);
const figures = new Figures("kill", killCases.length);

if (selected.length > 0) {
  describe("a run that is killed is made good by at most two further runs", () => {
    let world: FaultWorld;
    let course: Course;
    const waiting = batchesOf(selected);
    const outcomes = new Map<string, Promise<ReadonlyMap<string, Outcome>>>();

    before(async () => {
      world = await FaultWorld.start(Math.max(...waiting.map(({ length }) => length)));
      course = await Course.start(world, "kill", world.remotes);
      let former: Promise<unknown> = Promise.resolve();
      // One after the other; which comes next is for the course to say, since it can begin one phase without further ado.
      for (const batch of inCourse(waiting)) {
        const outcome = former.then(() => runBatch(world, course, batch));
        outcome.catch(() => undefined);
        former = outcome.catch(() => undefined);
        for (const { id } of batch) outcomes.set(id, outcome);
      }
    });

    after(async () => {
      console.log(`# ${figures}`);
      await world?.stop();
    });

    for (const { id } of inCourse(waiting).flat()) {
      it(id, () =>
        figures.case(async () => {
          const outcome = (await outcomes.get(id))?.get(id);
          if (outcome === undefined) throw new Error("the case was not run");
          figures.tally(`further runs: ${outcome.runs ?? "more than 2"}`);
          await figures.promises(outcome.promises, `killed at ${outcome.killedAt}`);
        }),
      );
    }
  });
}

/** Goes round as the course does, which stands updated at first: destroy, fresh, update; what is left over comes at the end. */
function inCourse(batches: readonly KillCase[][]): KillCase[][] {
  const left = [...batches];
  const order: KillCase[][] = [];
  const round = ["destroy", "fresh", "update"] as const;
  for (let turn = 0; left.length > 0; turn++) {
    const index = left.findIndex(([one]) => one?.phase === round[turn % round.length]);
    if (index >= 0) order.push(...left.splice(index, 1));
  }
  return order;
}
