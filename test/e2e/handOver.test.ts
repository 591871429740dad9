import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type * as k8s from "@kubernetes/client-node";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { clustersOf, collections, hasToken, releaseStatuses, withoutWrites } from "./support/clusters";
import { lookAt } from "./support/continuity";
import { generation } from "./support/generation";
import { helm } from "./support/helm";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const { crds, releaseName, chart } = generation;
const leaveRunning = true;

// One cluster goes from one stack to nobody, to another stack, and back.
describe("a cluster that is handed over", () => {
  let world: World;
  let remote: SandboxCluster;
  let left: PulumiWorkspace;
  let right: PulumiWorkspace;
  let present: Awaited<ReturnType<typeof lookAt>>;

  const settings = (changes: ClusterSettings) => ({ clusters: { "remote-1": changes } });

  before(async () => {
    world = await World.start(["remote-1"]);
    remote = world.sandbox.remote("remote-1");
    left = await world.stack("left", settings({}));
    right = await world.stack("right", settings({}));
    assertSucceeded(await left.up(["--skip-preview"]));
    await assertRegistered(world, left, "remote-1", remote);
    present = await lookAt(world, remote);
  });

  after(() => world?.stop());

  it("needs a run with the argument before, which the preview describes and which restarts nothing", async () => {
    await left.setConfig(settings({ leaveRunning }));
    const up = await left.up();
    assertSucceeded(up);
    assert.match(
      textOf(up),
      /~ after this run, the end of the registration hands the cluster over and leaves it running/,
    );
    assert.deepEqual(await lookAt(world, remote), present);
  });

  it("keeps running when the registration is removed from the program, and carries no mark any more", async () => {
    await left.setConfig({ clusters: {} });
    const preview = await withoutWrites(clustersOf(world.sandbox), () => left.preview(), { trials: true });
    assertSucceeded(preview);
    assert.match(
      textOf(preview),
      /plan: hand over remote-1\s+~ remote-1, which is no longer declared: it keeps running/,
    );
    assert.doesNotMatch(textOf(preview), /deregister/);
    const up = await left.up(["--skip-preview"]);
    assertSucceeded(up);
    assert.match(textOf(up), /remote-1: handed over; the agent keeps running/);
    assert.deepEqual(await lookAt(world, remote), present);
    assert.equal(await hasToken(remote), false);
    assert.deepEqual(await marksOn(world), []);
  });

  it("is nobody's for another stack", async () => {
    const preview = await right.preview();
    assertFailed(preview, /GMR303 /);
    assertFailed(preview, /GMR305 /);
    assert.doesNotMatch(textOf(preview), /belongs to the registration|is a copy of/);
  });

  it("is upgraded by helm like any other release", async () => {
    const { chartRepository, hub } = world.sandbox;
    const source = ["--repo", chartRepository.url, "--version", hub.version];
    await helm(world, remote, ["upgrade", releaseName, chart, ...source, "--reuse-values"]);
    assert.equal((await releaseStatuses(remote)).at(-1), "deployed");
    assert.deepEqual(await lookAt(world, remote), present);
  });

  it("goes to another stack, without a restart", async () => {
    await right.setConfig(settings({ takeOver: true }));
    assertSucceeded(await right.up(["--skip-preview"]));
    await assertRegistered(world, right, "remote-1", remote);
    assert.deepEqual(await lookAt(world, remote), present);
  });

  it("is not touched by the stack that it was taken from, which forgets it by the command of the message: GMR606", async () => {
    const { resources = [] } = (await right.exportState()).deployment;
    const [urn] = resources.flatMap((one) => (one.urn.includes(":GlooMeshRelayRegistration::") ? [one.urn] : []));
    assert.ok(urn);
    await left.setConfig(settings({ takeOver: urn, leaveRunning }));
    assertSucceeded(await left.up(["--skip-preview"]));
    await assertRegistered(world, left, "remote-1", remote);
    const destroy = await right.destroy(["--skip-preview"]);
    assertFailed(destroy, "GMR606");
    assert.deepEqual(await lookAt(world, remote), present);
    const [, command = ""] = /: pulumi (state delete --target-dependents \S+)/.exec(textOf(destroy)) ?? [];
    assert.equal(command, `state delete --target-dependents ${urn}`);
    await right.command([...command.split(" "), "--yes"]);
    assertSucceeded(await right.destroy(["--skip-preview"]));
    assertNoChanges(await left.up(["--skip-preview"]));
    assert.deepEqual(await lookAt(world, remote), present);
  });

  it("keeps running when its stack is destroyed, and carries no mark any more", async () => {
    assertSucceeded(await left.destroy(["--skip-preview"]));
    assert.deepEqual(await lookAt(world, remote), present);
    assert.deepEqual(await marksOn(world), []);
  });
});

/** All annotations, labels and values of this package on both clusters. */
async function marksOn(world: World): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { plane } of [world.sandbox.management, world.sandbox.remote("remote-1")]) {
    for (const path of collections) {
      const { status, body } = await plane.get(path);
      if (status !== 200) continue;
      const { items } = JSON.parse(body) as k8s.KubernetesListObject<k8s.KubernetesObject>;
      for (const { metadata } of items) {
        const keys = Object.keys({ ...metadata?.labels, ...metadata?.annotations });
        const isMark = (key: string) => /^gloo-mesh-relay-registration|^pulumi.com/.test(key);
        found.push(...keys.filter(isMark).map((key) => `${path} ${metadata?.name} ${key}`));
      }
    }
  }
  for (const name of [releaseName, ...(crds ? [crds.releaseName] : [])]) {
    for (const { revision } of JSON.parse(
      await helm(world, world.sandbox.remote("remote-1"), ["history", name, "--output", "json"]),
    ) as { revision: number }[]) {
      const words = ["get", "values", name, "--revision", String(revision), "--output", "json"];
      const values = await helm(world, world.sandbox.remote("remote-1"), words);
      if (values.includes("glooMeshRelayRegistration")) found.push(`${name} ${revision} ${values}`);
    }
  }
  return found;
}
