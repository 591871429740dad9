import assert from "node:assert/strict";
import { after, describe, type TestContext, test } from "node:test";
import type { PreparationState } from "../../components/operations/inputs";
import { DynamicProvider } from "../support/dynamicProvider";
import { type FakeKubeApi, status } from "../support/fakeKubeApi";
import { helmRevision, releaseIn } from "../support/remoteObjects";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  has,
  installAgent,
  lent,
  mark,
  namespacePath,
  ours,
  revisionPath,
  tokenPath,
  type World,
} from "./world";

type Name = "preparation" | "bootstrapToken" | "clientCertificate";

const allowance = { PULUMI_K8S_DELETE_UNREACHABLE: "true" };
const namespaceOfOurs = { kind: "Namespace", metadata: { annotations: ours } };
const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";

/** The state of each dynamic resource after a run, as far as deletes look at it. */
function stateOf(world: World, name: Name, changes: Partial<PreparationState> = {}): object {
  if (name === "bootstrapToken") return { ...world.tokenInputs(), bootstraps: 1, writtenAt: "" };
  if (name === "clientCertificate") return world.certificateInputs();
  return { ...world.preparationInputs(), recoveries: 0, ...changes };
}

const running = new Map<string, Promise<DynamicProvider>>();
after(async () => {
  for (const provider of running.values()) await (await provider).stop();
});

/** A process for the operations of one dynamic resource, in a run that allows to leave things behind or not; its output begins anew. */
async function processOf(name: Name, variables: Readonly<Record<string, string>> = {}): Promise<DynamicProvider> {
  const key = `${name} ${Object.keys(variables)}`;
  const started = running.get(key) ?? DynamicProvider.start(name, undefined, variables);
  running.set(key, started);
  const provider = await started;
  provider.output = "";
  return provider;
}

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

    test(`lets a refresh forget ${name} when it is allowed, and only then`, async (context) => {
      const world = await clusters(context);
      unreachable(world.remote);
      const state = stateOf(world, name);
      await assert.rejects((await processOf(name)).read("id", state), /GMR118 /);
      const process = await processOf(name, allowance);
      assert.equal((await process.read("id", state)).id, "");
      const told =
        /GMR602 Left behind on the remote cluster.*Helm release gloo-mesh\/enterprise-agent, Secret gloo-mesh\/relay-root-tls-secret, .*namespace gloo-mesh .*kubectl --context remote delete namespace gloo-mesh/;
      if (name === "preparation") assert.match(process.output, told);
      else assert.doesNotMatch(process.output, /GMR602/);
    });
  }

  test("stops at the client certificate even when it is allowed: only a refresh makes the plugin forget the release", async (context) => {
    const world = await clusters(context);
    unreachable(world.remote);
    const process = await processOf("clientCertificate", allowance);
    await assert.rejects(process.delete("id", stateOf(world, "clientCertificate")), /GMR601 .*--refresh/);
  });

  test("in a namespace of others leaves Secrets behind, not the namespace", async (context) => {
    const world = await clusters(context);
    unreachable(world.remote);
    const process = await processOf("preparation", allowance);
    await process.delete("id", stateOf(world, "preparation", { removeNamespace: false }));
    assert.match(
      process.output,
      /GMR602 .*kubectl --context remote -n gloo-mesh delete secret --ignore-not-found relay-client-tls-secret/,
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
    installAgent(remote, world.token);
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(namespacePath, namespaceOfOurs);
    unreachable(world.hub);
    const certificate = await processOf("clientCertificate", allowance);
    await certificate.delete("id", stateOf(world, "clientCertificate"));
    assert.equal(has(remote, certificatePath), false);
    const preparation = await processOf("preparation", allowance);
    assert.equal((await preparation.read("id", stateOf(world, "preparation"))).id, "id");
    await preparation.delete("id", stateOf(world, "preparation"));
    assert.match(
      preparation.output,
      /GMR602 Left behind on the management cluster.*KubernetesCluster gloo-mesh\/cluster-2 .*kubectl --context management -n gloo-mesh delete kubernetesclusters.multicluster.solo.io --ignore-not-found cluster-2/,
    );
  });
});

