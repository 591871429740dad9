import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { PreparationState } from "../../components/operations/shared/inputs";
import type { DynamicProvider } from "../support/dynamicProvider";
import { type FakeKubeApi, status } from "../support/fakeKubeApi";
import { namespaceOfOurs, processOf, stateOf } from "./leavingWorld";
import { world as clusters, has, namespacePath, ours, registrationAnnotation } from "./world";

// The namespace in a deregistration: when it is removed, what keeps it, and the label on one that someone else created.

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

  test("of the registration is removed with what the cluster itself puts into each, and what carries our mark", async (context) => {
    const [remote] = await leave(context, (api) => {
      for (const name of ["kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"])
        put(api, `configmaps/${name}`);
      for (const name of ["default", "builder", "deployer"]) put(api, `serviceaccounts/${name}`);
      put(api, "secrets/default-token-x7k2p", { annotations: { "kubernetes.io/service-account.name": "default" } });
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
    "/apis/networking.k8s.io/v1/namespaces/gloo-mesh/networkpolicies/theirs": "NetworkPolicy theirs",
    "resourcequotas/theirs": "ResourceQuota theirs",
    "limitranges/theirs": "LimitRange theirs",
  })) {
    test(`is kept for a ${what.split(" ")[0]} of someone else, with GMR603`, async (context) => {
      const [remote, process] = await leave(context, (api) => put(api, path));
      assert.equal(has(remote, namespacePath), true);
      assert.match(
        process.output,
        new RegExp(
          `GMR603 The namespace gloo-mesh is kept — .* — it holds objects that someone else created: ${what} — when nobody needs its contents any more: kubectl --kubeconfig \\S+ --context remote delete namespace gloo-mesh`,
        ),
      );
    });
  }

  const certificates = { group: "cert-manager.io", plural: "certificates", kind: "Certificate" };
  const certificatesPath = "/apis/cert-manager.io/v1/namespaces/gloo-mesh/certificates";

  test("is kept for a custom resource of someone else, with GMR603", async (context) => {
    const [remote, process] = await leave(context, (api) => {
      api.customKinds.push(certificates);
      put(api, `${certificatesPath}/theirs`);
    });
    assert.equal(has(remote, namespacePath), true);
    assert.match(process.output, /GMR603 .* it holds objects that someone else created: Certificate theirs — /);
  });

  for (const [what, metadata] of [
    ["owns", { ownerReferences: [{ kind: "Ingress", name: "theirs" }] }],
    ["is deleting", { deletionTimestamp: "2026-01-01T00:00:00Z" }],
    ["of the Operator Lifecycle Manager copied", { labels: { "olm.copiedFrom": "operators" } }],
    ["of this registration marked", { annotations: ours }],
  ] as const) {
    test(`is removed with a custom resource that something ${what}`, async (context) => {
      const [remote] = await leave(context, (api) => {
        api.customKinds.push(certificates);
        put(api, `${certificatesPath}/a`, metadata);
      });
      assert.equal(has(remote, namespacePath), false);
    });
  }

  test("is removed with what the agent writes, with what can only be read, and with objects of the cluster", async (context) => {
    const [remote] = await leave(context, (api) => {
      api.customKinds.push(
        { group: "certificates.mesh.gloo.solo.io", plural: "issuedcertificates", kind: "IssuedCertificate" },
        { group: "metrics.k8s.io", plural: "podmetrics", kind: "PodMetrics", verbs: ["get", "list"] },
        { group: "cert-manager.io", plural: "clusterissuers", kind: "ClusterIssuer", scope: "Cluster" },
        { group: "coordination.k8s.io", plural: "leases", kind: "Lease" },
      );
      put(api, "/apis/certificates.mesh.gloo.solo.io/v1/namespaces/gloo-mesh/issuedcertificates/a");
      put(api, "/apis/metrics.k8s.io/v1/namespaces/gloo-mesh/podmetrics/a");
      put(api, "/apis/coordination.k8s.io/v1/namespaces/gloo-mesh/leases/a");
      put(api, "/apis/cert-manager.io/v1/clusterissuers/a");
    });
    assert.equal(has(remote, namespacePath), false);
  });

  test("is kept when its custom resources may not be listed, or their API does not answer", async (context) => {
    const [remote, process] = await leave(context, (api) => {
      api.customKinds.push(certificates, {
        group: "custom.metrics.example.com",
        plural: "x",
        kind: "X",
        freshness: "Stale",
      });
      api.intervene = ({ path }) => (path === certificatesPath ? status(403, "Forbidden", path) : undefined);
    });
    assert.equal(has(remote, namespacePath), true);
    assert.match(
      process.output,
      /GMR603 .* its custom resources cannot be listed: custom\.metrics\.example\.com, certificates\.cert-manager\.io — /,
    );
  });

  test("is kept when the kinds of custom resources may not be discovered", async (context) => {
    const [remote, process] = await leave(context, (api) => {
      api.intervene = ({ path }) => (path === "/apis" ? status(403, "Forbidden", path) : undefined);
    });
    assert.equal(has(remote, namespacePath), true);
    assert.match(process.output, /GMR603 .*its contents cannot be listed: Rights are missing/);
  });

  test("is kept for an object whose mark was copied", async (context) => {
    const applied = {
      "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ metadata: { annotations: ours } }),
    };
    const [remote] = await leave(context, (api) =>
      put(api, "configmaps/theirs", { annotations: { ...ours, ...applied } }),
    );
    assert.equal(has(remote, namespacePath), true);
  });

  test("is kept for a ReplicaSet that a custom resource owns", async (context) => {
    const [remote] = await leave(context, (api) => {
      const ownerReferences = [{ kind: "Rollout", controller: true }];
      put(api, "/apis/apps/v1/namespaces/gloo-mesh/replicasets/theirs", { ownerReferences });
    });
    assert.equal(has(remote, namespacePath), true);
  });

  test("lists five of many, without the content of a Secret having been asked for", async (context) => {
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
    assert.match(process.output, /GMR603 .*its contents cannot be listed: Rights are missing/);
  });

  test("without our mark is left alone", async (context) => {
    const [remote, process] = await leave(context, (api) => put(api, namespacePath, { annotations: {} }));
    assert.equal(has(remote, namespacePath), true);
    assert.match(process.output, /GMR603 .*it carries no mark of a registration/);
  });

  test("of another registration is left alone, and no delete is advised", async (context) => {
    const annotations = { [registrationAnnotation]: "other/stack/x" };
    const [remote, process] = await leave(context, (api) => put(api, namespacePath, { annotations }));
    assert.equal(has(remote, namespacePath), true);
    assert.match(
      process.output,
      /GMR603 .* — it belongs to the registration other\/stack\/x — nothing to do: whoever owns it removes it/,
    );
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
    const deleting = process.delete("id", stateOf(world, "preparation"));
    await remote.until(() => remote.count("watch", "/namespaces") >= 1);
    remote.store.remove(namespacePath);
    await deleting;
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

describe("the label against Istio's injection on a namespace that someone else created", () => {
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
    const reason = "label-missing: the namespace gloo-mesh lacks the label istio-injection=disabled";
    assert.equal((await process.diff(id, outs, { ...inputs, reason })).changes, true);
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
    test(`stays as someone else has set it: ${value}`, async (context) => {
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
      assert.equal(
        /keeps the label istio-injection=enabled, which someone else has set; .*: kubectl --kubeconfig \S+ --context remote label --overwrite namespace gloo-mesh istio-injection=disabled/.test(
          process.output,
        ),
        value === "enabled",
      );
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
