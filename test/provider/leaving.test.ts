import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { parse } from "yaml";
import type { Secret } from "../../components/kubernetes/objects";
import { type FakeKubeApi, secret, status } from "../support/fakeKubeApi";
import { helmRevision, manifestOf, releaseIn } from "../support/remoteObjects";
import { namespaceOfOurs, processOf, stateOf } from "./leavingWorld";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  has,
  mark,
  namespacePath,
  ours,
  revisionPath,
  temporary,
  tokenPath,
  type World,
} from "./world";

// The end of a registration: clusters that cannot be reached, and what a run could not record. Its namespace: leavingNamespace.test.ts.

const allowance = { PULUMI_K8S_DELETE_UNREACHABLE: "true" };
const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";

const agentManifest = manifestOf(
  ["apps/v1", "Deployment", "enterprise-agent"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole", "enterprise-agent"],
  ["v1", "PersistentVolumeClaim", "data"],
  ["v1", "ConfigMap", "copied"],
);

function unreachable(api: FakeKubeApi): void {
  api.intervene = () => "close";
}

describe("an unreachable remote cluster", () => {
  for (const name of ["clientCertificate", "bootstrapToken", "preparation"] as const) {
    test(`keeps ${name} from being deleted, with GMR601`, async (context) => {
      const world = await clusters(context);
      const process = await processOf(name);
      unreachable(world.remote);
      await assert.rejects(
        process.delete("id", stateOf(world, name)),
        /GMR601 .*context "remote".*GMR118 .*PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy --refresh/,
      );
      assert.deepEqual(world.hub.writes, []);
    });

    const isKept = name === "preparation";
    test(`lets a refresh ${isKept ? "keep" : "forget"} ${name} when it is allowed, and only then`, async (context) => {
      const world = await clusters(context);
      unreachable(world.remote);
      const state = stateOf(world, name);
      await assert.rejects((await processOf(name)).read("id", state), /GMR118 /);
      const process = await processOf(name, allowance);
      assert.equal((await process.read("id", state)).id, isKept ? "id" : "");
      assert.doesNotMatch(process.output, /GMR602/);
      if (!isKept) return;
      await process.delete("id", state);
      const expected =
        /GMR602 Left behind on the remote cluster.*Helm release gloo-mesh\/enterprise-agent, Secret gloo-mesh\/relay-root-tls-secret, .*namespace gloo-mesh .* — when it is reachable again: helm --kubeconfig \S+ --kube-context remote -n gloo-mesh uninstall enterprise-agent; kubectl --kubeconfig \S+ --context remote delete namespace gloo-mesh/;
      assert.match(process.output, expected);
    });
  }

  test("stops at the client certificate even when it is allowed: only a refresh makes the plugin forget the release", async (context) => {
    const world = await clusters(context);
    unreachable(world.remote);
    const process = await processOf("clientCertificate", allowance);
    await assert.rejects(process.delete("id", stateOf(world, "clientCertificate")), /GMR601 .*--refresh/);
  });

  test("in a namespace that someone else created leaves Secrets behind, not the namespace", async (context) => {
    const world = await clusters(context);
    unreachable(world.remote);
    const process = await processOf("preparation", allowance);
    await process.delete("id", stateOf(world, "preparation", { removeNamespace: false }));
    assert.match(
      process.output,
      /GMR602 .*kubectl --kubeconfig \S+ --context remote -n gloo-mesh delete secret --ignore-not-found relay-client-tls-secret/,
    );
    assert.doesNotMatch(process.output, /delete namespace/);
  });

  for (const [name, answer] of Object.entries({
    "rejects the credentials": 401,
    "denies the right": 403,
    fails: 500,
  })) {
    test(`is none when it answers: it ${name}`, async (context) => {
      const world = await clusters(context);
      world.remote.intervene = () => status(answer, "No");
      const process = await processOf("preparation", allowance);
      await assert.rejects(process.delete("id", stateOf(world, "preparation")), /GMR11[567] /);
      await assert.rejects(process.read("id", stateOf(world, "preparation")), /GMR11[567] /);
    });
  }

  test("is named by its context in the commands that delete, also where that was the current one", async (context) => {
    const world = await clusters(context);
    unreachable(world.remote);
    const process = await processOf("preparation", allowance);
    const { kubeconfig } = world.remote.access;
    await process.delete("id", { ...stateOf(world, "preparation"), remote: { kubeconfig } });
    assert.match(
      process.output,
      /GMR602 .*helm --kubeconfig \S+ --kube-context remote .*kubectl --kubeconfig \S+ --context remote /,
    );
  });

  test("whose kubeconfig is gone, and with it the current context, has a gap for it in the commands that delete", async (context) => {
    const world = await clusters(context);
    const process = await processOf("preparation", allowance);
    await process.delete("id", { ...stateOf(world, "preparation"), remote: { kubeconfig: "/nowhere/kubeconfig" } });
    assert.match(process.output, /GMR602 .*GMR101 .*helm --kubeconfig \S+ --kube-context '<context>' /);
  });

  test("is one when the proxy in front of it runs and does not reach it", async (context) => {
    const world = await clusters(context);
    const proxy = createServer().on("connect", (_, socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    context.after(() => proxy.close());
    const config = parse(await readFile(world.remote.kubeconfig, "utf8")) as { clusters: { cluster: object }[] };
    const clusterEntries = config.clusters.map((entry) => ({
      ...entry,
      cluster: { ...entry.cluster, "proxy-url": `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    }));
    const kubeconfig = JSON.stringify({ ...config, clusters: clusterEntries });
    const state = { ...stateOf(world, "preparation"), remote: { kubeconfig, context: "remote" } };
    await assert.rejects((await processOf("preparation")).delete("id", state), /GMR601 .*GMR106 /);
    const process = await processOf("preparation", allowance);
    await process.delete("id", state);
    assert.match(process.output, /GMR602 .*GMR106 .*the proxy answered 502/);
  });

  test("is one when its context is gone from the kubeconfig", async (context) => {
    const world = await clusters(context);
    const process = await processOf("preparation", allowance);
    const state = { ...stateOf(world, "preparation"), remote: { ...world.remote.access, context: "removed" } };
    await process.delete("id", state);
    assert.match(process.output, /GMR602 .*GMR103 /);
  });

  test("is none when the context leads to another cluster, whatever is allowed", async (context) => {
    const world = await clusters(context);
    const process = await processOf("clientCertificate", allowance);
    const state = { ...stateOf(world, "clientCertificate"), remoteIdentity: "another" };
    await assert.rejects(process.delete("id", state), /GMR310 /);
    assert.deepEqual(world.remote.writes, []);
  });
});

describe("an unreachable hub", () => {
  test("keeps the client certificate from being deleted, with GMR601", async (context) => {
    const world = await clusters(context);
    world.remote.store.put(certificatePath, await clientSecret());
    unreachable(world.hub);
    const process = await processOf("clientCertificate");
    await assert.rejects(process.delete("id", stateOf(world, "clientCertificate")), /GMR601 .*context "management"/);
    assert.deepEqual(world.remote.writes, []);
  });

  test("when it is allowed has the remote cluster cleaned, and the KubernetesCluster named", async (context) => {
    const world = await clusters(context);
    const { remote } = world;
    remote.store.put(tokenPath, secret({ token: world.token }, temporary));
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(namespacePath, namespaceOfOurs);
    unreachable(world.hub);
    const certificate = await processOf("clientCertificate", allowance);
    await certificate.delete("id", stateOf(world, "clientCertificate"));
    const preparation = await processOf("preparation", allowance);
    assert.equal((await preparation.read("id", stateOf(world, "preparation"))).id, "id");
    await preparation.delete("id", stateOf(world, "preparation"));
    assert.equal(has(remote, certificatePath), false);
    assert.match(
      preparation.output,
      /GMR602 Left behind on the management cluster.*KubernetesCluster gloo-mesh\/cluster-2 .*kubectl --kubeconfig \S+ --context management -n gloo-mesh delete kubernetesclusters.multicluster.solo.io --ignore-not-found cluster-2/,
    );
  });
});

describe("a preparation that another one has replaced", () => {
  const rootPath = `${namespacePath}/secrets/relay-root-tls-secret`;
  const incarnation = "gloo-mesh-relay-registration/incarnation";

  const registered = async (world: World, { cluster, release }: { cluster: string; release: string | undefined }) => {
    const { hub, remote } = world;
    const annotations = { ...ours, "gloo-mesh-relay-registration/cluster-identity": remote.identity };
    hub.store.put(kubernetesClusterPath, { metadata: { annotations: { ...annotations, [incarnation]: cluster } } });
    remote.store.put(namespacePath, namespaceOfOurs);
    remote.store.put(rootPath, secret({ "ca.crt": "a" }, ours));
    remote.store.put(certificatePath, await clientSecret());
    const revision = helmRevision({ status: "deployed", mark }) as Secret;
    const labels = { ...revision.metadata.labels, ...(release === undefined ? {} : { [incarnation]: release }) };
    remote.store.put(revisionPath(1), { ...revision, metadata: { ...revision.metadata, labels } });
  };

  test("leaves all that the new one has taken over", async (context) => {
    const world = await clusters(context);
    await registered(world, { cluster: "second", release: "second" });
    const process = await processOf("preparation");
    await process.delete("id", stateOf(world, "preparation", { incarnation: "first" }));
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
    assert.match(process.output, /a newer resource has taken the Helm release gloo-mesh\/enterprise-agent over/);
  });

  test("removes its KubernetesCluster from a management cluster that the new one has left", async (context) => {
    const world = await clusters(context);
    await registered(world, { cluster: "first", release: "second" });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation", { incarnation: "first" }));
    assert.ok(!has(world.hub, kubernetesClusterPath));
    assert.deepEqual(world.remote.writes, []);
  });

  test("that is of an earlier version, without an incarnation, leaves it, too", async (context) => {
    const world = await clusters(context);
    await registered(world, { cluster: "second", release: "second" });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation"));
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("is none as long as the release is its own", async (context) => {
    const world = await clusters(context);
    await registered(world, { cluster: "first", release: "first" });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation", { incarnation: "first" }));
    for (const path of [rootPath, certificatePath, revisionPath(1), namespacePath])
      assert.ok(!has(world.remote, path), path);
    assert.ok(!has(world.hub, kubernetesClusterPath));
  });
});

describe("what a killed run could not record", () => {
  test("is removed: token, root CA, client certificate, KubernetesCluster and release, each by its mark", async (context) => {
    const world = await clusters(context);
    const { remote, hub } = world;
    const helm = { "meta.helm.sh/release-name": "enterprise-agent", "meta.helm.sh/release-namespace": "gloo-mesh" };
    const clusterRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/enterprise-agent";
    const foreignRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/theirs";
    remote.store.put(namespacePath, namespaceOfOurs);
    remote.store.put(tokenPath, { metadata: { annotations: temporary } });
    remote.store.put(`${namespacePath}/secrets/relay-root-tls-secret`, { metadata: { annotations: ours } });
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(
      revisionPath(1),
      helmRevision({ status: "pending-install", mark, created: new Date(0), manifest: agentManifest }),
    );
    remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", {
      metadata: { annotations: helm },
    });
    remote.store.put(clusterRole, { metadata: { annotations: helm } });
    remote.store.put(foreignRole, { metadata: {} });
    const identity = { ...ours, "gloo-mesh-relay-registration/cluster-identity": remote.identity };
    hub.store.put(kubernetesClusterPath, { metadata: { annotations: identity } });

    const process = await processOf("preparation");
    await process.delete("id", stateOf(world, "preparation"));
    assert.deepEqual(
      remote.store.paths().filter((path) => !path.endsWith("/kube-system")),
      [foreignRole],
    );
    assert.equal(has(hub, kubernetesClusterPath), false);
    assert.match(
      process.output,
      /removed the Helm release gloo-mesh\/enterprise-agent, which an earlier run left pending-install/,
    );
  });

  test("is a release by its manifest: what else names it stays, as do volume claims and what kubectl wrote; no kind of the chart is listed", async (context) => {
    const world = await clusters(context);
    const { remote } = world;
    const helm = { "meta.helm.sh/release-name": "enterprise-agent", "meta.helm.sh/release-namespace": "gloo-mesh" };
    const writtenBy = (manager: string) => ({
      annotations: helm,
      managedFields: [
        { manager, fieldsV1: { "f:metadata": { "f:annotations": { "f:meta.helm.sh/release-name": {} } } } },
      ],
    });
    const agent = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent";
    const others = [
      `${namespacePath}/configmaps/copied`,
      `${namespacePath}/configmaps/annotated`,
      `${namespacePath}/persistentvolumeclaims/data`,
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/annotated",
    ];
    remote.store.put(revisionPath(1), helmRevision({ status: "failed", mark, manifest: agentManifest }));
    remote.store.put(agent, { metadata: writtenBy("pulumi-resource-kubernetes") });
    for (const path of others) remote.store.put(path, { metadata: writtenBy("kubectl-client-side-apply") });
    remote.store.put(`${namespacePath}/persistentvolumeclaims/data`, { metadata: writtenBy("helm") });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation", { removeNamespace: false }));
    assert.deepEqual(
      [agent, revisionPath(1), ...others].filter((path) => has(remote, path)),
      others,
    );
    const lists = remote.requests.filter(({ verb }) => verb === "list").map(({ path }) => path);
    const deployments = "/apis/apps/v1/namespaces/gloo-mesh/deployments";
    assert.deepEqual(
      [...new Set(lists)],
      [`${namespacePath}/secrets`, deployments],
      "records, and agents by their label",
    );
  });

  test("is left alone where the mark is another's, or the KubernetesCluster names the cluster that it moved to", async (context) => {
    const world = await clusters(context);
    const { remote, hub } = world;
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: "other/stack/x" }));
    remote.store.put(tokenPath, { metadata: { annotations: {} } });
    remote.store.put(certificatePath, await clientSecret());
    const moved = { ...ours, "gloo-mesh-relay-registration/cluster-identity": "the-new-one" };
    hub.store.put(kubernetesClusterPath, { metadata: { annotations: moved } });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation"));
    assert.deepEqual([...remote.writes, ...hub.writes], []);
  });
});

test("a release that somebody installed with copied values is left alone, with its certificate and its namespace", async (context) => {
  const world = await clusters(context);
  const { remote, hub } = world;
  remote.store.put(namespacePath, namespaceOfOurs);
  remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark, description: "Install complete" }));
  remote.store.put(certificatePath, await clientSecret());
  const process = await processOf("preparation");
  await process.delete("id", stateOf(world, "preparation"));
  assert.deepEqual([...remote.writes, ...hub.writes], []);
  assert.match(process.output, /GMR603 The namespace gloo-mesh is kept/);
});

describe("a release that is gone already", () => {
  test("gets a record that helm uninstall can remove", async (context) => {
    const world = await clusters(context);
    const process = await processOf("clientCertificate");
    await process.delete("id", stateOf(world, "clientCertificate"));
    const record = world.remote.store.get(revisionPath(1));
    assert.equal(record?.metadata.labels?.["status"], "uninstalled");
    assert.equal(releaseIn(record).info.status, "uninstalled");
  });

  test("with its namespace stops with GMR312, which names destroy --refresh", async (context) => {
    const world = await clusters(context);
    world.remote.store.remove(namespacePath);
    const process = await processOf("clientCertificate");
    const state = stateOf(world, "clientCertificate");
    await assert.rejects(process.delete("id", state), /GMR312 .*pulumi destroy --refresh/);
    assert.equal((await process.read("id", state)).id, "");
  });
});

test("a release whose namespace somebody deleted leaves its cluster-wide rights, which are removed", async (context) => {
  const world = await clusters(context);
  const { remote } = world;
  const rights = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
  const helm = { "meta.helm.sh/release-name": "enterprise-agent", "meta.helm.sh/release-namespace": "gloo-mesh" };
  remote.store.remove(namespacePath);
  remote.store.put(`${rights}/enterprise-agent`, { metadata: { annotations: helm } });
  const elsewhere = { ...helm, "meta.helm.sh/release-namespace": "elsewhere" };
  remote.store.put(`${rights}/theirs`, { metadata: { annotations: elsewhere } });
  await (await processOf("preparation")).delete("id", stateOf(world, "preparation"));
  assert.equal(has(remote, `${rights}/enterprise-agent`), false);
  assert.equal(has(remote, `${rights}/theirs`), true);
});
