import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pathOfKind } from "../../../../components/kubernetes/apiKinds";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { isOfTheCluster, listContents } from "../../../../components/kubernetes/namespaceContents";
import type { ObjectMetadata } from "../../../../components/kubernetes/objects";
import { FakeKubeApi } from "../../../support/fakeKubeApi";

const isTheClusters = (kind: string, name: string, metadata: Partial<ObjectMetadata> = {}) =>
  isOfTheCluster({ kind, path: "/", metadata: { name, ...metadata } });
const ofAccount = (name: string) => ({ annotations: { "kubernetes.io/service-account.name": name } });
const ofRegistry = (name: string) => ({
  annotations: { "openshift.io/internal-registry-auth-token.service-account": name },
});

describe("of what is in a namespace, the cluster itself owns", () => {
  const own: readonly (readonly [kind: string, name: string, metadata?: Partial<ObjectMetadata>])[] = [
    ["ConfigMap", "kube-root-ca.crt"],
    ["ConfigMap", "istio-ca-root-cert"],
    ["ConfigMap", "openshift-service-ca.crt"],
    ["ConfigMap", "config-trusted-cabundle"],
    ["ServiceAccount", "default"],
    ["ServiceAccount", "builder"],
    ["ServiceAccount", "deployer"],
    ["ServiceAccount", "pipeline"],
    ["RoleBinding", "system:image-pullers"],
    ["Secret", "default-token-x7k2p", ofAccount("default")],
    ["Secret", "builder-dockercfg-8zq4n", ofRegistry("builder")],
    ["Secret", "enterprise-agent-dockercfg-8zq4n", ofRegistry("enterprise-agent")],
    ["Pod", "a", { ownerReferences: [{ kind: "ReplicaSet", controller: true }] }],
    ["NetworkPolicy", "leaving", { deletionTimestamp: "2026-01-01T00:00:00Z" }],
  ];
  for (const [kind, name, metadata] of own) {
    test(`${kind} ${name}`, () => assert.equal(isTheClusters(kind, name, metadata), true));
  }
});

describe("of what is in a namespace, somebody owns", () => {
  const others: readonly (readonly [kind: string, name: string, metadata?: Partial<ObjectMetadata>])[] = [
    ["NetworkPolicy", "deny-all"],
    ["ResourceQuota", "quota"],
    ["LimitRange", "limits"],
    ["PodDisruptionBudget", "budget"],
    ["HorizontalPodAutoscaler", "scaler"],
    ["ConfigMap", "default"],
    ["ServiceAccount", "enterprise-agent"],
    ["Secret", "default-token-x7k2p"],
    ["Secret", "ci-token", ofAccount("default")],
    ["Secret", "default-token-for-ci", ofAccount("default")],
    ["ReplicaSet", "a", { ownerReferences: [{ kind: "Rollout", controller: true }] }],
    ["Secret", "tls", { ownerReferences: [{ kind: "Certificate", controller: true }] }],
  ];
  for (const [kind, name, metadata] of others) {
    test(`${kind} ${name}`, () => assert.equal(isTheClusters(kind, name, metadata), false));
  }
});

test("on a cluster that has a kind in an earlier version only, its objects count too", async (context) => {
  const api = await FakeKubeApi.start("remote");
  context.after(() => api.stop());
  const present = /^\/apis\/(?:batch|policy|networking\.k8s\.io)\/v1\/.*(?:cronjobs|budgets|ingresses)$/;
  api.intervene = ({ path }) => (present.test(path) ? { status: 404, body: "404 page not found" } : undefined);
  const paths = [
    "/apis/batch/v1beta1/namespaces/gloo-mesh/cronjobs/theirs",
    "/apis/policy/v1beta1/namespaces/gloo-mesh/poddisruptionbudgets/theirs",
    "/apis/networking.k8s.io/v1beta1/namespaces/gloo-mesh/ingresses/theirs",
    "/apis/autoscaling/v1/namespaces/gloo-mesh/horizontalpodautoscalers/theirs",
  ];
  for (const path of paths) api.store.put(path, {});
  const found = await listContents(await KubernetesClient.open(api.access), "gloo-mesh");
  assert.deepEqual(found.map(({ path }) => path).sort(), [...paths].sort());
});

test("the path of a kind is known by kind and group, with encoded names, and none for another kind", () => {
  assert.equal(pathOfKind("Deployment", "a", "b", "apps"), "/apis/apps/v1/namespaces/a/deployments/b");
  assert.equal(pathOfKind("ClusterRole", "a", "b"), "/apis/rbac.authorization.k8s.io/v1/clusterroles/b");
  assert.equal(pathOfKind("Secret", "a", "../b"), "/api/v1/namespaces/a/secrets/..%2Fb");
  assert.equal(pathOfKind("Deployment", "a", "b", "example.com"), undefined);
  assert.equal(pathOfKind("Namespace", "a", "b", ""), undefined);
  assert.equal(pathOfKind("CustomResourceDefinition", "a", "b"), undefined);
});
