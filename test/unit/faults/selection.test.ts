import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { select } from "../../faults/selection";
import { batchesOf, batchSize, killCases } from "../../faults/support/killCases";
import { networkCases } from "../../faults/support/networkCases";

const ids = (cases: readonly { id: string }[]) => cases.map(({ id }) => id);

describe("the choice of fault cases", () => {
  const cases = Array.from({ length: 11 }, (_, index) => ({ id: `family/part-${index % 2}/${index}` }));

  test("is every fifth by default, at least a fifth of all", () => {
    assert.deepEqual(ids(select(cases, undefined)), ["family/part-0/0", "family/part-1/5", "family/part-0/10"]);
    assert.deepEqual(select(cases, ""), select(cases, undefined));
  });

  test("is all of them, one of them, or those below a part of an id", () => {
    assert.deepEqual(select(cases, "full"), cases);
    assert.deepEqual(ids(select(cases, "family/part-1/1")), ["family/part-1/1"]);
    assert.equal(select(cases, "family/part-1").length, 5);
    assert.deepEqual(select(cases, "family/part"), []);
  });

  test("refuses an id that is there twice", () => {
    assert.throws(() => select([{ id: "a/1" }, { id: "a/1" }], "full"), /two cases have the id a\/1/);
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

  test("is laid out so that the sample takes whole batches", () => {
    const sample = select(killCases, undefined);
    assert.ok(batchesOf(sample).every(({ length }) => length === batchSize));
  });
});

test("the ids of the network's cases differ", () => {
  assert.equal(select(networkCases, "full").length, networkCases.length);
});
