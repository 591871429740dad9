import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { auditEvents } from "../sandbox/controlplane";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { podsAndRestarts } from "./support/agents";
import { clustersOf } from "./support/clusters";
import { inEarlierForm } from "./support/earlierState";
import { only } from "./support/generation";
import { assertNoChanges, assertSucceeded, changesOf, textOf } from "./support/runs";
import { World } from "./support/world";

describe("a registration in the state of an earlier version", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let requestsOfFirstUp: readonly string[];

  before(async () => {
    world = await World.start(["cluster-1"]);
    // Stack and cluster have the names of the exported state: they are part of every URN.
    stack = await world.stack("default", { clusters: { "cluster-1": {} } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    requestsOfFirstUp = await requestsOfOperations(world);
  });

  after(() => world?.stop());

  // Earlier versions knew 1.x alone.
  only("1.x", () =>
    it("of commit 50acddc is taken over, and marked anew, without a restart of the agent", async () => {
      const earlier = inEarlierForm("50acddc", await stack.exportState());
      const file = join(world.sandbox.folder, "earlier.json");
      await writeFile(file, JSON.stringify(earlier));
      await stack.command(["stack", "import", "--stack", stack.stack, "--file", file]);
      const pods = await podsAndRestarts(world.sandbox.remote("cluster-1"));
      const up = await stack.up(["--skip-preview"]);
      assertSucceeded(up);
      // Marks in the state become URNs.
      const { same: _, update: __, ...others } = changesOf(up);
      assert.deepEqual(others, {}, textOf(up));
      assert.deepEqual(await podsAndRestarts(world.sandbox.remote("cluster-1")), pods);
    }),
  );

  it("gets no request from Pulumi's dynamic provider where there is nothing to do", async () => {
    assert.notDeepEqual(requestsOfFirstUp, [], "the dynamic provider has no user agent of its own");
    const before = await requestsOfOperations(world);
    assertNoChanges(await stack.up());
    assert.deepEqual((await requestsOfOperations(world)).slice(before.length), []);
  });
});

/** Requests from the process of Pulumi's dynamic provider, which has a user agent of its own. */
async function requestsOfOperations({ sandbox }: World): Promise<string[]> {
  const events = await Promise.all(
    clustersOf(sandbox).map(({ plane }) =>
      auditEvents(plane, ({ userAgent }) => userAgent === "gloo-mesh-relay-registration/operations"),
    ),
  );
  return events.flat().map(({ verb, requestUri }) => `${verb} ${requestUri}`);
}
