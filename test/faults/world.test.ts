import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { clustersOf, deleteSecret, hasToken } from "../e2e/support/clusters";
import { assertRegistered } from "../e2e/support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import {
  createClientSecretData,
  createHubCertificates,
  kubernetesClusters,
  secretNames,
  writeSecret,
} from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { type Figures, testCases } from "./figures";

// Others work on the same clusters: they take away or change, in the middle of a run, what the run has just made; and a second stack registers at
// the same moment.

const namespace = "gloo-mesh";
const base = `/api/v1/namespaces/${namespace}`;

interface Place {
  readonly world: World;
  readonly cluster: SandboxCluster;
}

/** What somebody does to an object as soon as a run has made it. */
interface Meddling {
  /** Path of the object, and where it lies. */
  readonly path: string;
  readonly on?: "hub";
  act(place: Place): Promise<unknown>;
}

const core = ({ cluster }: Place) => cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
const apps = ({ cluster }: Place) => cluster.kubeConfig.makeApiClient(k8s.AppsV1Api);
const deployment = { name: "enterprise-agent", namespace };
const asMerge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

const meddlings: Readonly<Record<string, Meddling>> = {
  "root-certificate-deleted": {
    path: `${base}/secrets/${secretNames.root}`,
    act: ({ cluster }) => deleteSecret(cluster, secretNames.root),
  },
  "root-certificate-changed": {
    path: `${base}/secrets/${secretNames.root}`,
    act: async (place) => {
      const data = { "ca.crt": Buffer.from((await createHubCertificates()).root.certificatePem).toString("base64") };
      await core(place).patchNamespacedSecret({ name: secretNames.root, namespace, body: { data } }, asMerge);
    },
  },
  "token-deleted": {
    path: `${base}/secrets/${secretNames.identityToken}`,
    act: ({ cluster }) => deleteSecret(cluster, secretNames.identityToken),
  },
  "kubernetes-cluster-deleted": {
    path: `/apis/multicluster.solo.io/v1alpha1/namespaces/${namespace}/kubernetesclusters/remote-1`,
    on: "hub",
    act: ({ world }) => kubernetesClusters(world.sandbox.management.kubeConfig, namespace).delete("remote-1"),
  },
  "deployment-deleted": {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/enterprise-agent`,
    act: (place) => apps(place).deleteNamespacedDeployment(deployment),
  },
  "deployment-scaled-to-zero": {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/enterprise-agent`,
    act: (place) => apps(place).patchNamespacedDeployment({ ...deployment, body: { spec: { replicas: 0 } } }, asMerge),
  },
  "release-record-deleted": {
    path: `${base}/secrets/sh.helm.release.v1.enterprise-agent.v1`,
    act: ({ cluster }) => deleteSecret(cluster, "sh.helm.release.v1.enterprise-agent.v1"),
  },
  "certificate-foreign": {
    path: `${base}/secrets/${secretNames.client}`,
    act: async ({ cluster }) => {
      const data = await createClientSecretData(await createHubCertificates(), { clusterName: "remote-1" });
      await writeSecret(cluster.kubeConfig, { name: secretNames.client, namespace }, { ...data });
    },
  },
  "namespace-deleted": { path: base, act: (place) => core(place).deleteNamespace({ name: namespace }) },
};

type WorldCase = { readonly id: string; readonly run: (world: World, figures: Figures) => Promise<void> };

const cases: readonly WorldCase[] = [
  { id: "world/two-stacks/same-cluster", run: sameCluster },
  ...Object.entries(meddlings).map(([name, meddling]) => ({
    id: `world/meddling/${name}`,
    run: (world: World, figures: Figures) => meddled(name, meddling, world, figures),
  })),
  { id: "world/two-stacks/same-hub", run: sameHub },
];

testCases(
  "world",
  cases,
  { start: () => World.start(["remote-1", "remote-2"]), stop: (world) => world.stop() },
  (one, world, figures) => one.run(world, figures),
);

