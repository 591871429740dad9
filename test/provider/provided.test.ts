import assert from "node:assert/strict";
import { after, describe, type TestContext, test } from "node:test";
import { DynamicProvider } from "../support/dynamicProvider";
import { type FakeKubeApi, secret } from "../support/fakeKubeApi";
import { agentDeployment, helmRevision } from "../support/remoteObjects";
import { namespaceOfOurs, processOf, stateOf } from "./leavingWorld";
import { podsPath } from "./proofWorld";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  deploymentPath,
  has,
  namespacePath,
  ours,
  revisionPath,
  temporary,
  tokenPath,
  type World,
} from "./world";

// An agent that someone else installs: what is proven of it, and that nothing of it is changed.

const agentProvided = true;
const tracked = { annotations: { "argocd.argoproj.io/tracking-id": "mesh:x" } };
const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
const incarnation = (value: string) => ({ "gloo-mesh-relay-registration/incarnation": value });
const proofInputs = { agentProvided, releaseRevision: 0, releaseUid: "" };

let proving: Promise<DynamicProvider> | undefined;
after(async () => (await proving)?.stop());

/** The process of the proof, which the tests of this file share. */
async function proof(): Promise<DynamicProvider> {
  proving ??= DynamicProvider.start("clientCertificate");
  return proving;
}

/** The agent's Deployment as Argo CD has it. */
function install({ store }: FakeKubeApi, metadata: object = {}, spec: object = {}): void {
  const deployment = agentDeployment(true) as { metadata: object; spec: object };
  const path = deploymentPath.replace("enterprise-agent", (metadata as { name?: string }).name ?? "enterprise-agent");
  store.put(path, {
    ...deployment,
    metadata: { ...deployment.metadata, ...tracked, ...metadata },
    spec: { ...deployment.spec, ...spec },
  });
}

function putPod({ store }: FakeKubeApi, name: string, app: string, creationTimestamp: string): void {
  store.put(`${podsPath}/${name}`, {
    metadata: { labels: { app }, creationTimestamp },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
}

const written = (api: FakeKubeApi) => api.writes.map(({ verb, path }) => `${verb} ${path}`);

const long = "2026-01-01T00:00:00Z";

describe("the proof of a provided agent", () => {
  test("needs no Helm release, and touches neither Deployment nor pods of an agent with a good certificate", async (context) => {
    const { remote, token, certificateInputs } = await clusters(context);
    install(remote);
    putPod(remote, "agent-1", "enterprise-agent", long);
    remote.store.put(tokenPath, secret({ token }, temporary));
    remote.store.put(certificatePath, await clientSecret());
    const { outs } = await (await proof()).create(certificateInputs(proofInputs));
    assert.deepEqual([outs["proof"], outs["releaseUid"]], ["agent", ""]);
    assert.deepEqual(written(remote), [`delete ${tokenPath}`]);
  });

  test("finds an agent under another name that comes during the wait", async (context) => {
    const { remote, token, certificateInputs } = await clusters(context);
    remote.store.put(tokenPath, secret({ token }, temporary));
    remote.store.put(certificatePath, await clientSecret());
    const running = (await proof()).create(certificateInputs(proofInputs));
    const lists = () => remote.count("list", "/deployments");
    await remote.until(() => lists() >= 2);
    install(
      remote,
      { name: "prod-agent", labels: { app: "enterprise-agent" } },
      { selector: { matchLabels: { app: "prod-agent" } } },
    );
    putPod(remote, "prod-agent-1", "prod-agent", new Date().toISOString());
    assert.equal((await running).outs["proof"], "agent");
  });

  test("restarts pods that started before the token, and only those", async (context) => {
    const { remote, token, certificateInputs } = await clusters(context);
    install(remote);
    putPod(remote, "early", "enterprise-agent", long);
    putPod(remote, "late", "enterprise-agent", "2999-01-01T00:00:00Z");
    remote.store.put(tokenPath, secret({ token }, temporary));
    const running = (await proof()).create(certificateInputs(proofInputs));
    await remote.until(() => !has(remote, `${podsPath}/early`));
    remote.store.put(certificatePath, await clientSecret());
    await running;
    assert.deepEqual(written(remote), [`delete ${podsPath}/early`, `delete ${tokenPath}`]);
  });

  test("never restarts the relay server, whose sidecar the agent is", async (context) => {
    const { remote, certificateInputs } = await clusters(context);
    const containers = [{ name: "enterprise-networking" }, { name: "enterprise-agent" }];
    install(
      remote,
      { name: "enterprise-networking" },
      { selector: { matchLabels: { app: "enterprise-networking" } }, template: { spec: { containers } } },
    );
    putPod(remote, "server-1", "enterprise-networking", long);
    const inputs = certificateInputs({ ...proofInputs, removeToken: false, removeOnDelete: false });
    const running = (await proof()).create(inputs);
    await remote.until(() => remote.count("watch", "/secrets") >= 1);
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await running).outs["proof"], "agent");
    assert.deepEqual(remote.writes, []);
  });

  test("that does not come says so, and not to uninstall anything", async (context) => {
    const { remote, certificateInputs } = await clusters(context);
    remote.store.put(certificatePath, await clientSecret());
    await assert.rejects(
      (await proof()).create(certificateInputs({ ...proofInputs, removeToken: false, timeoutSeconds: 4 })),
      /GMR503 .*the agent's Deployment does not exist.* — have it installed by whoever provides the agent/,
    );
  });
});

