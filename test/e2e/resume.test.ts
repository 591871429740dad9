import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { freePort } from "../sandbox/controlplane";
import { relayRolledOut } from "../sandbox/relay";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { clientFingerprint, hasToken, releaseStatuses } from "./support/clusters";
import { generation, standIn } from "./support/generation";
import { nowhere, writeContexts } from "./support/kubeconfigs";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

describe("a registration is resumed by up", () => {
  let world: World;
  let first: PulumiWorkspace;

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
  });

  after(() => world?.stop());

  it("when it could not be proven because the relay address is wrong: says so, keeps what it has, and goes on once the address is right", async () => {
    const remote = world.sandbox.remote("remote-1");
    first = await world.stack("first", {
      clusters: { "remote-1": { proof: { timeoutSeconds: 15 } } },
      defaults: { relay: { serverAddress: `127.0.0.1:${await freePort()}` } },
    });
    const up = await first.up(["--skip-preview"]);
    assertFailed(up, /GMR501 .*within 15 s.*the relay server refuses the connection/);
    assert.deepEqual(await kinds(first), complete);
    assert.deepEqual(await releaseStatuses(remote), ["deployed"]);

    await first.setConfig({ defaults: world.defaults() });
    assertSucceeded(await first.up(["--skip-preview"]));
    await assertRegistered(world, first, "remote-1", remote);
  });

  it("when its state is lost: adopted with its certificate", async () => {
    const remote = world.sandbox.remote("remote-1");
    const former = await clientFingerprint(remote);
    await first.command(["stack", "rm", "first", "--force", "--yes"]);

    const found = await world.stack("first", { clusters: { "remote-1": {} } });
    const up = await found.up();
    assertSucceeded(up);
    assert.match(textOf(up), /plan: register remote-1 \(adopted\)/);
    await assertRegistered(world, found, "remote-1", remote);
    assert.equal(await clientFingerprint(remote), former);
    assertNoChanges(await found.up(["--skip-preview"]));
  });

  it("when the user has interrupted the wait: says so, keeps what it has, and goes on with the next up", async () => {
    const remote = world.sandbox.remote("remote-2");
    const stack = await world.stack("interrupted", {
      clusters: { "remote-2": { proof: { timeoutSeconds: 600 } } },
      defaults: { relay: { serverAddress: `127.0.0.1:${await freePort()}` } },
    });
    const run = stack.start("up", ["--skip-preview"]);
    await run.untilOutput(/remote-2 \d+\/600 s: refused/);
    run.signal("SIGINT");
    const up = await run.result; // with a limit of 600 s it ends in time only because it notices
    assertFailed(up, "GMR507");
    assert.deepEqual(await kinds(stack), complete);

    await stack.setConfig({ defaults: world.defaults() });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "remote-2", remote);
  });

  it("when the relay server was down, and is back", async () => {
    const remote = world.sandbox.remote("remote-3");
    const { kubeConfig } = world.sandbox.management;
    const stack = await world.stack("down", { clusters: { "remote-3": { proof: { timeoutSeconds: 6 } } } });
    await scaleRelay(kubeConfig, 0);
    assertFailed(await stack.up(["--skip-preview"]), "GMR501");
    assert.equal(await hasToken(remote), true); // present as long as it is needed
    await scaleRelay(kubeConfig, 1);
    await relayRolledOut(kubeConfig, world.sandbox.hub.namespace, standIn);
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "remote-3", remote);
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });

  it("after a run in which the API server of another cluster could not be reached, which did not keep it from being registered", async () => {
    const remote = world.sandbox.remote("remote-3");
    const lost = await writeContexts(world.sandbox, "lost", { lost: nowhere(await freePort()) });
    const stack = await world.stack("one-of-two", {
      clusters: { lost: { remote: { kubeconfig: lost } }, "remote-3": {} },
    });
    const up = await stack.up(["--skip-preview", "--continue-on-error"]);
    assertFailed(up, "GMR112");
    assert.deepEqual(await releaseStatuses(remote), ["deployed"]);
    assert.equal(await hasToken(remote), false);

    await stack.setConfig({ clusters: { "remote-3": {} } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal((await registrationOf(stack, "remote-3")).proof, "agent");
  });
});

const complete = [
  "BootstrapToken",
  "ClientCertificate",
  "KubernetesCluster",
  "Namespace",
  "Preparation",
  "Release",
  ...(generation.crds ? ["Release"] : []),
  "Secret",
];

/** Kinds of the registration's resources in the state, sorted. */
async function kinds(stack: PulumiWorkspace): Promise<string[]> {
  const { resources = [] } = (await stack.exportState()).deployment;
  const children = resources.filter(
    ({ parent, type }) => parent?.includes("GlooMeshRelayRegistration") && !type.startsWith("pulumi:providers"),
  );
  return children.map(({ type }) => type.split(":").at(-1) ?? "").sort();
}

async function scaleRelay(kubeConfig: k8s.KubeConfig, replicas: number): Promise<void> {
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  const relay = { name: generation.relayServer.name, namespace: "gloo-mesh" };
  const deployment = await apps.readNamespacedDeployment(relay);
  await apps.replaceNamespacedDeployment({
    ...relay,
    body: { ...deployment, spec: { ...deployment.spec, replicas } as k8s.V1DeploymentSpec },
  });
  if (replicas > 0) return;
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const watch = new k8s.Watch(kubeConfig);
  await new Promise<void>((resolve, reject) => {
    let controller: AbortController | undefined;
    const look = async () => {
      const { items } = await core.listNamespacedPod({
        namespace: relay.namespace,
        labelSelector: `app=${relay.name}`,
      });
      if (items.length > 0) return;
      controller?.abort();
      resolve();
    };
    watch
      .watch(
        "/api/v1/namespaces/gloo-mesh/pods",
        {},
        (phase) => phase === "DELETED" && look().catch(reject),
        () => undefined,
      )
      .then((started) => {
        controller = started;
        return look();
      })
      .catch(reject);
  });
}
