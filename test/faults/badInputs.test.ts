import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { readConfiguration } from "../../stacks/configuration";
import { badArguments } from "./badInputs/arguments";
import type { BadInput } from "./badInputs/badInput";
import { badClusters } from "./badInputs/clusters";
import { badConfigurations } from "./badInputs/configuration";
import { limits } from "./badInputs/limits";
import { outcomesOf } from "./badInputs/outcomes";
import { testCases } from "./figures";

// What a user gives and what a cluster has, wrong in one way each: told by its code, with no object declared, no write to any cluster, and
// nothing secret told.

const cases: readonly BadInput[] = [...badArguments, ...badClusters].map((bad) => ({
  ...bad,
  id: `badInputs/${bad.id}`,
}));

testCases(
  "badInputs",
  cases,
  { start: () => outcomesOf(cases), stop: async () => undefined },
  async ({ id, codes }, outcomes, figures) => {
    const outcome = outcomes.get(id);
    assert.ok(outcome);
    await figures.promise("P9", () => {
      const lines = (outcome.failure ?? "it did not fail").split("\n");
      for (const line of lines) assert.match(line, /^GMR\d{3} .+ — .+ — .+/);
      assert.deepEqual([...new Set(lines.map((line) => line.slice(0, 6)))], codes);
    });
    await figures.promise("P1", () => {
      assert.deepEqual(outcome.declared, []);
      assert.deepEqual(outcome.writes, []);
    });
    await figures.promise("P5", () => {
      for (const hidden of outcome.hidden) assert.ok(!outcome.told.includes(hidden));
    });
  },
);

testCases(
  "badConfigurations",
  badConfigurations.map((bad) => ({ ...bad, id: `badConfigurations/${bad.id}` })),
  { start: async () => ({}), stop: async () => undefined },
  async ({ values, keys }, _world, figures) => {
    const all = { management: '{"context": "management"}', ...values };
    const entries = Object.entries(all).map(([key, value]) => [`bad:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(entries));
    await figures.promise("P9", () => {
      assert.throws(
        () => readConfiguration(new pulumi.Config("bad")),
        (error: Error) => {
          assert.ok(pulumi.RunError.isInstance(error));
          const lines = error.message.split("\n");
          const told = lines.map(
            (line) => /^GMR010 .+ — Pulumi\.\S+\.yaml, \[(.+)\] .+ — accepted: .+$/.exec(line)?.[1],
          );
          assert.deepEqual(told, keys);
          return true;
        },
      );
    });
  },
);

const atTheLimit = limits.map((value) => ({ ...value, id: `limits/${value.id}` }));

testCases(
  "limits",
  atTheLimit,
  { start: () => outcomesOf(atTheLimit), stop: async () => undefined },
  async ({ id }, outcomes) => {
    const outcome = outcomes.get(id);
    assert.equal(outcome?.failure, undefined);
    assert.ok((outcome?.declared.length ?? 0) >= 7, "the registration is declared whole");
  },
);