/** However the run ends, at most two more reach what a clean one reaches, and destroy leaves nothing. */
async function meddled(name: string, { path, on, act }: Meddling, world: World, figures: Figures): Promise<void> {
  const cluster = world.sandbox.remote("remote-1");
  const stack = await world.stack(name, { clusters: { "remote-1": { proof: { timeoutSeconds: 10 } } } });
  const run = stack.start("up", ["--skip-preview"]);
  await appears(on === "hub" ? world.sandbox.management : cluster, path, run.result);
  await act({ world, cluster });
  const result = await run.result;
  if (result.exitCode !== 0)
    await figures.promise("P9", () => assertFailed(result, /GMR\d{3}|not found|being terminated/));
  await figures.promise("P3", () => repaired(stack));
  await assertRegistered(world, stack, "remote-1", cluster);
  await figures.promise("P4", async () => assert.equal(await hasToken(cluster), false));
  await figures.promise("P2", async () => assertNoChanges(await stack.up(["--skip-preview"])));
  await figures.promise("P7", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    const { status } = await cluster.plane.get(base);
    assert.equal(status, 404, "the namespace is left");
  });
}

/** What others have removed is seen by a refresh alone: the documents say so. */
async function repaired(stack: PulumiWorkspace): Promise<void> {
  const first = await stack.up(["--skip-preview", "--refresh"]);
  if (first.exitCode === 0) return;
  assert.match(textOf(first), /GMR\d{3}/);
  assertSucceeded(await stack.up(["--skip-preview", "--refresh"]));
}

/** Resolves when the object is there. @throws when the run has ended without it */
async function appears(cluster: SandboxCluster, path: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  while ((await cluster.plane.get(path)).status !== 200) assert.ok(!isOver, `${path} never appeared`);
}

/** Two stacks want the same cluster under the same name: at most one has it, the other says whose it is, and takes nothing away. */
async function sameCluster(world: World, figures: Figures): Promise<void> {
  const cluster = world.sandbox.remote("remote-1");
  const stacks = await Promise.all(
    ["one", "two"].map((name) => world.stack(name, { clusters: { "remote-1": { proof: { timeoutSeconds: 20 } } } })),
  );
  const results = await Promise.all(stacks.map((stack) => stack.up(["--skip-preview"])));
  assert.ok(results.filter(({ exitCode }) => exitCode === 0).length <= 1, "both say that they have registered it");
  // Of the second try each tells what it is: one goes on, or both are told who has it.
  const again: boolean[] = [];
  for (const stack of stacks) {
    const run = await stack.up(["--skip-preview", "--refresh"]);
    again.push(run.exitCode === 0);
    if (run.exitCode !== 0) await figures.promise("P9", () => assertFailed(run, /GMR(?:208|213|303|304|305)/));
  }
  const [winner, loser] = again[0] ? stacks : [...stacks].reverse();
  assert.ok(winner && loser && again.includes(true), "neither of them can go on");
  await figures.promise("P10", async () => {
    const left = await loser.destroy(["--skip-preview"]);
    assertSucceeded(left);
    await assertRegistered(world, winner, "remote-1", cluster);
    assertNoChanges(await winner.up(["--skip-preview"]));
  });
  await figures.promise("P7", async () => {
    assertSucceeded(await winner.destroy(["--skip-preview"]));
    assert.equal((await cluster.plane.get(base)).status, 404);
  });
}

/** Two stacks register two clusters with one hub at the same moment. */
async function sameHub(world: World, figures: Figures): Promise<void> {
  const names = ["remote-1", "remote-2"];
  const stacks = await Promise.all(names.map((name) => world.stack(`hub-${name}`, { clusters: { [name]: {} } })));
  const results = await Promise.all(stacks.map((stack) => stack.up(["--skip-preview"])));
  for (const result of results) assertSucceeded(result);
  for (const [index, name] of names.entries()) {
    const stack = stacks[index];
    assert.ok(stack);
    await assertRegistered(world, stack, name, world.sandbox.remote(name));
  }
  await figures.promise("P8", async () => {
    for (const stack of stacks) assertSucceeded(await stack.destroy(["--skip-preview"]));
  });
  assert.equal(clustersOf(world.sandbox).length, 3);
}
