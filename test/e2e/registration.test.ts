import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { becomes } from "./support/agents";
import { added, clustersOf, inventory, leftOn, makeNamespace, registeredOn, withoutWrites } from "./support/clusters";
import { generation, versions } from "./support/generation";
import { assertRegistered } from "./support/proof";
import { assertNoChanges, assertSucceeded, registrationOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const shared = "shared";

describe("a registration", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let management: SandboxCluster;
  let remote: SandboxCluster;
  let others: SandboxCluster;
  let untouched: Record<"management" | "remote" | "others", ReadonlyMap<string, string>>;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    management = world.sandbox.management;
    remote = world.sandbox.remote("remote-1");
    others = world.sandbox.remote("remote-2");
    await makeNamespaceOfOthers(others);
    untouched = {
      management: await inventory(management),
      remote: await inventory(remote),
      others: await inventory(others),
    };
    stack = await world.stack("registration", {
      clusters: {
        "remote-1": {},
        "remote-2": { namespace: { name: shared, create: false } },
        hub: { selfRegistration: true },
      },
    });
  });

  after(() => world?.stop());

  // They follow one stack through its life.

  it("previews a fresh stack without a write to either API", async () => {
    const preview = await withoutWrites(clustersOf(world.sandbox), () => stack.preview(), { trials: true });
    assertSucceeded(preview);
    assert.deepEqual(await inventory(remote), untouched.remote);
  });

  it("registers the cluster and proves it", async () => {
    assertSucceeded(await stack.up(["--skip-preview"]));
    const registration = await assertRegistered(world, stack, "remote-1", remote);
    assert.equal(registration.agentVersion, versions.usual);
    assert.ok(new Date(registration.certificateNotAfter) > new Date());
    assert.ok(registration.tokenExposureSeconds >= 0);
  });

  it("stands up to the validation of the vendor's guide", async () => {
    const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    const pods = (await core.listNamespacedPod({ namespace })).items;
    assert.deepEqual(
      pods.map(({ status }) => [status?.phase, status?.containerStatuses?.map(({ ready }) => ready)]),
      [["Running", [true]]],
    );
    const secrets = (await core.listNamespacedSecret({ namespace })).items.map(({ metadata }) => metadata?.name ?? "");
    assert.ok(secrets.includes(secretNames.client));
    assert.ok(secrets.includes(secretNames.root));
    assert.ok(secrets.includes(`sh.helm.release.v1.${generation.releaseName}.v1`));
    const root = await readSecret(remote.kubeConfig, { name: secretNames.root, namespace });
    assert.deepEqual([...(root?.keys() ?? [])], ["ca.crt"]);
    assert.equal(root?.get("ca.crt")?.trim(), world.sandbox.hub.rootCaPem.trim());

    const registered = await registeredOn(management).read("remote-1");
    assert.equal(registered.spec?.clusterDomain, "cluster.local");
    const [server] = (
      await management.kubeConfig
        .makeApiClient(k8s.CoreV1Api)
        .listNamespacedPod({ namespace, labelSelector: `app=${generation.relayServer.name}` })
    ).items;
    const log = await management.kubeConfig
      .makeApiClient(k8s.CoreV1Api)
      .readNamespacedPodLog({ name: server?.metadata?.name ?? "", namespace });
    assert.match(log, /recieved request for delta.*remote-1/);
  });

  it("uses a namespace of others as it is", async () => {
    await assertRegistered(world, stack, "remote-2", others, shared);
    const name = `namespaces ${shared}`;
    assert.equal(untouched.others.get(name), (await inventory(others)).get(name));
  });

  it("registers the hub with itself, and copies nothing of it", async () => {
    assert.equal((await registrationOf(stack, "hub")).proof, "agent");
    assert.deepEqual(changed(untouched.management, await inventory(management)), []);
  });

  it("is left as it is by a second up, which writes to neither API", async () => {
    const up = await withoutWrites(
      clustersOf(world.sandbox),
      () => stack.up(["--skip-preview", "--expect-no-changes"]),
      { trials: true },
    );
    assertNoChanges(up);
  });

  it("is found unchanged by a refresh, which writes to neither API", async () => {
    const refresh = await withoutWrites(clustersOf(world.sandbox), () =>
      stack.refresh(["--skip-preview", "--expect-no-changes"]),
    );
    assertNoChanges(refresh);
  });

  it("leaves nothing on either cluster when it is destroyed, but the CRDs of the chart", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    const left = await inventory(remote);
    assert.ok(added(untouched.remote, left).length > 0, "the chart of the sandbox has CRDs");
    assert.deepEqual(leftOn(untouched.remote, left), []);
    assert.deepEqual((await stack.exportState()).deployment.resources ?? [], []);
  });

  it("leaves a namespace of others so", async () => {
    const left = await inventory(others);
    assert.deepEqual(leftOn(untouched.others, left), []);
    assert.deepEqual(changed(untouched.others, left), []);
  });

  it("deletes nothing of the hub", async () => {
    const left = await inventory(management);
    assert.deepEqual(changed(untouched.management, left), []);
    // The agent's own certificate stays with the hub's Secrets; whoever registered by hand finds it there, too.
    assert.deepEqual(leftOn(untouched.management, left), [`secrets ${namespace} ${secretNames.client}`]);
  });
});

/** A namespace with objects of its own. */
async function makeNamespaceOfOthers(cluster: SandboxCluster): Promise<void> {
  const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
  await makeNamespace(cluster, shared, { team: "others" });
  const metadata = { name: "theirs" };
  await core.createNamespacedConfigMap({ namespace: shared, body: { metadata, data: { a: "b" } } });
  await core.createNamespacedSecret({ namespace: shared, body: { metadata, stringData: { a: "b" } } });
  await becomes(async () => (await inventory(cluster)).has(`configmaps ${shared} kube-root-ca.crt`), true);
}

/** Names of what is in the first inventory and is changed or missing in the second. */
function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].filter(([name, version]) => after.get(name) !== version).map(([name]) => name);
}
