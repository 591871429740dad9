import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { certificatesIn, dnsNames } from "../../components/certificates/x509";
import { type RunningHub, readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { becomes } from "./support/agents";
import { connectedAgents, hasToken, registeredOn } from "./support/clusters";
import { generation } from "./support/generation";
import { ownProgram } from "./support/program";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

// A rename needs a registration that keeps its own name, which the repository's program does not give it.
const source = `
const kubeconfig = config.require("kubeconfig");
const clusterName = config.require("clusterName");
new GlooMeshRelayRegistration("edge", {
  generation: config.require("generation"),
  clusterName,
  management: new ClusterConnection("management", { kubeconfig, context: "management" }),
  remote: new ClusterConnection("remote", { kubeconfig, context: "remote-1" }),
  relay: { serverAddress: config.require("address") },
  agent: { version: config.require("version"), repository: config.require("repository") },
  proof: { timeoutSeconds: config.getNumber("timeoutSeconds") },
});
`;

describe("a registration that is given another clusterName", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let remote: SandboxCluster;
  let hub: RunningHub;

  before(async () => {
    world = await World.start(["remote-1"]);
    const { sandbox } = world;
    remote = sandbox.remote("remote-1");
    hub = sandbox.hubNamed("management");
    stack = await ownProgram(world, "rename", source, {
      kubeconfig: sandbox.kubeconfig,
      generation: generation.name,
      clusterName: "one",
      address: sandbox.relayAddress,
      version: sandbox.hub.version,
      repository: sandbox.chartRepository.url,
    });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "one", remote);
  });

  after(() => world?.stop());

  const names = async () =>
    (await registeredOn(world.sandbox.management).list()).items.map(({ metadata }) => metadata?.name).sort();

  const renameTo = async (clusterName: string): Promise<PulumiResult> => {
    await stack.setConfig({ clusterName });
    return stack.up(["--skip-preview"]);
  };

  /** Registered under this name alone, with nothing left to do. */
  const assertNamed = async (name: string, former: string) => {
    assert.equal((await registrationOf(stack, name)).proof, "agent");
    // Not by the fingerprint: the pod that the proof restarts may still store a certificate, which the next pod replaces by its own.
    const certificate = await readSecret(remote.kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" });
    assert.deepEqual(certificatesIn(certificate?.get("tls.crt")).certificates.slice(0, 1).map(dnsNames), [[name]]);
    assert.equal(await hasToken(remote), false);
    assert.deepEqual(await names(), [name]);
    await becomes(() => connectedAgents(world.sandbox, name), 1);
    await becomes(async () => (await connectedAgents(world.sandbox, former)) ?? 0, 0);
    assertNoChanges(await stack.up(["--skip-preview"]));
  };

  it("is registered under the new one first, and then leaves the old one", async () => {
    const up = await renameTo("two");
    assertSucceeded(up);
    assert.doesNotMatch(textOf(up), /GMR312/, "the new name is taken for one that somebody deleted");
    assert.deepEqual(stepsOf(up), [
      "KubernetesCluster create-replacement",
      "Release update",
      "ClientCertificate update",
      "KubernetesCluster delete-replaced",
    ]);
    await assertNamed("two", "one");
  });

  it("keeps both names when it cannot be proven, and goes back, or finishes, with the next up", async () => {
    await hub.stop();
    await stack.setConfig({ timeoutSeconds: "6" });
    assertFailed(await renameTo("three"), "GMR501");
    assert.deepEqual(await names(), ["three", "two"]);
    assert.equal(await hasToken(remote), true);

    await hub.start();
    await stack.setConfig({ timeoutSeconds: "120" });
    assertSucceeded(await renameTo("two"));
    await assertNamed("two", "three");
    assertSucceeded(await renameTo("three"));
    await assertNamed("three", "two");
  });
});

const watched = new Set(["KubernetesCluster", "Release", "ClientCertificate"]);

/** What the engine did to the resources that make a name, in the order in which it was done. */
function stepsOf({ events }: PulumiResult): string[] {
  return events.flatMap((event) => {
    const done = event["resOutputsEvent"] as { metadata: { op: string; type: string } } | undefined;
    const kind = done?.metadata.type.split(":").at(-1) ?? "";
    const isChange = done !== undefined && !["same", "replace"].includes(done.metadata.op);
    return isChange && watched.has(kind) ? [`${kind} ${done.metadata.op}`] : [];
  });
}
