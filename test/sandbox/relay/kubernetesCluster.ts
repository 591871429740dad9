import * as k8s from "@kubernetes/client-node";

const GROUP = "multicluster.solo.io";
const VERSION = "v1alpha1";
const PLURAL = "kubernetesclusters";

/** A registration as the management cluster stores it. */
export interface KubernetesCluster extends k8s.KubernetesObject {
  readonly spec?: { readonly clusterDomain?: string };
}

/** The KubernetesClusters of one namespace. Every method throws `k8s.ApiException`, e.g. 404 when there is none. */
export interface KubernetesClusters {
  /** Path of the collection in the API, for watches. */
  readonly path: string;
  list(): Promise<k8s.KubernetesListObject<KubernetesCluster>>;
  read(name: string): Promise<KubernetesCluster>;
  create(name: string): Promise<KubernetesCluster>;
  delete(name: string): Promise<void>;
}

/** Access to the KubernetesClusters of one namespace. */
export function kubernetesClusters(kubeConfig: k8s.KubeConfig, namespace: string): KubernetesClusters {
  const api = kubeConfig.makeApiClient(k8s.CustomObjectsApi);
  const collection = { group: GROUP, version: VERSION, plural: PLURAL, namespace };
  return {
    path: `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${PLURAL}`,
    list: () => api.listNamespacedCustomObject(collection),
    read: (name) => api.getNamespacedCustomObject({ ...collection, name }),
    create: (name) => api.createNamespacedCustomObject({ ...collection, body: kubernetesCluster(name, namespace) }),
    delete: async (name) => {
      await api.deleteNamespacedCustomObject({ ...collection, name });
    },
  };
}

/** The object that makes a cluster known to the relay server. */
export function kubernetesCluster(name: string, namespace: string): KubernetesCluster {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: "KubernetesCluster",
    metadata: { name, namespace },
    spec: { clusterDomain: "cluster.local" },
  };
}

/** The CRD as the product ships it, except that it is apiextensions v1: v1beta1 is gone since Kubernetes 1.22. */
export function kubernetesClusterDefinition(): k8s.V1CustomResourceDefinition {
  const text: k8s.V1JSONSchemaProps = { type: "string" };
  const number: k8s.V1JSONSchemaProps = { type: "integer", format: "int64" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${PLURAL}.${GROUP}`, labels: { app: "skv2", "app.kubernetes.io/name": "skv2" } },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind: "KubernetesCluster",
        listKind: "KubernetesClusterList",
        plural: PLURAL,
        singular: "kubernetescluster",
      },
      versions: [
        {
          name: VERSION,
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

function object(properties: Record<string, k8s.V1JSONSchemaProps>): k8s.V1JSONSchemaProps {
  return { type: "object", properties };
}

function list(items: k8s.V1JSONSchemaProps): k8s.V1JSONSchemaProps {
  return { type: "array", items };
}
