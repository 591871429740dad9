import { allowance } from "../base/foreignJson";
import { apiPath } from "./apiPath";
import type { KubernetesClient } from "./client";
import { hasStatus } from "./errors";
import type { KubernetesObject, ObjectMetadata } from "./objects";

type ApiKind = readonly [group: string, plural: string, kind: string, earlier?: string];

/**
 * The kinds of objects that count as the contents of a namespace: those that people create, so no Events, Endpoints or Leases. `earlier` is the API
 * version on clusters that do not have the present one.
 */
const namespaced: readonly ApiKind[] = [
  ["api/v1", "pods", "Pod"],
  ["api/v1", "services", "Service"],
  ["api/v1", "configmaps", "ConfigMap"],
  ["api/v1", "secrets", "Secret"],
  ["api/v1", "serviceaccounts", "ServiceAccount"],
  ["api/v1", "persistentvolumeclaims", "PersistentVolumeClaim"],
  ["api/v1", "replicationcontrollers", "ReplicationController"],
  ["apis/apps/v1", "deployments", "Deployment"],
  ["apis/apps/v1", "statefulsets", "StatefulSet"],
  ["apis/apps/v1", "daemonsets", "DaemonSet"],
  ["apis/apps/v1", "replicasets", "ReplicaSet"],
  ["apis/batch/v1", "jobs", "Job"],
  ["apis/batch/v1", "cronjobs", "CronJob", "apis/batch/v1beta1"],
  ["apis/networking.k8s.io/v1", "ingresses", "Ingress", "apis/networking.k8s.io/v1beta1"],
  ["apis/networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"],
  ["api/v1", "resourcequotas", "ResourceQuota"],
  ["api/v1", "limitranges", "LimitRange"],
  ["api/v1", "podtemplates", "PodTemplate"],
  ["apis/policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", "apis/policy/v1beta1"],
  ["apis/autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler"],
  ["apis/rbac.authorization.k8s.io/v1", "roles", "Role"],
  ["apis/rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"],
];

const clusterWide: readonly ApiKind[] = [
  ["apis/rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole"],
  ["apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding"],
];

/** The metadata of an object, with its kind and its path. */
export interface FoundObject extends KubernetesObject {
  readonly kind: string;
  readonly path: string;
}

/** Lists the objects in a namespace, metadata only: reads no content of a Secret. Throws GMR116 if the right to list a kind is missing. */
export async function listContents(
  client: KubernetesClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const allowed = allowance();
  const listOf = async (group: string, [, plural, kind, earlier]: ApiKind): Promise<FoundObject[]> => {
    const collection = `/${group}${apiPath`/namespaces/${namespace}`}/${plural}`;
    try {
      const { items } = await client.list(collection, { accept, signal, allowed });
      return items.map(({ metadata }) => ({ metadata, kind, path: `${collection}${apiPath`/${metadata.name}`}` }));
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      // This API server has the kind in an earlier version, or not at all.
      return earlier === undefined ? [] : listOf(earlier, [earlier, plural, kind]);
    }
  };
  const lists = namespaced.map((one) => listOf(one[0], one));
  return (await Promise.all(lists)).flat();
}

/** The path of an object of these kinds, whatever the version of its API; undefined for any other kind. */
export function pathOfKind(kind: string, namespace: string, name: string, group?: string): string | undefined {
  return pathsOfKind(kind, namespace, name, group)[0];
}

/** The paths of an object of these kinds, the present API version first; none for any other kind. */
export function pathsOfKind(kind: string, namespace: string, name: string, group?: string): readonly string[] {
  const isMeant = (one: ApiKind) => one[2] === kind && (group === undefined || groupOf(one) === group);
  const inNamespace = namespaced.find(isMeant);
  const [present, plural, , earlier] = inNamespace ?? clusterWide.find(isMeant) ?? [];
  const below = inNamespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return [present, earlier].flatMap((version) =>
    version === undefined ? [] : [`/${version}${below}/${plural}/${encodeURIComponent(name)}`],
  );
}

function groupOf([path]: ApiKind): string {
  return path.startsWith("apis/") ? (path.split("/")[1] ?? "") : "";
}

const workloads = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "ReplicationController",
]);

/**
 * Whether the cluster itself creates or removes an object, so that no user owns it. Decided by the kind of its owner:
 *
 * - A workload's controller owns it: the workload counts in its place.
 * - Kubernetes, Istio or OpenShift create it in every namespace, under a fixed name.
 * - Kubernetes or OpenShift created it for a ServiceAccount: that counts in its place. A token that a person requested has another name.
 */
export function isOfTheCluster({ kind, metadata }: FoundObject): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  // The controller is in the list, too, or gone, and then the garbage collector removes the object.
  if (metadata.ownerReferences?.some((owner) => owner.controller === true && workloads.has(owner.kind))) return true;
  if (kind === "Secret") return isOfAccount(metadata);
  return createdEverywhere[kind]?.includes(metadata.name) ?? false;
}

/** Names of objects that Kubernetes, Istio, OpenShift and OpenShift Pipelines create in every namespace. */
const createdEverywhere: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: [
    "kube-root-ca.crt",
    "istio-ca-root-cert",
    "istio-ca-crl",
    "openshift-service-ca.crt",
    "config-trusted-cabundle",
    "config-service-cabundle",
  ],
  ServiceAccount: ["default", "builder", "deployer", "pipeline"],
  RoleBinding: [
    "system:image-pullers",
    "system:image-builders",
    "system:deployers",
    "openshift-pipelines-edit",
    "pipelines-scc-rolebinding",
  ],
};

/** Whether a Secret holds a ServiceAccount's token or registry credentials, by the annotations and the generated names of Kubernetes and OpenShift. */
function isOfAccount({ name, annotations = {} }: ObjectMetadata): boolean {
  const account =
    annotations["kubernetes.io/service-account.name"] ??
    annotations["openshift.io/internal-registry-auth-token.service-account"];
  if (account === undefined || !name.startsWith(`${account}-`)) return false;
  return /^(token|dockercfg)-[a-z0-9]{5}$/.test(name.slice(account.length + 1));
}
