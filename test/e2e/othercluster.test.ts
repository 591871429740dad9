import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import {
  clientFingerprint,
  clustersOf,
  hasToken,
  inventory,
  leftOn,
  releaseStatuses,
  withoutWrites,
} from "./support/clusters";
import { writeContexts } from "./support/kubeconfigs";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertSucceeded, registrationOf } from "./support/runs";
import { World } from "./support/world";

describe("another cluster", () => {
  let world: World;
  let one: SandboxCluster;
  let two: SandboxCluster;
  let three: SandboxCluster;

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
    three = world.sandbox.remote("remote-3");
  });

  after(() => world?.stop());

  it("under another context is registered, and the former one deregistered", async () => {
    const before = await inventory(one);
    const stack = await world.stack("moved", { clusters: { edge: { remote: { context: "remote-1" } } } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "edge", one);

    await stack.setConfig({ clusters: { edge: { remote: { context: "remote-2" } } } });
    assertSucceeded(await stack.up());
    await assertRegistered(world, stack, "edge", two);
    assert.deepEqual(leftOn(before, await inventory(one)), []);
  });

  describe("behind the same context", () => {
    let stack: PulumiWorkspace;

    before(async () => {
      const kubeconfig = await writeContexts(world.sandbox, "edges", { edge: three });
      stack = await world.stack("replaced", { clusters: { site: { remote: { kubeconfig, context: "edge" } } } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      await writeContexts(world.sandbox, "edges", { edge: one });
    });

    it("stops preview and up with GMR310, without a write to any cluster", async () => {
      const clusters = clustersOf(world.sandbox);
      assertFailed(await withoutWrites(clusters, () => stack.preview()), "GMR310");
      assertFailed(await withoutWrites(clusters, () => stack.up(["--skip-preview"])), "GMR310");
    });

    it("stops destroy with GMR310, before the first delete", async () => {
      const destroy = await withoutWrites(clustersOf(world.sandbox), () => stack.destroy(["--skip-preview"]));
      assertFailed(destroy, "GMR310");
      assert.equal((await releaseStatuses(three)).at(-1), "deployed");
    });

    it("is registered by up --refresh, and the former one is left as it is", async () => {
      const former = await inventory(three);
      assertSucceeded(await stack.up(["--skip-preview", "--refresh"]));
      const { proof, certificateFingerprint } = await registrationOf(stack, "site");
      assert.equal(proof, "agent");
      assert.equal(certificateFingerprint, await clientFingerprint(one));
      assert.equal(await hasToken(one), false);
      assert.deepEqual(await releaseStatuses(one), ["deployed"]);
      assert.deepEqual(specified(await inventory(three)), specified(former));
    });
  });
});

/** Without Deployments, whose status lives. */
function specified(all: ReadonlyMap<string, string>): [string, string][] {
  return [...all].filter(([name]) => !name.startsWith("deployments "));
}
