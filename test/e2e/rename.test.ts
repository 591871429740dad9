import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { certificatesIn, dnsNames } from "../../components/certificates/x509";
import { type RunningHub, readSecret, secretNames } from "../sandbox/relay";
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
const management = new ClusterConnection("management", { kubeconfig, context: "management" });
for (const [context, clusterName] of Object.entries(config.requireObject("names"))) {
  new GlooMeshRelayRegistration(context, {
    generation: config.require("generation"),
    clusterName,
    management,
    remote: new ClusterConnection("to-" + context, { kubeconfig, context }),
    relay: { serverAddress: config.require("address") },
    agent: { version: config.require("version"), repository: config.require("repository") },
    proof: { timeoutSeconds: config.getNumber("timeoutSeconds") },
  });
}
`;

const [first, second] = ["remote-1", "remote-2"] as const;

describe("a registration that is given another clusterName", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let hub: RunningHub;

  before(async () => {
    world = await World.start([first, second]);
    const { sandbox } = world;
    hub = sandbox.hubNamed("management");
    stack = await ownProgram(world, "rename", source, {
      kubeconfig: sandbox.kubeconfig,
      generation: generation.name,
      names: { [first]: "one", [second]: "other-one" },
      address: sandbox.relayAddress,
      version: sandbox.hub.version,
      repository: sandbox.chartRepository.url,
    });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "one", sandbox.remote(first));
  });

  after(() => world?.stop());

  const names = async () =>
    (await registeredOn(world.sandbox.management).list()).items.map(({ metadata }) => metadata?.name).sort();

  const renameTo = async (name: string, other: string, args: readonly string[] = []): Promise<PulumiResult> => {
    await stack.setConfig({ names: { [first]: name, [second]: other } });
    return stack.up(["--skip-preview", ...args]);
  };

  /** Registered under this name, and no longer under the former one. */
  const assertNamed = async (remoteName: string, name: string, former: string) => {
    const remote = world.sandbox.remote(remoteName);
    assert.equal((await registrationOf(stack, name)).proof, "agent");
    // Not by the fingerprint: the pod that the proof restarts may still store a certificate, which the next pod replaces by its own.
    const certificate = await readSecret(remote.kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" });
    assert.deepEqual(certificatesIn(certificate?.get("tls.crt")).certificates.slice(0, 1).map(dnsNames), [[name]]);
    assert.equal(await hasToken(remote), false);
    await becomes(() => connectedAgents(world.sandbox, name), 1);
    await becomes(async () => (await connectedAgents(world.sandbox, former)) ?? 0, 0);
  };

  it("is registered under the new one first, and then leaves the old one", async () => {
    const up = await renameTo("two", "other-two");
    assertSucceeded(up);
    assert.doesNotMatch(textOf(up), /GMR312/, "the new name is taken for one that somebody deleted");
    for (const name of [first, second])
      assert.deepEqual(stepsOf(up, name), [
        "KubernetesCluster create-replacement",
        "Release update",
        "ClientCertificate update",
        "KubernetesCluster delete-replaced",
      ]);
    assert.deepEqual(await names(), ["other-two", "two"]);
    await assertNamed(first, "two", "one");
    await assertNamed(second, "other-two", "other-one");
  });

  it("keeps both names when it cannot be proven, and goes back, or finishes, with the next up", async () => {
    await hub.stop();
    await stack.setConfig({ timeoutSeconds: "6" });
    assertFailed(await renameTo("three", "other-three", ["--continue-on-error"]), "GMR501");
    assert.deepEqual(await names(), ["other-three", "other-two", "three", "two"]);
    for (const name of [first, second]) assert.equal(await hasToken(world.sandbox.remote(name)), true);

    await hub.start();
    await stack.setConfig({ timeoutSeconds: "120" });
    assertSucceeded(await renameTo("two", "other-three"));
    assert.deepEqual(await names(), ["other-three", "two"]);
    await assertNamed(first, "two", "three");
    await assertNamed(second, "other-three", "other-two");
    assertNoChanges(await stack.up(["--skip-preview"]));
  });
});

const watched = new Set(["KubernetesCluster", "Release", "ClientCertificate"]);

/** What the engine did to the resources that make the name of a registration, in the order in which it was done. */
function stepsOf({ events }: PulumiResult, registration: string): string[] {
  return events.flatMap((event) => {
    const done = event["resOutputsEvent"] as { metadata: { op: string; type: string; urn: string } } | undefined;
    const kind = done?.metadata.type.split(":").at(-1) ?? "";
    const isChange = done !== undefined && !["same", "replace"].includes(done.metadata.op);
    const isIts = done?.metadata.urn.includes(`::${registration}-`);
    return isChange && isIts && watched.has(kind) ? [`${kind} ${done.metadata.op}`] : [];
  });
}
