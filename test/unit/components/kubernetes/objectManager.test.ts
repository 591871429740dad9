import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAnnotatedBy, managerOf } from "../../../../components/kubernetes/objectManager";
import type { ObjectMetadata } from "../../../../components/kubernetes/objects";

const annotation = "gloo-mesh-relay-registration/registration";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

describe("the tool that manages an object is known by", () => {
  const cases: Readonly<Record<string, readonly [Partial<ObjectMetadata>, tool: string, evidence: string]>> = {
    "an owner": [
      { ownerReferences: [{ apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", name: "root" }] },
      "External Secrets",
      "owned by ExternalSecret root",
    ],
    "its controller among several owners": [
      {
        ownerReferences: [
          { apiVersion: "v1", kind: "ConfigMap", name: "x" },
          { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", name: "root", controller: true },
        ],
      },
      "Sealed Secrets",
      "owned by SealedSecret root",
    ],
    "an owner of any other kind": [
      { ownerReferences: [{ apiVersion: "example.com/v1", kind: "Mesh", name: "m" }] },
      "a Mesh",
      "owned by Mesh m",
    ],
    "an owner with a name that every JavaScript object knows": [
      { ownerReferences: [{ apiVersion: "constructor/v1", kind: "Mesh", name: "m" }] },
      "a Mesh",
      "owned by Mesh m",
    ],
    "a label of the Secrets Store CSI driver": [
      { labels: { "secrets-store.csi.k8s.io/managed": "true" } },
      "the Secrets Store CSI driver",
      "secrets-store.csi.k8s.io/managed: true",
    ],
    "the field manager of the Vault Secrets Operator": [
      { managedFields: [{ manager: "vault-secrets-operator" }] },
      "the Vault Secrets Operator",
      "field manager vault-secrets-operator",
    ],
    "Argo CD's annotation": [
      { annotations: { "argocd.argoproj.io/tracking-id": "mesh:apps/Deployment:gloo-mesh/a" } },
      "Argo CD",
      "argocd.argoproj.io/tracking-id: mesh:apps/Deployment:gloo-mesh/a",
    ],
    "Argo CD's label": [
      { labels: { "argocd.argoproj.io/instance": "mesh" } },
      "Argo CD",
      "argocd.argoproj.io/instance: mesh",
    ],
    "Flux's label, also beside Helm's": [
      {
        labels: { "helm.toolkit.fluxcd.io/name": "agent", "app.kubernetes.io/managed-by": "Helm" },
        annotations: { "meta.helm.sh/release-name": "agent", "meta.helm.sh/release-namespace": "mesh" },
      },
      "Flux",
      "helm.toolkit.fluxcd.io/name: agent",
    ],
    "Helm's annotations": [
      { annotations: { "meta.helm.sh/release-name": "agent", "meta.helm.sh/release-namespace": "mesh" } },
      "Helm",
      "release mesh/agent",
    ],
    "the common label": [
      { labels: { "app.kubernetes.io/managed-by": "crossplane" } },
      "crossplane",
      "app.kubernetes.io/managed-by: crossplane",
    ],
    "who writes it": [
      { managedFields: [{ manager: "kube-controller-manager" }, { manager: "terraform-provider-kubernetes" }] },
      "Terraform",
      "field manager terraform-provider-kubernetes",
    ],
    "another Pulumi program": [
      { managedFields: [{ manager: "pulumi-kubernetes-1a2b3c4d" }] },
      "another Pulumi program",
      "field manager pulumi-kubernetes-1a2b3c4d",
    ],
    "what kubectl applied": [{ annotations: { [lastApplied]: "{}" } }, "kubectl", "somebody applied it from a file"],
  };
  for (const [name, [metadata, tool, evidence]] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(managerOf({ metadata: { name: "x", ...metadata } }), { tool, evidence }));
  }

  test("nothing for a plain object, also where a chart's label alone says Helm", () => {
    const labels = { "app.kubernetes.io/managed-by": "Helm" };
    assert.equal(managerOf({ metadata: { name: "x" } }), undefined);
    assert.equal(managerOf({ metadata: { name: "x", labels } }), undefined);
  });
});

describe("an annotation counts", () => {
  const fieldsV1 = { "f:metadata": { "f:annotations": { ".": {}, [`f:${annotation}`]: {} } } };
  const isOurs = (metadata: Partial<ObjectMetadata>) =>
    isAnnotatedBy(/^pulumi/, { metadata: { name: "x", ...metadata } }, annotation);

  test("if one of the programs wrote it, whoever else did", () => {
    assert.equal(isOurs({ managedFields: [{ manager: "pulumi-kubernetes-1", fieldsV1 }] }), true);
    const both = [
      { manager: "kubectl", fieldsV1 },
      { manager: "pulumi-kubernetes-1", fieldsV1 },
    ];
    assert.equal(isOurs({ managedFields: both }), true);
  });

  test("not if any other program did, with or without kubectl's own record", () => {
    for (const manager of [
      "kubectl-client-side-apply",
      "kubectl-create",
      "kubectl",
      "argocd-controller",
      "kustomize-controller",
    ])
      assert.equal(isOurs({ managedFields: [{ manager, fieldsV1 }] }), false, manager);
  });

  test("if kubectl applied other parts of the object alone", () => {
    const managedFields = [
      { manager: "pulumi-kubernetes-1", fieldsV1 },
      { manager: "kubectl-client-side-apply", fieldsV1: {} },
    ];
    assert.equal(isOurs({ managedFields, annotations: { [lastApplied]: `{"${annotation}":"x"}` } }), true);
  });

  test("without a record of writers unless kubectl applied it", () => {
    assert.equal(isOurs({}), true);
    assert.equal(isOurs({ annotations: { [lastApplied]: "{}" } }), true);
    assert.equal(isOurs({ annotations: { [lastApplied]: `{"${annotation}":"x"}` } }), false);
  });
});
