import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Secret } from "../../components/kubernetes/objects";
import { type FakeKubeApi, secret } from "../support/fakeKubeApi";
import { helmRevision, manifestOf } from "../support/remoteObjects";
import { namespaceOfOurs, processOf, stateOf } from "./leavingWorld";
import { later, podsPath, proofWorld, readyPod, watching } from "./proofWorld";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  has,
  mark,
  namespacePath,
  ours,
  revisionPath,
  sharedProvider,
  temporary,
  tokenPath,
} from "./world";

// Somebody replaces an object of the registration after it was read and before the DELETE arrives: the new object stays.

const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
const clusterRolePath = "/apis/rbac.authorization.k8s.io/v1/clusterroles/enterprise-agent";

/** Exchanges the object just before its first delete, or another write. */
function exchange(api: FakeKubeApi, path: string, theirs: object, verb = "delete"): void {
  let done = false;
  api.intervene = (request) => {
    if (request.verb === verb && request.path === path && !done) {
      done = true;
      api.store.remove(path);
      api.store.put(path, theirs);
    }
    return undefined;
  };
}

describe("an object of somebody else that takes the place of", () => {
  test("the temporary token stays", async (context) => {
    const { remote, tokenInputs } = await clusters(context);
    remote.store.put(tokenPath, secret({ token: "ours" }, temporary));
    exchange(remote, tokenPath, secret({ token: "theirs" }));
    const process = await processOf("bootstrapToken");
    await process.delete("id", { ...tokenInputs(), bootstraps: 1, writtenAt: "" });
    assert.ok(has(remote, tokenPath));
  });

  test("the namespace that is to be labelled is judged again", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    remote.store.put(namespacePath, { kind: "Namespace" });
    exchange(remote, namespacePath, { metadata: { labels: { "istio-injection": "enabled" } } }, "patch");
    const inputs = preparationInputs({ labelNamespace: true, removeNamespace: false });
    const { outs } = await (await processOf("preparation")).create(inputs);
    assert.equal(outs["labelAdded"], false);
    assert.deepEqual(remote.store.get(namespacePath)?.metadata.labels, { "istio-injection": "enabled" });
  });

  test("the proven release is not noted as the registration's", async (context) => {
    const { remote, certificateInputs } = await proofWorld(context);
    const theirs = helmRevision({ status: "deployed", mark, description: "Install complete" });
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark }));
    exchange(remote, revisionPath(1), theirs, "patch");
    const proof = (await sharedProvider("clientCertificate")).create(certificateInputs());
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret());
    await proof;
    const { labels } = remote.store.get(revisionPath(1))?.metadata ?? {};
    assert.equal(labels?.["gloo-mesh-relay-registration/recorded"], undefined);
    assert.equal(labels?.["gloo-mesh-relay-registration/incarnation"], undefined);
  });

  test("the temporary token that is to be written again stays", async (context) => {
    const { remote, hub, tokenInputs } = await clusters(context);
    hub.store.put(tokenPath, secret({ token: "the hub's" }));
    remote.store.put(tokenPath, secret({ token: "ours" }, temporary));
    let isExchanged = false;
    remote.intervene = ({ verb, path }) => {
      if (verb === "update" && path === tokenPath && !isExchanged) {
        isExchanged = true;
        remote.store.remove(tokenPath);
        remote.store.put(tokenPath, secret({ token: "theirs" }));
      }
      return undefined;
    };
    await assert.rejects((await processOf("bootstrapToken")).create(tokenInputs()), /GMR117 .*409/);
    assert.deepEqual((remote.store.get(tokenPath) as Secret).data, { token: Buffer.from("theirs").toString("base64") });
  });

  test("the client certificate stays when the cluster is deregistered", async (context) => {
    const { remote, certificateInputs } = await clusters(context);
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark }));
    remote.store.put(certificatePath, await clientSecret());
    exchange(remote, certificatePath, await clientSecret({ dnsNames: ["another"] }));
    await (await processOf("clientCertificate")).delete("id", certificateInputs());
    assert.ok(has(remote, certificatePath));
  });

  test("the client certificate of an earlier registration stays when another agent wrote it meanwhile", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    remote.store.put(certificatePath, await clientSecret());
    let done = false;
    remote.intervene = ({ verb, path }) => {
      if (verb === "delete" && path === certificatePath && !done) {
        done = true;
        remote.store.put(revisionPath(1), helmRevision({ status: "failed", mark: "other/stack/a" }));
        remote.store.put(certificatePath, secret({ "tls.crt": "theirs" }));
      }
      return undefined;
    };
    await assert.rejects((await processOf("preparation")).create(preparationInputs()), /GMR506 .*other\/stack\/a/);
    assert.ok(has(remote, certificatePath));
  });

  test("the KubernetesCluster stays", async (context) => {
    const world = await clusters(context);
    const annotations = { ...ours, "gloo-mesh-relay-registration/cluster-identity": world.remote.identity };
    world.hub.store.put(kubernetesClusterPath, { metadata: { annotations } });
    exchange(world.hub, kubernetesClusterPath, { metadata: {} });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation"));
    assert.ok(has(world.hub, kubernetesClusterPath));
  });

  test("the namespace stays, and so does ours without its mark", async (context) => {
    const world = await clusters(context);
    const process = await processOf("preparation");
    world.remote.store.put(namespacePath, namespaceOfOurs);
    exchange(world.remote, namespacePath, { kind: "Namespace" });
    await process.delete("id", stateOf(world, "preparation"));
    assert.ok(has(world.remote, namespacePath));
    assert.match(process.output, /GMR603 .*it carries no mark of a registration/);
  });

  test("an object of a release that a killed run left behind stays", async (context) => {
    const world = await clusters(context);
    const { remote } = world;
    const manifest = manifestOf(["rbac.authorization.k8s.io/v1", "ClusterRole", "enterprise-agent"]);
    remote.store.put(revisionPath(1), helmRevision({ status: "failed", mark, manifest }));
    const annotations = {
      "meta.helm.sh/release-name": "enterprise-agent",
      "meta.helm.sh/release-namespace": "gloo-mesh",
    };
    remote.store.put(clusterRolePath, { metadata: { annotations } });
    exchange(remote, clusterRolePath, { metadata: {} });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation", { removeNamespace: false }));
    assert.ok(has(remote, clusterRolePath));
    assert.ok(!has(remote, revisionPath(1)));
  });

  test("a pod that is to be restarted stays", async (context) => {
    const { remote, certificateInputs } = await proofWorld(context);
    const process = await sharedProvider("clientCertificate");
    const path = `${podsPath}/old`;
    remote.store.put(path, readyPod(undefined, "2001-01-01T00:00:00Z"));
    exchange(remote, path, readyPod(undefined, later));
    const proof = process.create(certificateInputs());
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret());
    await proof;
    assert.ok(has(remote, path));
  });
});
