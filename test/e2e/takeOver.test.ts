import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClientSecretData, secretNames, writeSecret } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { podsAndRestarts } from "./support/agents";
import { hasToken, registeredOn, releaseStatuses } from "./support/clusters";
import { connectionsOf, lookAt } from "./support/continuity";
import { containerValues, generation } from "./support/generation";
import { helm } from "./support/helm";
import { assertRegistered } from "./support/proof";
import { leavesOf, registerAsMeshctl } from "./support/registeredByOthers";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

const takeOver = true;

// One stack takes over all three.
describe("registrations that somebody else made", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let plan: (clusterName: string) => string;
  let present: object;

  const byName = { releaseName: "mesh-agent", secrets: { root: "mesh-root", client: "mesh-client" } };
  const look = async () => ({
    byMeshctl: await lookAt(world, world.sandbox.remote("remote-1")),
    byHelm: [await podsAndRestarts(world.sandbox.remote("remote-2")), await connectionsOf(world, "remote-2")],
  });

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
    const [one, two, three] = ["remote-1", "remote-2", "remote-3"].map((name) => world.sandbox.remote(name));
    assert.ok(one && two && three);
    await registerAsMeshctl(world, one, { clusterName: one.name });
    await registerAsMeshctl(world, two, { clusterName: two.name, ...byName });
    // It timed out: a wrong address, and the token is still there; later its certificate expired, and an upgrade failed.
    await registerAsMeshctl(world, three, { clusterName: three.name, serverAddress: "127.0.0.1:1" });
    assert.equal(await hasToken(three), true);
    const validity = { notBefore: daysFromNow(-400), notAfter: daysFromNow(-35) };
    const expired = await createClientSecretData(world.sandbox.hub.certificates, { clusterName: three.name, validity });
    await writeSecret(three.kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" }, { ...expired });
    await failUpgrade(world, three);
    assert.deepEqual(await releaseStatuses(three), ["deployed", "failed"]);
    present = await look();
  });

  after(() => world?.stop());

  it("are refused without the argument, under another cluster name (GMR330), and with an agent that is not found (GMR331)", async () => {
    const another = { remote: { context: "remote-3" }, takeOver };
    stack = await world.stack("taking", { clusters: { "remote-1": {}, "remote-2": { takeOver }, another } });
    const refused = await stack.preview();
    assertFailed(refused, /GMR305 .*give \[takeOver: true\] to take it over as it is/);
    assertFailed(refused, /GMR330 The agent to take over is registered as remote-3, not as another/);
    assertFailed(refused, /GMR331 The cluster name remote-2 is taken/);
  });

  it("are taken over with it, which the plan names", async () => {
    const settings = {
      takeOver,
      agent: { releaseName: byName.releaseName },
      rootCertificate: { secret: { name: byName.secrets.root } },
      clientCertificate: { secret: { name: byName.secrets.client } },
    };
    await stack.setConfig({
      clusters: { "remote-1": { takeOver }, "remote-2": settings, "remote-3": { takeOver } },
    });
    const up = await stack.up();
    assertSucceeded(up);
    // The tree of resources has the first line of each plan, too.
    const plans = textOf(up).split("plan: ");
    plan = (name) =>
      plans.find((text) => text.startsWith(`register ${name} (taken over)`) && text.includes("~ take over ")) ?? "";
  });

  it("by meshctl: no restart, the same certificate and connection", async () => {
    const remote = world.sandbox.remote("remote-1");
    const text = plan("remote-1");
    assert.match(text, /~ take over namespace gloo-mesh/);
    assert.match(text, /~ take over root CA in Secret gloo-mesh\/relay-root-tls-secret/);
    assert.match(text, /~ take over KubernetesCluster remote-1/);
    assert.match(
      text,
      new RegExp(`~ take over Helm release gloo-mesh/${generation.releaseName}, revision 1, deployed`),
    );
    assert.match(text, /client certificate in Secret gloo-mesh\/relay-client-tls-secret: kept/);
    assert.doesNotMatch(text, /restart;|one restart/);
    await assertRegistered(world, stack, "remote-1", remote);
    assert.deepEqual(await look(), present);
    assert.deepEqual(await releaseStatuses(remote), ["failed", "deployed"]);
  });

  it("by helm, under a release name and Secret names of its own: no restart, the same connection", async () => {
    assert.match(plan("remote-2"), /~ take over Helm release gloo-mesh\/mesh-agent, revision 1, deployed/);
    assert.doesNotMatch(plan("remote-2"), /one restart/);
    assert.equal((await registrationOf(stack, "remote-2")).proof, "agent");
    assert.deepEqual(await look(), present);
  });

  it("by meshctl that timed out are healed on the way: wrong address, the token that it left, an expired certificate, a failed upgrade", async () => {
    const text = plan("remote-3");
    assert.match(text, /~ take over bootstrap token in Secret gloo-mesh\/relay-identity-token-secret/);
    assert.match(text, new RegExp(`${generation.releaseName} failed in its last upgrade; Helm runs again`));
    assert.match(
      text,
      /client certificate: Secret gloo-mesh\/relay-client-tls-secret: .*expired.*; the agent bootstraps again/,
    );
    await assertRegistered(world, stack, "remote-3", world.sandbox.remote("remote-3"));
  });

  it("are changed by no second up, and end with the stack", async () => {
    assertNoChanges(await stack.up(["--skip-preview"]));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual((await registeredOn(world.sandbox.management).list()).items, []);
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
