import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { freePort } from "../sandbox/controlplane";
import { readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { inventory, leftOn, makeNamespace, registeredOn, releaseStatuses, withoutWrites } from "./support/clusters";
import { Gate } from "./support/gate";
import { generation } from "./support/generation";
import { helm } from "./support/helm";
import { duringRun, killWithPlugins } from "./support/killing";
import { nowhere, writeContexts } from "./support/kubeconfigs";
import { assertFailed, assertSucceeded, textOf, withVariable } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const { releaseName } = generation;
const allowance = "PULUMI_K8S_DELETE_UNREACHABLE";

// Two clusters would do; four let one run end several registrations.
describe("leaving", () => {
  let world: World;
  let one: SandboxCluster;
  let two: SandboxCluster;
  /** What each cluster held before the first registration. */
  let untouched: ReadonlyMap<string, string>;

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3", "remote-4"]);
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
    untouched = await inventory(one);
  });

  after(() => world?.stop());

  const coreOf = (cluster: SandboxCluster) => cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
  const assertLeft = async (name: string) => {
    assert.deepEqual(leftOn(untouched, await inventory(world.sandbox.remote(name))), []);
    assert.equal(await isRegistered(world, name), false);
  };

  describe("with what others have put there, or taken away", () => {
    const adopted = "adopted";
    let labelled: SandboxCluster;
    let stack: PulumiWorkspace;
    let destroy: PulumiResult;

    const labels = async () => {
      const { metadata } = await coreOf(labelled).readNamespace({ name: adopted });
      return { team: metadata?.labels?.["team"], istio: metadata?.labels?.["istio-injection"] };
    };

    before(async () => {
      labelled = world.sandbox.remote("remote-4");
      await makeNamespace(labelled, adopted, { team: "others" });
      const clusters = {
        "remote-1": {},
        "remote-2": {},
        "remote-3": {},
        "remote-4": { namespace: { name: adopted, create: false, disableIstioInjection: true } },
      };
      stack = await world.stack("others", { clusters });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.deepEqual(await labels(), { team: "others", istio: "disabled" });

      const theirs = { metadata: { name: "theirs" }, data: { a: "b" } };
      await coreOf(one).createNamespacedConfigMap({ namespace, body: theirs });
      for (const name of [secretNames.client, secretNames.root])
        await coreOf(two).deleteNamespacedSecret({ name, namespace });
      await registeredOn(world.sandbox.management).delete("remote-2");
      await uninstall(world, world.sandbox.remote("remote-3"));
      destroy = await stack.destroy(["--skip-preview"]);
      assertSucceeded(destroy);
      assert.deepEqual(await remaining(stack), []);
    });

    it("keeps a namespace that holds objects of someone else, and reports it", async () => {
      assert.match(textOf(destroy), /GMR603 The namespace gloo-mesh is kept .*ConfigMap theirs/);
      const theirs = await coreOf(one).readNamespacedConfigMap({ name: "theirs", namespace });
      assert.deepEqual(theirs.data, { a: "b" });
      assert.deepEqual(await releaseStatuses(one), []);
      await coreOf(one).deleteNamespace({ name: namespace });
      await untilGone(one, namespace);
    });

    it("destroys the rest where the client Secret, the root CA and the KubernetesCluster are gone", () =>
      assertLeft("remote-2"));

    it("destroys the rest where the Helm release is gone", () => assertLeft("remote-3"));

    it("takes only the label along that it put on a namespace of others", async () => {
      assert.deepEqual(await labels(), { team: "others", istio: undefined });
      assert.equal(await readSecret(labelled.kubeConfig, { name: secretNames.client, namespace: adopted }), undefined);
    });
  });

  describe("while remote clusters cannot be reached", () => {
    const gone = { "remote-2": {} };
    let kubeconfig: string;
    let stack: PulumiWorkspace;

    const write = (contexts: Readonly<Record<string, { readonly kubeConfig: k8s.KubeConfig }>>) =>
      writeContexts(world.sandbox, "lost-remote", contexts);
    const at = (context: string) => ({ remote: { kubeconfig, context } });

    before(async () => {
      kubeconfig = await write({ edge: one });
      stack = await world.stack("lost-remote", { clusters: { edge: at("edge"), ...gone } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      await write({ edge: nowhere(await freePort()) });
      await coreOf(two).deleteNamespace({ name: namespace });
      await untilGone(two, namespace);
    });

    it("is refused with GMR601 before anything is deleted, and with GMR312 where a namespace is gone with all that was in it", async () => {
      const clusters = [world.sandbox.management, one, two];
      const destroy = await withoutWrites(clusters, () => stack.destroy(["--skip-preview"]));
      assertFailed(
        destroy,
        /GMR601 .*context "edge".*GMR112 .*PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy --refresh/,
      );
      assertFailed(destroy, /GMR312 .*pulumi destroy --refresh/);
      assert.ok(await isRegistered(world, "edge"));
    });

    it("cleans the hub by destroy --refresh when it is allowed, and says what stays behind", async () => {
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
      await assertLeft("remote-2");
    });

    it("for another cluster registers the new one, and forgets the old one only when it is allowed", async () => {
      const three = world.sandbox.remote("remote-3");
      await write({ edge: one, old: two, new: three });
      // With the cluster that is back: a registration of the same name makes good what stayed behind.
      await stack.setConfig({ clusters: { edge: at("edge"), site: at("old") } });
      assertSucceeded(await stack.up(["--skip-preview"]));

      await write({ edge: one, old: nowhere(await freePort()), new: three });
      await stack.setConfig({ clusters: { edge: at("edge"), site: at("new") } });
      assertFailed(await stack.up(["--skip-preview"]), "GMR601");

      const up = await withVariable(stack, allowance, () => stack.up(["--skip-preview", "--refresh"]));
      assertSucceeded(up);
      assert.match(textOf(up), /GMR602 /);
      assert.ok(await isRegistered(world, "site"));
      assert.deepEqual(await releaseStatuses(three), ["deployed"]);
    });

    it("is made good by a registration of the same name once the cluster is back", async () => {
      assertSucceeded(await stack.destroy(["--skip-preview"]));
      assert.deepEqual(leftOn(untouched, await inventory(one)), []);
      for (const name of ["edge", "site"]) assert.equal(await isRegistered(world, name), false);
    });
  });

  // That it is refused without the allowance: test/provider/leaving.test.ts.
  it("while the hub cannot be reached, when it is allowed, cleans the remote cluster and names the KubernetesCluster", async () => {
    const { management } = world.sandbox;
    const kubeconfig = await writeContexts(world.sandbox, "lost-hub", { hub: management, edge: one });
    const clusters = { edge: { remote: { kubeconfig, context: "edge" } } };
    const stack = await world.stack("lost-hub", { clusters, kubeconfig, management: { context: "hub" } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await writeContexts(world.sandbox, "lost-hub", { hub: nowhere(await freePort()), edge: one });

    const destroy = await withVariable(stack, allowance, () => stack.destroy(["--skip-preview", "--refresh"]));
    assertSucceeded(destroy);
    assert.match(textOf(destroy), /GMR602 .*management cluster.*KubernetesCluster gloo-mesh\/edge/);
    assert.deepEqual(leftOn(untouched, await inventory(one)), []);
    assert.ok(await isRegistered(world, "edge"));
  });

  it("after a run that was killed while Helm installed removes what the state does not know", async () => {
    const three = world.sandbox.remote("remote-3");
    const stack = await world.stack("killed", {
      clusters: { "remote-3": { agent: { abandonedAfterSeconds: 1 } } },
    });
    const gate = await Gate.forNewDeployments(three);
    const run = stack.start("up", ["--skip-preview"]);
    await duringRun(run, gate.arrived);
    await killWithPlugins(run);
    await gate.open();
    assert.deepEqual(await releaseStatuses(three), ["pending-install"]);
    await stack.command(["cancel", "--yes"]);
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    await assertLeft("remote-3");
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
