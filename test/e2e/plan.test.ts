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
import { assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const dayMilliseconds = 24 * 3600 * 1000;

// A rename needs a registration that keeps its own name, which the repository's program does not give it.
const source = `
const kubeconfig = config.require("kubeconfig");
const management = new ClusterConnection("management", { kubeconfig, context: "management" });
for (const [name, { context, clusterName, version }] of Object.entries(config.requireObject("registrations"))) {
  new GlooMeshRelayRegistration(name, {
    generation: config.require("generation"),
    clusterName,
    management,
    remote: new ClusterConnection(name, { kubeconfig, context }),
    relay: { serverAddress: config.require("address") },
    agent: { version, repository: config.require("repository") },
  });
}
logDeregistrations(management);
`;

const edge = { context: "remote-1", clusterName: "edge", version: versions.usual };
const site = { context: "remote-2", clusterName: "site", version: versions.usual };

describe("the plan that a preview tells, and the up that follows it", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let one: SandboxCluster;
  let two: SandboxCluster;
  let untouched: readonly ReadonlyMap<string, string>[];

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    const { sandbox } = world;
    one = sandbox.remote("remote-1");
    two = sandbox.remote("remote-2");
    untouched = await inventories();
    stack = await ownProgram(world, "plan", source, {
      kubeconfig: sandbox.kubeconfig,
      generation: generation.name,
      address: sandbox.relayAddress,
      repository: sandbox.chartRepository.url,
      registrations: { edge, site },
    });
  });

  after(() => world?.stop());

  const inventories = () => Promise.all([inventory(one), inventory(two)]);

  /** The sentences of the plan. The preview must write nothing on any cluster; a dry run of the API server stores nothing. */
  const previewed = async (): Promise<string> => {
    const clusters = clustersOf(world.sandbox);
    const preview = await withoutWrites(clusters, () => stack.preview(), { trials: true });
    assertSucceeded(preview);
    return textOf(preview);
  };

  /** One run; each of the two agents is started anew as often as is said. Returns what it printed, with the plan unless that is skipped. */
  const upWithStarts = async (starts: readonly [number, number], args: readonly string[] = []): Promise<string> => {
    const startsOf = () => Promise.all([agentStarts(one), agentStarts(two)]);
    const before = await startsOf();
    const up = await stack.up(args);
    assertSucceeded(up);
    const after = await startsOf();
    assert.deepEqual([after[0] - before[0], after[1] - before[1]], starts, "starts of the agents");
    return textOf(up);
  };

  const assertRegistered = async (clusterName: string, cluster: SandboxCluster) => {
    const registration = await registrationOf(stack, clusterName);
    assert.equal(registration.proof, "agent");
    assert.equal(registration.certificateFingerprint, await clientFingerprint(cluster));
    await becomes(() => connectedAgents(world.sandbox, clusterName), 1);
    assert.equal(await hasToken(cluster), false);
    assert.equal((await releaseStatuses(cluster)).at(-1), "deployed");
    return registration;
  };

  const registeredNames = async () =>
    (await registeredOn(world.sandbox.management).list()).items.map(({ metadata }) => metadata?.name);

  const assertTold = (text: string, sentences: readonly string[]) => {
    for (const sentence of sentences) assert.ok(text.includes(sentence), `${sentence}\n${text}`);
  };

  // One stack through its life: each test goes on from what the one before has left.

  it("is a fresh registration, with all that will be made", async () => {
    const text = await previewed();
    const root = world.sandbox.hub.rootCaFingerprint.slice(0, 23);
    assertTold(text, [
      `plan: register edge (new) · agent ${versions.usual} · relay ${world.sandbox.relayAddress}`,
      `plan: register site (new) · agent ${versions.usual} · relay ${world.sandbox.relayAddress}`,
      "+ namespace gloo-mesh on the remote cluster",
      `+ root CA ${root}… on the remote cluster`,
      "+ bootstrap token on the remote cluster, until the client certificate is issued",
      "+ KubernetesCluster edge on the management cluster",
    ]);
    assert.deepEqual(await inventories(), untouched);
    await upWithStarts([1, 1], ["--skip-preview"]);
    await assertRegistered("edge", one);
    await assertRegistered("site", two);
  });

  // registration.test.ts and planEqualsRun.test.ts run what this one tells.
  it("is nothing to do", async () => {
    const { certificateNotAfter } = await registrationOf(stack, "edge");
    const headline = `plan: up to date: edge · healthy · agent ${versions.usual} · relay ${world.sandbox.relayAddress} · client certificate until ${certificateNotAfter.slice(0, 10)}`;
    assertTold(await previewed(), [headline]);
  });

  it("is an upgrade of one agent, whose certificate stays, and an expired certificate of the other, with another bootstrap; each with one restart", async () => {
    const former = await clientFingerprint(one);
    const end = new Date(Math.floor(Date.now() / 1000) * 1000 - 30 * dayMilliseconds);
    const validity = validFor(30, new Date(end.getTime() - 30 * dayMilliseconds));
    const expired = await createClientSecretData(world.sandbox.hub.certificates, { clusterName: "site", validity });
    await writeSecret(two.kubeConfig, { name: secretNames.client, namespace }, { ...expired });
    const placed = await clientFingerprint(two);
    await stack.setConfig({ registrations: { edge: { ...edge, version: versions.patch }, site } });
    assertTold(await upWithStarts([1, 1]), [
      `~ agent: upgrade ${versions.usual} → ${versions.patch} (given as agent.version); one restart\n`,
      `the certificate expired on ${end.toISOString()}; the agent bootstraps again, with a temporary token`,
    ]);
    assert.equal((await assertRegistered("edge", one)).agentVersion, versions.patch);
    assert.equal(await clientFingerprint(one), former);
    await assertRegistered("site", two);
    assert.notEqual(await clientFingerprint(two), placed);
  });

  it("is a root CA that changes, from fingerprint to fingerprint, and another bootstrap", async () => {
    const hub = world.sandbox.hubNamed("management");
    const certificate = await clientFingerprint(one);
    const before = hub.facts.rootCaFingerprint;
    await hub.replaceRoot();
    const text = await upWithStarts([1, 1]);
    const [from, to] = [before, hub.facts.rootCaFingerprint].map((one) => `${one.slice(0, 23)}…`);
    assertTold(text, [`~ root CA ${from} → ${to}; the agent restarts once`]);
    assert.match(
      text,
      /~ client certificate: Secret gloo-mesh\/relay-client-tls-secret: .*; the agent bootstraps again, with a temporary token$/m,
    );
    await assertRegistered("edge", one);
    await assertRegistered("site", two);
    assert.notEqual(await clientFingerprint(one), certificate);
  });

  // rename.test.ts runs a rename; othercluster.test.ts has the plan of another cluster.
  it("is a rename, the new name first and the old one leaving at the end, and a deregistration, which is a warning", async () => {
    await stack.setConfig({ registrations: { edge: { ...edge, version: versions.patch, clusterName: "edge-2" } } });
    const text = await previewed();
    assert.match(
      text,
      /~ rename edge → edge-2: the new registration is created first, the old name is removed at the end/,
    );
    assert.match(text, /warning: plan: deregister site\n/);
    await stack.setConfig({ registrations: {} });
    assertSucceeded(await stack.up(["--skip-preview"]));
    const left = await inventories();
    assert.deepEqual(
      left.flatMap((after, index) => leftOn(untouched[index] ?? new Map(), after)),
      [],
    );
    assert.deepEqual(await registeredNames(), []);
  });
});