describe("the preparation of a cluster with a provided agent", () => {
  async function prepare(context: TestContext, fill: (remote: FakeKubeApi) => Promise<void> | void): Promise<World> {
    const world = await clusters(context);
    await fill(world.remote);
    await (await processOf("preparation")).create(world.preparationInputs({ agentProvided }));
    return world;
  }

  test("leaves agent, release and certificate as they are", async (context) => {
    const { remote } = await prepare(context, async (api) => {
      install(api);
      api.store.put(revisionPath(1), helmRevision({ status: "pending-upgrade", mark: undefined }));
      api.store.put(certificatePath, await clientSecret());
    });
    assert.deepEqual(remote.writes, []);
  });

  test("removes the certificate of an earlier agent that is gone", async (context) => {
    const { remote } = await prepare(context, async (api) => {
      api.store.put(certificatePath, await clientSecret());
    });
    assert.deepEqual(written(remote), [`delete ${certificatePath}`]);
  });
});

describe("the end of a registration with a provided agent", () => {
  const rootPath = `${namespacePath}/secrets/relay-root-tls-secret`;

  async function leave(context: TestContext, isInstalled: boolean, owner = "first"): Promise<World> {
    const world = await clusters(context);
    const { hub, remote } = world;
    const annotations = { ...ours, ...incarnation(owner) };
    remote.store.put(namespacePath, { kind: "Namespace", metadata: { annotations } });
    remote.store.put(rootPath, secret({ "ca.crt": "root" }, annotations));
    remote.store.put(certificatePath, await clientSecret());
    hub.store.put(kubernetesClusterPath, { metadata: { annotations: { ...ours, ...incarnation(owner) } } });
    if (isInstalled) install(remote);
    const state = stateOf(world, "preparation", { agentProvided, incarnation: "first" });
    await (await processOf("clientCertificate")).delete("id", world.certificateInputs(proofInputs));
    await (await processOf("preparation")).delete("id", state);
    return world;
  }

  test("keeps agent and certificate, and with them the namespace", async (context) => {
    const { hub, remote } = await leave(context, true);
    const left = [deploymentPath, certificatePath, namespacePath, rootPath].map((path) => has(remote, path));
    assert.deepEqual(left, [true, true, true, false]);
    assert.equal(has(hub, kubernetesClusterPath), false);
  });

  test("removes the certificate, and the namespace, of an agent that is gone", async (context) => {
    const { remote } = await leave(context, false);
    assert.deepEqual(
      [certificatePath, namespacePath, rootPath].map((path) => has(remote, path)),
      [false, false, false],
    );
  });

  test("leaves what belongs to a newer preparation by now", async (context) => {
    const { hub, remote } = await leave(context, true, "second");
    assert.deepEqual([...hub.writes, ...remote.writes], []);
  });

  test("does not name a Helm release that it left behind", async (context) => {
    const world = await clusters(context);
    world.remote.store.put(namespacePath, namespaceOfOurs);
    world.remote.intervene = () => "close";
    const process = await processOf("preparation", { PULUMI_K8S_DELETE_UNREACHABLE: "true" });
    await process.delete("id", stateOf(world, "preparation", { agentProvided }));
    assert.match(process.output, /GMR602 Left behind on the remote cluster.*: Secret gloo-mesh\/relay-root-tls-secret/);
    assert.doesNotMatch(process.output, /helm/);
  });
});
