import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { batchesOf, isKillSample, killCases } from "../../faults/support/killCases";
import { networkCases } from "../../faults/support/networkCases";
import { isSignalSample, signalCases } from "../../faults/support/signalCases";
import { everyFifth, select } from "../../support/selection";

const ids = (cases: readonly { id: string }[]) => cases.map(({ id }) => id);

describe("the choice of fault cases", () => {
  const cases = Array.from({ length: 11 }, (_, index) => ({ id: `family/part-${index % 2}/${index}` }));

  test("is a sample by default: every fifth, or what the family has chosen", () => {
    assert.deepEqual(ids(select(cases, everyFifth, "")), ["family/part-0/0", "family/part-1/5", "family/part-0/10"]);
    assert.deepEqual(ids(select(cases, ({ id }) => id.endsWith("/3"), "")), ["family/part-1/3"]);
  });

  test("is all of them, one of them, or those below a part of an id", () => {
    assert.deepEqual(select(cases, everyFifth, "full"), cases);
    assert.deepEqual(ids(select(cases, everyFifth, "family/part-1/1")), ["family/part-1/1"]);
    assert.equal(select(cases, everyFifth, "family/part-1").length, 5);
    assert.deepEqual(select(cases, everyFifth, "family/part"), []);
  });

  test("refuses an id that is there twice", () => {
    assert.throws(() => select([{ id: "a/1" }, { id: "a/1" }], everyFifth, "full"), /two cases have the id a\/1/);
  });
});

describe("the kill matrix", () => {
  test("has at least 100 points: every write of every phase, before and after, and reads", () => {
    assert.ok(killCases.length >= 100);
    for (const [phase, writes] of Object.entries({ fresh: 16, update: 6, destroy: 11 })) {
      for (let number = 1; number <= writes; number++) {
        for (const moment of ["before", "after"]) {
          const end = `/write-${number}-${moment}`;
          assert.ok(
            killCases.some(({ id, side }) => id.startsWith(`kill/${phase}/`) && id.endsWith(end) && side === "remote"),
            `${phase} ${end}`,
          );
        }
      }
    }
  });

  test("kills each victim in each phase", () => {
    const pairs = new Set(killCases.map(({ phase, victim }) => `${phase} ${victim}`));
    assert.equal(pairs.size, 12);
  });

  test("has four points of one run in the sample", () => {
    const sample = select(killCases, isKillSample, "");
    assert.deepEqual(
      batchesOf(sample).map(({ length }) => length),
      [4],
    );
  });
});

test("the sample of the signals has one of each phase", () => {
  const phases = select(signalCases, isSignalSample, "").map(({ phase }) => phase);
  assert.deepEqual(phases.sort(), ["destroy", "fresh", "update"]);
});

test("the ids of the network's cases differ", () => {
  assert.equal(select(networkCases, everyFifth, "full").length, networkCases.length);
});
