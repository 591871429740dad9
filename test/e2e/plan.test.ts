import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClientSecretData, secretNames, validFor, writeSecret } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { agentStarts, becomes } from "./support/agents";
import {
  clientFingerprint,
  clustersOf,
  connectedAgents,
  hasToken,
  inventory,
  leftOn,
  registeredOn,
  releaseStatuses,
  withoutWrites,
} from "./support/clusters";
import { generation, versions } from "./support/generation";
import { ownProgram } from "./support/program";
import { assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const dayMilliseconds = 24 * 3600 * 1000;

// A rename needs a registration that keeps its own name, which the repository's program does not give it.
const source = `
const kubeconfig = config.require("kubeconfig");
const management = new ClusterConnection("management", { kubeconfig, context: "management" });
if (config.get("context")) {
  new GlooMeshRelayRegistration("edge", {
    generation: config.require("generation"),
    clusterName: config.require("clusterName"),
    management,
    remote: new ClusterConnection("edge", { kubeconfig, context: config.require("context") }),
    relay: { serverAddress: config.require("address") },
    agent: { version: config.require("version"), repository: config.require("repository") },
  });
}
logDeregistrations(management);
`;

describe("the plan that a preview tells, and the up that follows it", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let one: SandboxCluster;
  let untouched: ReadonlyMap<string, string>;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    const { sandbox } = world;
    one = sandbox.remote("remote-1");
    untouched = await inventory(one);
    stack = await ownProgram(world, "plan", source, {
      kubeconfig: sandbox.kubeconfig,
      context: "remote-1",
      generation: generation.name,
      clusterName: "edge",
      address: sandbox.relayAddress,
      version: versions.usual,
      repository: sandbox.chartRepository.url,
    });
  });

  after(() => world?.stop());

  /** The sentences of the plan. The preview must write nothing on any cluster; a dry run of the API server stores nothing. */
  const previewed = async (): Promise<string> => {
    const clusters = clustersOf(world.sandbox);
    const preview = await withoutWrites(clusters, () => stack.preview(), { trials: true });
    assertSucceeded(preview);
    return textOf(preview);
  };

  const up = async () => assertSucceeded(await stack.up(["--skip-preview"]));

  /** Runs it; the agent is started anew exactly this often on the cluster. */
  const starting = async (times: number, cluster: SandboxCluster, work: () => Promise<void>) => {
    const before = await agentStarts(cluster);
    await work();
    assert.equal((await agentStarts(cluster)) - before, times, "starts of the agent");
  };

  const assertRegistered = async (clusterName: string, cluster: SandboxCluster) => {
    const registration = await registrationOf(stack, "edge");
    assert.equal(registration.proof, "agent");
    assert.equal(registration.certificateFingerprint, await clientFingerprint(cluster));
    await becomes(() => connectedAgents(world.sandbox, clusterName), 1);
    assert.equal(await hasToken(cluster), false);
    assert.equal((await releaseStatuses(cluster)).at(-1), "deployed");
    return registration;
  };

  const registeredNames = async () =>
    (await registeredOn(world.sandbox.management).list()).items.map(({ metadata }) => metadata?.name);

  // One stack through its life: each test goes on from what the one before has left.

  it("is a fresh registration, with all that will be made", async () => {
    const text = await previewed();
    const root = world.sandbox.hub.rootCaFingerprint.slice(0, 23);
    for (const line of [
      `plan: register edge (new) · agent ${versions.usual} · relay ${world.sandbox.relayAddress}`,
      "+ namespace gloo-mesh on the remote cluster",
      `+ root CA ${root}… on the remote cluster`,
      "+ bootstrap token on the remote cluster, until the client certificate is issued",
      "+ KubernetesCluster edge on the management cluster",
    ]) {
      assert.ok(text.includes(line), `${line}\n${text}`);
    }
    assert.deepEqual(await inventory(one), untouched);
    await starting(1, one, up);
    await assertRegistered("edge", one);
  });

  it("is nothing to do, and up changes nothing", async () => {
    const { certificateNotAfter } = await registrationOf(stack, "edge");
    const text = await previewed();
    const headline = `plan: up to date: edge · healthy · agent ${versions.usual} · relay ${world.sandbox.relayAddress} · client certificate until ${certificateNotAfter.slice(0, 10)}`;
    assert.ok(text.includes(headline), text);
    await starting(0, one, async () => {
      assertNoChanges(await withoutWrites(clustersOf(world.sandbox), () => stack.up(["--skip-preview"])));
    });
  });

  it("is an upgrade of the agent with one restart, and the certificate stays", async () => {
    const former = await clientFingerprint(one);
    await stack.setConfig({ version: versions.patch });
    const upgrade = `~ agent: upgrade ${versions.usual} → ${versions.patch} (given as agent.version); one restart\n`;
    const text = await previewed();
    assert.ok(text.includes(upgrade), text);
    await starting(1, one, up);
    assert.equal((await assertRegistered("edge", one)).agentVersion, versions.patch);
    assert.equal(await clientFingerprint(one), former);
  });

  it("is a root CA that changes, from fingerprint to fingerprint, and another bootstrap", async () => {
    const hub = world.sandbox.hubNamed("management");
    const certificate = await clientFingerprint(one);
    const before = hub.facts.rootCaFingerprint;
    await hub.replaceRoot();
    const text = await previewed();
    const [from, to] = [before, hub.facts.rootCaFingerprint].map((one) => `${one.slice(0, 23)}…`);
    assert.ok(text.includes(`~ root CA ${from} → ${to}; the agent restarts once`), text);
    assert.match(
      text,
      /~ client certificate: Secret gloo-mesh\/relay-client-tls-secret: .*; the agent bootstraps again, with a temporary token$/m,
    );
    await starting(1, one, up);
    await assertRegistered("edge", one);
    assert.notEqual(await clientFingerprint(one), certificate);
  });

  it("is a client certificate that has expired, and another bootstrap with one restart", async () => {
    const end = new Date(Math.floor(Date.now() / 1000) * 1000 - 30 * dayMilliseconds);
    const validity = validFor(30, new Date(end.getTime() - 30 * dayMilliseconds));
    const expired = await createClientSecretData(world.sandbox.hub.certificates, { clusterName: "edge", validity });
    await writeSecret(one.kubeConfig, { name: secretNames.client, namespace }, { ...expired });
    const placed = await clientFingerprint(one);
    const text = await previewed();
    const sentence = `the certificate expired on ${end.toISOString()}; the agent bootstraps again, with a temporary token`;
    assert.ok(text.includes(sentence), text);
    await starting(1, one, up);
    await assertRegistered("edge", one);
    assert.notEqual(await clientFingerprint(one), placed);
  });

  // rename.test.ts and othercluster.test.ts run what these two tell.

  it("is a rename: the new name first, the old one leaves at the end", async () => {
    await stack.setConfig({ clusterName: "edge-2" });
    const text = await previewed();
    assert.match(
      text,
      /~ rename edge → edge-2: the new registration is created first, the old name is removed at the end/,
    );
    await stack.setConfig({ clusterName: "edge" });
  });

  it("is another cluster: registered first, then the former one leaves", async () => {
    await stack.setConfig({ context: "remote-2" });
    const text = await previewed();
    assert.match(
      text,
      /~ another cluster: [0-9a-f-]{36} was registered, the context leads to [0-9a-f-]{36}; this one is registered first/,
    );
    assert.match(text, /\+ namespace gloo-mesh on the remote cluster\n\s*\+ root CA/);
    await stack.setConfig({ context: "remote-1" });
  });

  it("is a deregistration, which is a warning", async () => {
    await stack.setConfig({ context: undefined });
    const text = await previewed();
    assert.match(text, /warning: plan: deregister edge\n/);
    await up();
    assert.deepEqual(leftOn(untouched, await inventory(one)), []);
    assert.deepEqual(await registeredNames(), []);
  });
});
