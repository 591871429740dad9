import { duringRun } from "../../e2e/support/killing";
import { textOf } from "../../e2e/support/runs";
import { eventually, running } from "../../sandbox-tests/processTable";
import type { PromiseName } from "../figures";
import type { Course } from "./course";
import { type Hold, holdAt, reachedTogether } from "./holds";
import type { KillCase } from "./killCases";
import { kill, providerOf } from "./victims";
import type { FaultWorld, Proxied } from "./world";

/** What became of one case: where the kill came, how many further runs it took, and for each promise what is wrong with it. */
export interface Outcome {
  readonly killedAt: string;
  readonly runs: number | undefined;
  readonly promises: ReadonlyMap<PromiseName, string | undefined>;
}

/**
 * Puts cases of one phase and one victim to the test together: each registration is held at the point of one case, and when all are
 * there, the victim is killed. On a slow machine some may come too late; they are put to the test by themselves.
 */
export async function runBatch(
  world: FaultWorld,
  course: Course,
  batch: readonly KillCase[],
): Promise<ReadonlyMap<string, Outcome>> {
  const [first] = batch;
  if (first === undefined) return new Map();
  const { phase, victim } = first;
  await course.begin(phase);
  const places = batch.map((one, index) => ({ one, remote: course.remotes[index] ?? missing(one) }));
  const holds = places.map(({ one, remote }) => holdFor(world, one, remote));
  const run = course.run(phase);
  const reached = await duringRun(run, reachedTogether(holds));
  const provider = providerOf(run);
  await kill(run, victim);
  // The engine's death leaves the others alive: what they were about, they do.
  for (const hold of holds) hold.release(victim === "engine" ? "go on" : "forget");
  const killed = textOf(await run.result);
  await course.unlock();
  const { runs, text, tokensLeft } = await course.recover(phase);
  const differences = await course.differences(phase);
  const changes = phase === "destroy" || runs === undefined ? undefined : await course.changesOfOneMore();
  const orphan = await outlived(provider);
  const told = `${killed}\n--- then\n${text}`;
  const late = batch.filter((_, index) => reached[index] === undefined);
  const outcomes = places.flatMap(({ one, remote }, index) => {
    if (late.includes(one)) return [];
    const different = [world.hub.name, remote.name].flatMap((name) => differences.get(name) ?? []).join("\n");
    const notReached = runs === undefined ? `two further runs did not do:\n${told}` : undefined;
    const state = different === "" ? undefined : `not as after a clean run:\n${different}\n${told}`;
    const promises = new Map<PromiseName, string | undefined>([["P3", notReached ?? state]]);
    if (phase === "destroy") promises.set("P7", state);
    else promises.set("P2", changes && `one more up changes something: ${changes}`);
    if (victim === "engine") promises.set("P6", orphan);
    promises.set("P4", tokensLeft.includes(remote.name) ? `the token is still there:\n${told}` : undefined);
    return [[one.id, { killedAt: reached[index] ?? "", runs, promises }] as const];
  });
  const later = await runBatch(world, course, late).catch((error: unknown) => {
    const promises = new Map<PromiseName, string | undefined>([["P3", `it could not be run: ${error}`]]);
    return late.map(({ id }): [string, Outcome] => [id, { killedAt: "no point", runs: undefined, promises }]);
  });
  return new Map([...outcomes, ...later]);
}

/** What is wrong when the dynamic provider still waits although its engine is gone. */
function outlived(provider: readonly number[]): Promise<string | undefined> {
  const gone = eventually("the dynamic provider of a killed engine ends", () => running(provider).length === 0);
  return gone.then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

function holdFor(world: FaultWorld, one: KillCase, remote: Proxied): Hold {
  if (one.side === "remote") return holdAt(remote.proxy, one.point);
  return holdAt(world.hub.proxy, one.point, ({ path, body }) => `${path}\n${body}`.includes(remote.name));
}

function missing(one: KillCase): never {
  throw new Error(`there are fewer clusters than cases in the batch of ${one.id}`);
}
