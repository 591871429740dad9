import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as mocks from "@pulumi/pulumi/runtime/mocks";
import { type SharedAccess, sharedAccesses } from "../../../../components/registration/sharedAccess";

test("connections with one access share it in a run, and the next run of the program in the same process reads again", async () => {
  await mocks.setMocks({ call: () => ({}), newResource: ({ name, inputs }) => ({ id: name, state: inputs }) });
  const hub = { context: "hub", kubeconfig: "/a" };
  const runs: SharedAccess[] = [];
  for (let run = 0; run < 2; run++) {
    await pulumi.runtime.runInPulumiStack(async () => {
      const [one, other] = [sharedAccesses(), sharedAccesses()];
      assert.equal(one(hub), other({ kubeconfig: "/a", context: "hub" }));
      assert.notEqual(one(hub), one({ ...hub, context: "remote" }));
      runs.push(one(hub));
    });
  }
  assert.equal(runs.length, 2);
  assert.notEqual(runs[0], runs[1]);
});
