import { hasStatus } from "./errors";
import type { KubernetesObject } from "./objects";

// The built-in kinds that this package addresses, and their paths in each version of the API.

type ApiKind = readonly [version: string, plural: string, kind: string, earlier?: string];

/** The kinds in a namespace that people create, so no Events, Endpoints or Leases. `earlier` is the version on clusters that do not have the present one. */
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

/** A kind in a namespace: its collection in each version, the present one first. */
export interface Collection {
  readonly kind: string;
  readonly paths: readonly string[];
}

/** The collections of a namespace that hold what people create. */
export function collectionsIn(namespace: string): readonly Collection[] {
  return namespaced.map((one) => ({ kind: one[2], paths: collectionPaths(one, namespace) }));
}

/** The path of an object of these kinds, whatever the version of its API; undefined for any other kind. */
export function pathOfKind(kind: string, namespace: string, name: string, group?: string): string | undefined {
  return pathsOfKind(kind, namespace, name, group)[0];
}

/** The paths of an object of these kinds, the present API version first; none for any other kind. */
export function pathsOfKind(kind: string, namespace: string, name: string, group?: string): readonly string[] {
  const isMeant = (one: ApiKind) => one[2] === kind && (group === undefined || groupOf(one[0]) === group);
  const inNamespace = namespaced.find(isMeant);
  const meant = inNamespace ?? clusterWide.find(isMeant);
  if (!meant) return [];
  return collectionPaths(meant, inNamespace && namespace).map((path) => `${path}/${encodeURIComponent(name)}`);
}

function collectionPaths([present, plural, , earlier]: ApiKind, namespace?: string): readonly string[] {
  const below = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return [present, ...(earlier === undefined ? [] : [earlier])].map((version) => `/${version}${below}/${plural}`);
}

function groupOf(version: string): string {
  return version.startsWith("apis/") ? (version.split("/")[1] ?? "") : "";
}

/** Reads from the first of these paths, the versions of one kind, that the API server has; undefined if it has none of them. */
export async function inAnyVersion<T>(
  paths: readonly string[],
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  for (const path of paths) {
    try {
      return await read(path);
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
  }
  return undefined;
}
