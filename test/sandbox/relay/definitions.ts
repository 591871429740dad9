import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { repositoryRoot } from "../repositoryRoot";

const adminFile = "test/sandbox/charts/gloo-platform-crds/files/kubernetescluster.yaml";

/** The KubernetesCluster of 1.x as the product ships it, except that it is apiextensions v1: v1beta1 is gone since Kubernetes 1.22. */
export function multiclusterDefinition(): k8s.V1CustomResourceDefinition {
  const text: k8s.V1JSONSchemaProps = { type: "string" };
  const number: k8s.V1JSONSchemaProps = { type: "integer", format: "int64" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: "kubernetesclusters.multicluster.solo.io",
      labels: { app: "skv2", "app.kubernetes.io/name": "skv2" },
    },
    spec: {
      group: "multicluster.solo.io",
      scope: "Namespaced",
      names: {
        kind: "KubernetesCluster",
        listKind: "KubernetesClusterList",
        plural: "kubernetesclusters",
        singular: "kubernetescluster",
      },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: object({
              apiVersion: text,
              kind: text,
              metadata: { type: "object" },
              spec: object({
                clusterDomain: text,
                secretName: text,
                providerInfo: object({ eks: object({ arn: text, accountId: text, region: text, name: text }) }),
              }),
              status: object({
                namespace: text,
                policyRules: list(
                  object({
                    verbs: list(text),
                    apiGroups: list(text),
                    resources: list(text),
                    resourceNames: list(text),
                    nonResourceUrls: list(text),
                  }),
                ),
                status: list(
                  object({
                    state: { type: "string", _enum: ["PENDING", "PROCESSING", "INVALID", "FAILED", "ACCEPTED"] },
                    message: text,
                    observedGeneration: number,
                    processingTime: { type: "string", format: "date-time" },
                    owner: { type: "string", nullable: true },
                  }),
                ),
              }),
            }),
          },
        },
      ],
    },
  };
}

/** The KubernetesCluster of 2.6 and later, as the release `gloo-platform-crds` of the management plane leaves it. */
export function adminDefinition(version: string): k8s.V1CustomResourceDefinition {
  const definition = parse(readFileSync(join(repositoryRoot(), adminFile), "utf8")) as k8s.V1CustomResourceDefinition;
  return {
    ...definition,
    metadata: {
      ...definition.metadata,
      labels: { ...definition.metadata?.labels, "app.kubernetes.io/managed-by": "Helm" },
      annotations: {
        "crd.solo.io/version": version,
        "meta.helm.sh/release-name": "gloo-platform-crds",
        "meta.helm.sh/release-namespace": "gloo-mesh",
      },
    },
  };
}

function object(properties: Record<string, k8s.V1JSONSchemaProps>): k8s.V1JSONSchemaProps {
  return { type: "object", properties };
}

function list(items: k8s.V1JSONSchemaProps): k8s.V1JSONSchemaProps {
  return { type: "array", items };
}
