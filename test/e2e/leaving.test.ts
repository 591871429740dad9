import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { freePort } from "../sandbox/controlplane";
import { readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { inventory, leftOn, makeNamespace, registeredOn, releaseStatuses, withoutWrites } from "./support/clusters";
import { Gate } from "./support/gate";
import { crdsFromElsewhere, generation } from "./support/generation";
import { helm } from "./support/helm";
import { duringRun, killWithPlugins } from "./support/killing";
import { nowhere, writeContexts } from "./support/kubeconfigs";
import { assertFailed, assertSucceeded, textOf, withVariable } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const { releaseName } = generation;
const allowance = "PULUMI_K8S_DELETE_UNREACHABLE";

describe("leaving", () => {
  let world: World;
  let one: SandboxCluster;
  let two: SandboxCluster;
  /** What each cluster held before the first registration. */
  let untouched: ReadonlyMap<string, string>;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
    untouched = await inventory(one);
  });

  after(() => world?.stop());

  describe("while the remote cluster cannot be reached", () => {
    let stack: PulumiWorkspace;

    before(async () => {
      const kubeconfig = await writeContexts(world.sandbox, "lost-remote", { edge: one });
      stack = await world.stack("lost-remote", { clusters: { edge: { remote: { kubeconfig, context: "edge" } } } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      await writeContexts(world.sandbox, "lost-remote", { edge: nowhere(await freePort()) });
    });

    it("is refused with GMR601 before anything is deleted", async () => {
      const clusters = [world.sandbox.management, one];
      const destroy = await withoutWrites(clusters, () => stack.destroy(["--skip-preview"]));
      assertFailed(
        destroy,
        /GMR601 .*context "edge".*GMR112 .*PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy --refresh/,
      );
      assert.ok(await isRegistered(world, "edge"));
    });

    it("cleans the hub when it is allowed, and says what stays behind", async () => {
      const destroy = await withVariable(stack, allowance, () => stack.destroy(["--skip-preview", "--refresh"]));
      assertSucceeded(destroy);
      assert.match(
        textOf(destroy),
        new RegExp(
          `GMR602 .*Helm release gloo-mesh/${releaseName}.*namespace gloo-mesh.*helm --kubeconfig \\S+ --kube-context edge -n gloo-mesh uninstall ${releaseName}`,
        ),
      );
      assert.equal(await isRegistered(world, "edge"), false);
      assert.deepEqual(await remaining(stack), []);
      assert.deepEqual(await releaseStatuses(one), ["deployed"]);
    });

    it("is made good by a registration of the same name once it is back", async () => {
      await writeContexts(world.sandbox, "lost-remote", { edge: one });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assertSucceeded(await stack.destroy(["--skip-preview"]));
      assert.deepEqual(leftOn(untouched, await inventory(one)), []);
    });
  });

  it("for another cluster while the old one cannot be reached registers the new one, and forgets the old one only when it is allowed", async () => {
    const old = await writeContexts(world.sandbox, "moving", { old: one, new: two });
    const stack = await world.stack("moving", { clusters: { site: { remote: { kubeconfig: old, context: "old" } } } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await writeContexts(world.sandbox, "moving", { old: nowhere(await freePort()), new: two });
    await stack.setConfig({ clusters: { site: { remote: { kubeconfig: old, context: "new" } } } });
    assertFailed(await stack.up(["--skip-preview"]), "GMR601");

    const up = await withVariable(stack, allowance, () => stack.up(["--skip-preview", "--refresh"]));
    assertSucceeded(up);
    assert.match(textOf(up), /GMR602 /);
    assert.ok(await isRegistered(world, "site"));
    assert.deepEqual(await releaseStatuses(two), ["deployed"]);
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.equal(await isRegistered(world, "site"), false);

    // What stayed behind is in the way of no later test; resume.test.ts shows how it goes after a lost state.
    await uninstall(world, one);
    await one.kubeConfig.makeApiClient(k8s.CoreV1Api).deleteNamespace({ name: namespace });
    await untilGone(one, namespace);
  });

  it("while the hub cannot be reached is refused, and when it is allowed cleans the remote cluster and names the KubernetesCluster", async () => {
    const { management } = world.sandbox;
    const kubeconfig = await writeContexts(world.sandbox, "lost-hub", { hub: management, edge: one });
    const clusters = { edge: { remote: { kubeconfig, context: "edge" } } };
    const stack = await world.stack("lost-hub", { clusters, kubeconfig, management: { context: "hub" } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await writeContexts(world.sandbox, "lost-hub", { hub: nowhere(await freePort()), edge: one });

    assertFailed(await withoutWrites([one], () => stack.destroy(["--skip-preview"])), /GMR601 .*context "hub"/);
    const destroy = await withVariable(stack, allowance, () => stack.destroy(["--skip-preview", "--refresh"]));
    assertSucceeded(destroy);
    assert.match(textOf(destroy), /GMR602 .*management cluster.*KubernetesCluster gloo-mesh\/edge/);
    assert.deepEqual(leftOn(untouched, await inventory(one)), []);
    assert.ok(await isRegistered(world, "edge"));
    await registeredOn(management).delete("edge");
  });

  it("keeps a namespace that holds objects of someone else, and reports it", async () => {
    const stack = await world.stack("shared", { clusters: { "remote-1": {} } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    const core = one.kubeConfig.makeApiClient(k8s.CoreV1Api);
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "theirs" }, data: { a: "b" } } });
    const destroy = await stack.destroy(["--skip-preview"]);
    assertSucceeded(destroy);
    assert.match(textOf(destroy), /GMR603 The namespace gloo-mesh is kept .*ConfigMap theirs/);
    const theirs = await core.readNamespacedConfigMap({ name: "theirs", namespace });
    assert.deepEqual(theirs.data, { a: "b" });
    assert.deepEqual(await releaseStatuses(one), []);
    await core.deleteNamespace({ name: namespace });
    await untilGone(one, namespace);
  });

  describe("with something gone already", () => {
    const gone: Record<string, (cluster: SandboxCluster) => Promise<unknown>> = {
      "the client Secret, the root CA and the KubernetesCluster": async (cluster) => {
        const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
        for (const name of [secretNames.client, secretNames.root])
          await core.deleteNamespacedSecret({ name, namespace });
        await registeredOn(world.sandbox.management).delete("remote-2");
      },
      "the Helm release": (cluster) => uninstall(world, cluster),
    };

    for (const [name, remove] of Object.entries(gone)) {
      it(`${name}, destroys the rest`, async () => {
        const stack = await world.stack(`gone-${Object.keys(gone).indexOf(name)}`, { clusters: { "remote-2": {} } });
        assertSucceeded(await stack.up(["--skip-preview"]));
        await remove(two);
        assertSucceeded(await stack.destroy(["--skip-preview"]));
        assert.deepEqual(leftOn(untouched, await inventory(two)), []);
        assert.equal(await isRegistered(world, "remote-2"), false);
        assert.deepEqual(await remaining(stack), []);
      });
    }

    it("the namespace with all that was in it, is told with GMR312 and done by destroy --refresh", async () => {
      const stack = await world.stack("gone-namespace", { clusters: { "remote-2": {} } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      await two.kubeConfig.makeApiClient(k8s.CoreV1Api).deleteNamespace({ name: namespace });
      await untilGone(two, namespace);
      assertFailed(await stack.destroy(["--skip-preview"]), /GMR312 .*pulumi destroy --refresh/);
      assertSucceeded(await stack.destroy(["--skip-preview", "--refresh"]));
      assert.deepEqual(leftOn(untouched, await inventory(two)), []);
      assert.equal(await isRegistered(world, "remote-2"), false);
    });
  });

  it("after a run that was killed while Helm installed removes what the state does not know", async () => {
    const stack = await world.stack("killed", {
      clusters: { "remote-2": { agent: { abandonedAfterSeconds: 1 } } },
    });
    const gate = await Gate.forNewDeployments(two);
    const run = stack.start("up", ["--skip-preview"]);
    await duringRun(run, gate.arrived);
    await killWithPlugins(run);
    await gate.open();
    assert.deepEqual(await releaseStatuses(two), ["pending-install"]);
    await stack.command(["cancel", "--yes"]);
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual(leftOn(untouched, await inventory(two)), []);
    assert.equal(await isRegistered(world, "remote-2"), false);
  });

  it("takes only the label along that it put on a namespace of others", async () => {
    await makeNamespace(two, "adopted", { team: "others" });
    const stack = await world.stack("label", {
      clusters: {
        "remote-2": {
          namespace: { name: "adopted", create: false, disableIstioInjection: true },
          ...crdsFromElsewhere,
        },
      },
    });
    const labels = async () => {
      const { metadata } = await two.kubeConfig.makeApiClient(k8s.CoreV1Api).readNamespace({ name: "adopted" });
      return { team: metadata?.labels?.["team"], istio: metadata?.labels?.["istio-injection"] };
    };
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.deepEqual(await labels(), { team: "others", istio: "disabled" });
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual(await labels(), { team: "others", istio: undefined });
    assert.equal(await readSecret(two.kubeConfig, { name: secretNames.client, namespace: "adopted" }), undefined);
  });
});

function uninstall(world: World, cluster: SandboxCluster): Promise<string> {
  return helm(world, cluster, ["uninstall", releaseName]);
}

async function remaining(stack: PulumiWorkspace): Promise<readonly unknown[]> {
  return (await stack.exportState()).deployment.resources ?? [];
}

async function isRegistered(world: World, name: string): Promise<boolean> {
  const objects = await inventory(world.sandbox.management);
  return [...objects.keys()].some((key) => key.startsWith("kubernetesclusters ") && key.endsWith(name));
}

async function untilGone(cluster: SandboxCluster, name: string): Promise<void> {
  const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
  const watch = new k8s.Watch(cluster.kubeConfig);
  await new Promise<void>((resolve, reject) => {
    let controller: AbortController | undefined;
    const look = async () => {
      const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${name}` });
      if (items.length > 0) return;
      controller?.abort();
      resolve();
    };
    watch
      .watch(
        "/api/v1/namespaces",
        { fieldSelector: `metadata.name=${name}` },
        () => look().catch(reject),
        () => undefined,
      )
      .then((started) => {
        controller = started;
        return look();
      })
      .catch(reject);
  });
}
