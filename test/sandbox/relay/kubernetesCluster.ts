import * as k8s from "@kubernetes/client-node";
import { type CustomResource, generations } from "./relayGeneration";

/** A registration as the management cluster stores it. */
export interface KubernetesCluster extends k8s.KubernetesObject {
  readonly spec?: { readonly clusterDomain?: string };
  /** Written by the relay server of 2.x. */
  readonly status?: {
    readonly common?: { readonly State?: { readonly approval?: string; readonly observedGeneration?: number } };
  };
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

/** Access to the KubernetesClusters of one namespace. @param resource default: that of 1.x */
export function kubernetesClusters(
  kubeConfig: k8s.KubeConfig,
  namespace: string,
  resource: CustomResource = generations["1.x"].kubernetesCluster,
): KubernetesClusters {
  const api = kubeConfig.makeApiClient(k8s.CustomObjectsApi);
  const { group, version, plural } = resource;
  const collection = { group, version, plural, namespace };
  return {
    path: `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
    list: () => api.listNamespacedCustomObject(collection),
    read: (name) => api.getNamespacedCustomObject({ ...collection, name }),
    create: (name) =>
      api.createNamespacedCustomObject({ ...collection, body: kubernetesCluster(name, namespace, resource) }),
    delete: async (name) => {
      await api.deleteNamespacedCustomObject({ ...collection, name });
    },
  };
}

/** A KubernetesCluster of 2.x that the Helm release of the management plane has created (`registerCluster`, `agents[]`). */
export async function createHelmOwnedCluster(
  kubeConfig: k8s.KubeConfig,
  namespace: string,
  clusterName: string,
): Promise<void> {
  const { kubernetesCluster: resource } = generations["2.x"];
  const { group, version, plural } = resource;
  const body = kubernetesCluster(clusterName, namespace, resource);
  const labels = { "app.kubernetes.io/managed-by": "Helm" };
  const annotations = { "meta.helm.sh/release-name": "gloo-platform", "meta.helm.sh/release-namespace": namespace };
  await kubeConfig.makeApiClient(k8s.CustomObjectsApi).createNamespacedCustomObject({
    ...{ group, version, plural, namespace },
    body: { ...body, metadata: { ...body.metadata, labels, annotations } },
  });
}

/** The object that makes a cluster known to the relay server. */
export function kubernetesCluster(name: string, namespace: string, resource: CustomResource): KubernetesCluster {
  return {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: "KubernetesCluster",
    metadata: { name, namespace },
    spec: { clusterDomain: "cluster.local" },
  };
}
