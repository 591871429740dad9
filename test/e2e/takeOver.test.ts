import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClientSecretData, secretNames, writeSecret } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import { podsAndRestarts } from "./support/agents";
import { hasToken, registeredOn, releaseStatuses } from "./support/clusters";
import { connectionsOf, lookAt } from "./support/continuity";
import { containerValues, generation } from "./support/generation";
import { helm } from "./support/helm";
import { assertRegistered } from "./support/proof";
import { leavesOf, registerAsMeshctl } from "./support/registeredByOthers";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { World } from "./support/world";

const takeOver = true;

describe("a registration that somebody else made", () => {
  let world: World;

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
  });

  after(() => world?.stop());

  it("by meshctl is refused without the argument, and taken over with it: no restart, the same certificate and connection", async () => {
    const remote = world.sandbox.remote("remote-1");
    await registerAsMeshctl(world, remote, { clusterName: "remote-1" });
    const present = await lookAt(world, remote);

    const refused = await world.stack("meshctl", { clusters: { "remote-1": {} } });
    assertFailed(await refused.preview(), /GMR305 .*give \[takeOver: true\] to take it over as it is/);

    await refused.setConfig({ clusters: { "remote-1": { takeOver } } });
    const preview = await refused.preview();
    assertSucceeded(preview);
    const plan = textOf(preview);
    assert.match(plan, /plan: register remote-1 \(taken over\)/);
    assert.match(plan, /~ take over namespace gloo-mesh/);
    assert.match(plan, /~ take over root CA in Secret gloo-mesh\/relay-root-tls-secret/);
    assert.match(plan, /~ take over KubernetesCluster remote-1/);
    assert.match(
      plan,
      new RegExp(`~ take over Helm release gloo-mesh/${generation.releaseName}, revision 1, deployed`),
    );
    assert.match(plan, /client certificate in Secret gloo-mesh\/relay-client-tls-secret: kept/);
    assert.doesNotMatch(plan, /restart;|one restart/);
    assert.deepEqual(await lookAt(world, remote), present);

    assertSucceeded(await refused.up(["--skip-preview"]));
    await assertRegistered(world, refused, "remote-1", remote);
    assert.deepEqual(await lookAt(world, remote), present);
    assert.deepEqual(await releaseStatuses(remote), ["failed", "deployed"]);
    const again = await refused.up();
    assertNoChanges(again);

    assertSucceeded(await refused.destroy(["--skip-preview"]));
    assert.deepEqual((await registeredOn(world.sandbox.management).list()).items, []);
  });

  it("by helm, under a release name and Secret names of its own, with values that change: the preview names them", async () => {
    const remote = world.sandbox.remote("remote-2");
    const secrets = { root: "mesh-root", client: "mesh-client" };
    await registerAsMeshctl(world, remote, { clusterName: "remote-2", releaseName: "mesh-agent", secrets });
    const settings = {
      takeOver,
      agent: { releaseName: "mesh-agent" },
      rootCertificate: { secret: { name: secrets.root } },
      clientCertificate: { secret: { name: secrets.client } },
    };
    const stack = await world.stack("helm", { clusters: { "remote-2": settings } });
    const look = async () => [await podsAndRestarts(remote), await connectionsOf(world, "remote-2")];
    const present = await look();
    const preview = await stack.preview();
    assertSucceeded(preview);
    assert.doesNotMatch(textOf(preview), /one restart/);
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.deepEqual(await look(), present);
    assertNoChanges(await stack.up(["--skip-preview"]));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });

  it("by meshctl that timed out is healed on the way: wrong address, the token that it left, an expired certificate, a failed upgrade", async () => {
    const remote = world.sandbox.remote("remote-3");
    await registerAsMeshctl(world, remote, { clusterName: "remote-3", serverAddress: "127.0.0.1:1" });
    assert.equal(await hasToken(remote), true);
    const validity = { notBefore: daysFromNow(-400), notAfter: daysFromNow(-35) };
    const expired = await createClientSecretData(world.sandbox.hub.certificates, { clusterName: "remote-3", validity });
    await writeSecret(remote.kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" }, { ...expired });
    await failUpgrade(world, remote);
    assert.deepEqual(await releaseStatuses(remote), ["deployed", "failed"]);
    const stack = await world.stack("timed-out", { clusters: { "remote-3": { takeOver } } });
    const preview = await stack.preview();
    assertSucceeded(preview);
    assert.match(textOf(preview), /~ take over bootstrap token in Secret gloo-mesh\/relay-identity-token-secret/);
    assert.match(textOf(preview), new RegExp(`${generation.releaseName} failed in its last upgrade; Helm runs again`));
    assert.match(
      textOf(preview),
      /client certificate: Secret gloo-mesh\/relay-client-tls-secret: .*expired.*; the agent bootstraps again/,
    );
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "remote-3", remote);
    assertNoChanges(await stack.up(["--skip-preview"]));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });

  it("under another cluster name is refused: GMR330", async () => {
    const remote = world.sandbox.remote("remote-1");
    await registerAsMeshctl(world, remote, { clusterName: "another" });
    const stack = await world.stack("another", { clusters: { "remote-1": { takeOver } } });
    assertFailed(await stack.preview(), "GMR330");
  });

  it("of another cluster is refused: GMR331", async () => {
    const stack = await world.stack("wrong", { clusters: { another: { remote: { context: "remote-3" }, takeOver } } });
    assertFailed(await stack.preview(), "GMR331");
  });
});

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 24 * 3600 * 1000);
}

/** An upgrade whose objects the API server refuses: Helm marks the revision as failed, and the agent runs on. */
async function failUpgrade(world: World, remote: SandboxCluster): Promise<void> {
  const { chartRepository, hub } = world.sandbox;
  const source = ["--repo", chartRepository.url, "--version", hub.version];
  const bad = leavesOf(containerValues({ serviceType: "Nonsense" }));
  const settings = Object.entries(bad).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  const words = ["upgrade", generation.releaseName, generation.chart, ...source, "--reuse-values", ...settings];
  await assert.rejects(helm(world, remote, words), /Nonsense/);
}
