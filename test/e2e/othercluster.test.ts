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
import { assertFailed, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

describe("another cluster", () => {
  let world: World;
  let one: SandboxCluster;
  let two: SandboxCluster;
  let three: SandboxCluster;
  let stack: PulumiWorkspace;

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
    three = world.sandbox.remote("remote-3");
  });

  after(() => world?.stop());

  // One stack: "edge" moves from remote-1 to remote-2 by its context; then the context of "site" leads to remote-1 in place of remote-3.

  it("under another context is registered, as the plan says, and the former one deregistered", async () => {
    const before = await inventory(one);
    const kubeconfig = await writeContexts(world.sandbox, "edges", { edge: three });
    const site = { remote: { kubeconfig, context: "edge" } };
    stack = await world.stack("moved", { clusters: { edge: { remote: { context: "remote-1" } }, site } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "edge", one);

    await stack.setConfig({ clusters: { edge: { remote: { context: "remote-2" } }, site } });
    const up = await stack.up();
    assertSucceeded(up);
    assert.match(
      textOf(up),
      /~ another cluster: [0-9a-f-]{36} was registered, the context leads to [0-9a-f-]{36}; this one is registered first/,
    );
    assert.match(textOf(up), /\+ namespace gloo-mesh on the remote cluster\n\s*\+ root CA/);
    await assertRegistered(world, stack, "edge", two);
    assert.deepEqual(leftOn(before, await inventory(one)), []);
  });

  describe("behind the same context", () => {
    before(() => writeContexts(world.sandbox, "edges", { edge: one }));

    it("stops preview and up with GMR310, without a write to any cluster", async () => {
      const clusters = clustersOf(world.sandbox);
      assertFailed(await withoutWrites(clusters, () => stack.preview()), "GMR310");
      assertFailed(await withoutWrites(clusters, () => stack.up(["--skip-preview"])), "GMR310");
    });

    it("stops destroy with GMR310, before the first delete", async () => {
      // Of "edge" the same destroy may delete what it can.
      const ofSite = async () => (await inventory(world.sandbox.management)).get("kubernetesclusters gloo-mesh site");
      const before = await ofSite();
      assert.ok(before);
      const destroy = await withoutWrites([one, three], () => stack.destroy(["--skip-preview"]));
      assertFailed(destroy, "GMR310");
      assert.equal(await ofSite(), before);
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