describe("the namespace", () => {
  async function leave(
    context: TestContext,
    fill: (remote: FakeKubeApi) => void,
  ): Promise<[FakeKubeApi, DynamicProvider]> {
    const world = await clusters(context);
    world.remote.store.put(namespacePath, namespaceOfOurs);
    fill(world.remote);
    const process = await processOf("preparation");
    await process.delete("id", stateOf(world, "preparation"));
    return [world.remote, process];
  }

  const put = (api: FakeKubeApi, path: string, metadata: object = {}) =>
    api.store.put(path.startsWith("/") ? path : `${namespacePath}/${path}`, { metadata });

  test("of ours is removed with what the cluster itself puts into each, and what carries our mark", async (context) => {
    const [remote] = await leave(context, (api) => {
      for (const name of ["kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"])
        put(api, `configmaps/${name}`);
      for (const name of ["default", "builder", "deployer"]) put(api, `serviceaccounts/${name}`);
      put(api, "secrets/default-token-x", { annotations: { "kubernetes.io/service-account.name": "default" } });
      put(api, "configmaps/marked", { annotations: ours });
      put(api, "services/leaving", { deletionTimestamp: new Date().toISOString() });
      put(api, "pods/enterprise-agent-1-x", { ownerReferences: [{ kind: "ReplicaSet", controller: true }] });
      put(api, "/apis/apps/v1/namespaces/gloo-mesh/replicasets/enterprise-agent-1", {
        ownerReferences: [{ kind: "Deployment", controller: true }],
      });
    });
    assert.equal(has(remote, namespacePath), false);
  });

  for (const [path, what] of Object.entries({
    "configmaps/theirs": "ConfigMap theirs",
    "secrets/theirs": "Secret theirs",
    "serviceaccounts/theirs": "ServiceAccount theirs",
    "pods/theirs": "Pod theirs",
    "persistentvolumeclaims/data": "PersistentVolumeClaim data",
    "/apis/apps/v1/namespaces/gloo-mesh/deployments/theirs": "Deployment theirs",
    "/apis/batch/v1/namespaces/gloo-mesh/cronjobs/theirs": "CronJob theirs",
    "/apis/networking.k8s.io/v1/namespaces/gloo-mesh/ingresses/theirs": "Ingress theirs",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/gloo-mesh/roles/theirs": "Role theirs",
  })) {
    test(`is kept for a ${what.split(" ")[0]} of others, and that is said with GMR603`, async (context) => {
      const [remote, process] = await leave(context, (api) => put(api, path));
      assert.equal(has(remote, namespacePath), true);
      assert.match(
        process.output,
        new RegExp(`GMR603 The namespace gloo-mesh is kept — .*: ${what} — .*delete namespace gloo-mesh`),
      );
    });
  }

  test("is kept for a ReplicaSet that a custom resource owns", async (context) => {
    const [remote] = await leave(context, (api) => {
      const ownerReferences = [{ kind: "Rollout", controller: true }];
      put(api, "/apis/apps/v1/namespaces/gloo-mesh/replicasets/theirs", { ownerReferences });
    });
    assert.equal(has(remote, namespacePath), true);
  });

  test("tells five of many, without the content of a Secret having been asked for", async (context) => {
    const accepted: unknown[] = [];
    const [, process] = await leave(context, (api) => {
      for (let index = 0; index < 8; index += 1) put(api, `secrets/theirs-${index}`);
      api.intervene = (request) => {
        if (request.path.endsWith("/configmaps")) accepted.push(request.accept);
        return undefined;
      };
    });
    assert.match(process.output, /Secret theirs-4 and 3 more/);
    assert.deepEqual(accepted, ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"]);
  });

  test("is kept when what is in it may not be listed", async (context) => {
    const [remote, process] = await leave(context, (api) => {
      api.intervene = ({ verb, path }) =>
        verb === "list" && path.endsWith("/cronjobs") ? status(403, "Forbidden", path) : undefined;
    });
    assert.equal(has(remote, namespacePath), true);
    assert.match(process.output, /GMR603 .*cannot be looked at: Rights are missing/);
  });

  test("without our mark is left alone", async (context) => {
    const [remote, process] = await leave(context, (api) => put(api, namespacePath, { annotations: {} }));
    assert.equal(has(remote, namespacePath), true);
    assert.match(process.output, /GMR603 .*it carries no mark of a registration/);
  });

  test("is waited for until it is gone", async (context) => {
    const world = await clusters(context);
    const { remote } = world;
    remote.store.put(namespacePath, namespaceOfOurs);
    remote.intervene = ({ verb, path }) => {
      if (verb !== "delete" || path !== namespacePath) return undefined;
      const terminating = {
        ...namespaceOfOurs,
        metadata: { annotations: ours, deletionTimestamp: "2026-01-01T00:00:00Z" },
      };
      remote.store.put(namespacePath, terminating);
      return { status: 200, body: terminating };
    };
    const process = await processOf("preparation");
    const leaving = process.delete("id", stateOf(world, "preparation"));
    await remote.until(() => remote.count("watch", "/namespaces") >= 1);
    remote.store.remove(namespacePath);
    await leaving;
  });

  test("of an earlier version's state is left to the Kubernetes provider", async (context) => {
    const world = await clusters(context);
    world.remote.store.put(namespacePath, namespaceOfOurs);
    const {
      removeNamespace: _,
      secrets: __,
      labelNamespace: ___,
      ...state
    } = stateOf(world, "preparation") as PreparationState;
    await (await processOf("preparation")).delete("id", state);
    assert.equal(has(world.remote, namespacePath), true);
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
    remote.store.put(tokenPath, { metadata: { annotations: lent } });
    remote.store.put(`${namespacePath}/secrets/relay-root-tls-secret`, { metadata: { annotations: ours } });
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(revisionPath(1), helmRevision({ status: "pending-install", mark, created: new Date(0) }));
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

  test("is left alone where the mark is another's, or the KubernetesCluster names the cluster that it moved to", async (context) => {
    const world = await clusters(context);
    const { remote, hub } = world;
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: "other/stack/x" }));
    remote.store.put(tokenPath, { metadata: { annotations: {} } });
    const moved = { ...ours, "gloo-mesh-relay-registration/cluster-identity": "the-new-one" };
    hub.store.put(kubernetesClusterPath, { metadata: { annotations: moved } });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation"));
    assert.deepEqual([...remote.writes, ...hub.writes], []);
  });
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

describe("the label against Istio's injection on a namespace of others", () => {
  const label = (api: FakeKubeApi) => api.store.get(namespacePath)?.metadata.labels?.["istio-injection"];
  const others = (labels: object = {}) => ({ kind: "Namespace", metadata: { labels: { team: "others", ...labels } } });

  test("is added, noticed when it is lost, and taken along", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    const process = await processOf("preparation");
    const inputs = preparationInputs({ labelNamespace: true, removeNamespace: false });
    remote.store.put(namespacePath, others());
    const { id, outs } = await process.create(inputs);
    assert.equal(outs["labelAdded"], true);
    assert.deepEqual(remote.store.get(namespacePath)?.metadata.labels, {
      team: "others",
      "istio-injection": "disabled",
    });
    assert.equal((await process.diff(id, outs, inputs)).changes, false);
    remote.store.put(namespacePath, others());
    assert.equal((await process.diff(id, outs, inputs)).changes, true);
    const updated = await process.update(id, outs, inputs);
    assert.equal(label(remote), "disabled");
    await process.delete(id, updated);
    assert.deepEqual(remote.store.get(namespacePath)?.metadata.labels, { team: "others" });
  });

  test("goes when the argument is taken back", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    const process = await processOf("preparation");
    const { id, outs } = await process.create(preparationInputs({ labelNamespace: true, removeNamespace: false }));
    const inputs = preparationInputs({ labelNamespace: false, removeNamespace: false });
    assert.equal((await process.update(id, outs, inputs))["labelAdded"], false);
    assert.equal(label(remote), undefined);
  });

  for (const value of ["disabled", "enabled"]) {
    test(`stays as others have set it: ${value}`, async (context) => {
      const { remote, preparationInputs } = await clusters(context);
      const process = await processOf("preparation");
      remote.store.put(namespacePath, others({ "istio-injection": value }));
      const inputs = preparationInputs({ labelNamespace: true, removeNamespace: false });
      const { id, outs } = await process.create(inputs);
      assert.equal(outs["labelAdded"], false);
      assert.equal((await process.diff(id, outs, inputs)).changes, false);
      await process.delete(id, outs);
      assert.equal(label(remote), value);
      assert.deepEqual(remote.writes, []);
      assert.equal(/which is not changed/.test(process.output), value === "enabled");
    });
  }

  test("stays when others have changed it since", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    const process = await processOf("preparation");
    const { id, outs } = await process.create(preparationInputs({ labelNamespace: true, removeNamespace: false }));
    remote.store.put(namespacePath, others({ "istio-injection": "enabled" }));
    await process.delete(id, outs);
    assert.equal(label(remote), "enabled");
  });
});
