import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { textOf } from "../e2e/support/runs";
import { select } from "../support/selection";
import { Figures, type PromiseName } from "./figures";
import { Course } from "./support/course";
import { isSignalSample, type SignalCase, seed, signalCases } from "./support/signalCases";
import { FaultWorld } from "./support/world";

// Signals to the CLI at random instants, as a user's Ctrl-C and a pipeline's end send them. FAULTS_SEED makes other instants.

const selected = select(signalCases, isSignalSample);
const figures = new Figures("signals", signalCases.length);

/** Seconds in which a command ends after a signal: a request may take 10, and 5 more are P6's. */
const endSeconds = 15;

if (selected.length > 0) {
  describe(`a run that gets a signal ends, and is made good by at most two further runs (FAULTS_SEED=${seed})`, () => {
    let world: FaultWorld;
    let course: Course;

    before(async () => {
      world = await FaultWorld.start(1);
      course = await Course.start(world, "signals", world.remotes);
    });

    after(async () => {
      console.log(`# ${figures}, seed ${seed}`);
      await world?.stop();
    });

    for (const one of inCourse(selected)) {
      it(one.id, () => figures.case(() => interrupt(course, one)));
    }
  });
}

async function interrupt(course: Course, { phase, signal, afterRequest, milliseconds }: SignalCase): Promise<void> {
  await course.begin(phase);
  const [remote] = course.remotes;
  assert.ok(remote);
  const asked = remote.proxy.asked(afterRequest);
  const run = course.run(phase);
  await Promise.race([run.result, asked.then(() => delay(milliseconds))]);
  const sent = Date.now();
  run.signal(signal);
  const result = await run.result;
  const seconds = (Date.now() - sent) / 1000;
  figures.tally(
    result.exitCode === 0
      ? "came too late"
      : `${signal}: ${result.exitCode === null ? "ended at once" : "ended in order"}`,
  );
  if (await course.unlock()) figures.tally(`${signal}: left a lock`);
  const { runs, text, tokensLeft } = await course.recover(phase);
  figures.tally(`further runs: ${runs ?? "more than 2"}`);
  const told = `${textOf(result)}\n--- then\n${text}`;
  const differences = [...(await course.differences(phase)).values()].join("\n");
  const found = new Map<PromiseName, string | undefined>();
  found.set("P6", seconds > endSeconds ? `it ended ${seconds} s after the signal` : undefined);
  const state = differences === "" ? undefined : `not as after a clean run:\n${differences}\n${told}`;
  found.set("P3", runs === undefined ? `two further runs did not do:\n${told}` : state);
  found.set("P4", tokensLeft.length > 0 ? `the token is still there:\n${told}` : undefined);
  if (phase === "destroy") found.set("P7", state);
  if (phase === "update") found.set("P2", await course.changesOfOneMore());
  await figures.promises(found, `${signal} ${milliseconds} ms after request ${afterRequest}`);
}

/** Goes round as the course does, which stands updated at first. */
function inCourse(cases: readonly SignalCase[]): SignalCase[] {
  const left = [...cases];
  const round = ["destroy", "fresh", "update"] as const;
  const order: SignalCase[] = [];
  for (let turn = 0; left.length > 0; turn++) {
    const index = left.findIndex(({ phase }) => phase === round[turn % round.length]);
    if (index >= 0) order.push(...left.splice(index, 1));
  }
  return order;
}
