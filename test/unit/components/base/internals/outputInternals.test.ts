import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { applyWithUnknowns, isKnownOutput } from "../../../../../components/base/internals/outputInternals";

// What only `runtime.Output` and the SDK's own tests make: an Output as a preview has it.
const unknown = pulumi.unknown as unknown;

test("an Output of Pulumi says whether its value is known", async () => {
  assert.equal(await isKnownOutput(pulumi.output("a")), true);
  assert.equal(await isKnownOutput(pulumi.output({ port: unknown })), false);
});

test("an Output of Pulumi can be applied to values that are known in part, and stays secret", async () => {
  const seen: unknown[] = [];
  const applied = applyWithUnknowns(pulumi.secret({ host: "a", port: unknown }), (value) => {
    seen.push(pulumi.containsUnknowns(value), (value as { host: string }).host);
    return "applied";
  });
  assert.ok(pulumi.Output.isInstance(applied));
  assert.equal(await pulumi.isSecret(applied), true);
  assert.deepEqual(seen, [true, "a"]);
});
