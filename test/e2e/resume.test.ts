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
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { World } from "./support/world";

// One stack lives through all of this.
describe("a registration is resumed by up", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let nobody: { readonly serverAddress: string };

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
    nobody = { serverAddress: `127.0.0.1:${await freePort()}` };
  });

  after(() => world?.stop());

  it("when the user has interrupted the wait: says so, and keeps what it has", async () => {
    stack = await world.stack("first", {
      clusters: { "remote-1": { proof: { timeoutSeconds: 600 }, relay: nobody } },
    });
    const run = stack.start("up", ["--skip-preview"]);
    await run.untilOutput(/remote-1 \d+\/600 s: refused/);
    run.signal("SIGINT");
    const up = await run.result; // with a limit of 600 s it ends in time only because it notices
    assertFailed(up, "GMR507");
    assert.deepEqual(await kinds(stack, "remote-1"), complete);
  });

  it("when it could not be proven, or another cluster not be reached, which keeps no other one from being registered", async () => {
    const lost = await writeContexts(world.sandbox, "lost", { lost: nowhere(await freePort()) });
    await stack.setConfig({
      clusters: {
        "remote-1": { proof: { timeoutSeconds: 15 }, relay: nobody },
        "remote-2": {},
        lost: { remote: { kubeconfig: lost } },
      },
    });
    const up = await stack.up(["--skip-preview", "--continue-on-error"]);
    assertFailed(up, /GMR501 .*within 15 s.*the relay server refuses the connection/);
    assertFailed(up, "GMR112");
    assert.deepEqual(await kinds(stack, "remote-1"), complete);
    assert.deepEqual(await releaseStatuses(world.sandbox.remote("remote-1")), ["deployed"]);
    assert.deepEqual(await releaseStatuses(world.sandbox.remote("remote-2")), ["deployed"]);
    assert.equal(await hasToken(world.sandbox.remote("remote-2")), false);
  });

  it("when the relay server was down, and goes on once it is back and the address is right", async () => {
    const { kubeConfig } = world.sandbox.management;
    const patience = { proof: { timeoutSeconds: 6 } };
    await stack.setConfig({
      clusters: { "remote-1": patience, "remote-2": {}, "remote-3": patience },
    });
    await scaleRelay(kubeConfig, 0);
    assertFailed(await stack.up(["--skip-preview"]), "GMR501");
    assert.equal(await hasToken(world.sandbox.remote("remote-3")), true); // present as long as it is needed
    await scaleRelay(kubeConfig, 1);
    await relayRolledOut(kubeConfig, world.sandbox.hub.namespace, standIn);
    assertSucceeded(await stack.up(["--skip-preview"]));
    for (const [name, remote] of world.sandbox.remotes) await assertRegistered(world, stack, name, remote);
  });

  it("when its state is lost: adopted with its certificate", async () => {
    const remote = world.sandbox.remote("remote-1");
    const former = await clientFingerprint(remote);
    await stack.command(["stack", "rm", "first", "--force", "--yes"]);

    const found = await world.stack("first", { clusters: { "remote-1": {} } });
    const up = await found.up();
    assertSucceeded(up);
    assert.match(textOf(up), /plan: register remote-1 \(adopted\)/);
    await assertRegistered(world, found, "remote-1", remote);
    assert.equal(await clientFingerprint(remote), former);
    assertNoChanges(await found.up(["--skip-preview"]));
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

/** Kinds of a registration's resources in the state, sorted. */
async function kinds(stack: PulumiWorkspace, name: string): Promise<string[]> {
  const { resources = [] } = (await stack.exportState()).deployment;
  const children = resources.filter(
    ({ parent, type }) =>
      parent?.endsWith(`GlooMeshRelayRegistration::${name}`) && !type.startsWith("pulumi:providers"),
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
