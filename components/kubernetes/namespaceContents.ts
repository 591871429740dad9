import { allowance } from "../base/foreignJson";
import { apiPath } from "./apiPath";
import type { KubernetesClient } from "./client";
import { hasStatus } from "./errors";
import type { KubernetesObject, ObjectMetadata } from "./objects";

/** The kinds of objects that count as the contents of a namespace: those that people create, so no Events, Endpoints or Leases. */
const namespaced: readonly (readonly [group: string, plural: string, kind: string])[] = [
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
  ["apis/batch/v1", "cronjobs", "CronJob"],
  ["apis/networking.k8s.io/v1", "ingresses", "Ingress"],
  ["apis/rbac.authorization.k8s.io/v1", "roles", "Role"],
  ["apis/rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"],
];

const clusterWide: typeof namespaced = [
  ["apis/rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole"],
  ["apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding"],
];

/** The metadata of an object, with its kind and its path. */
export interface FoundObject extends KubernetesObject {
  readonly kind: string;
  readonly path: string;
}

/** Lists the objects in a namespace, metadata only: reads no content of a Secret. Throws GMR116 if the right to list a kind is missing. */
export function listContents(
  client: KubernetesClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  return listAll(client, namespaced, apiPath`/namespaces/${namespace}`, signal);
}

/** Lists the ClusterRoles and ClusterRoleBindings, which charts create for their rights; metadata only. */
export function listClusterRights(client: KubernetesClient, signal?: AbortSignal): Promise<FoundObject[]> {
  return listAll(client, clusterWide, "", signal);
}

async function listAll(
  client: KubernetesClient,
  kinds: typeof namespaced,
  below: string,
  signal: AbortSignal | undefined,
): Promise<FoundObject[]> {
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const allowed = allowance();
  const lists = kinds.map(async ([group, plural, kind]) => {
    const collection = `/${group}${below}/${plural}`;
    const { items } = await client.list(collection, { accept, signal, allowed }).catch((error: unknown) => {
      // This API server does not have the kind.
      if (hasStatus(error, 404)) return { items: [] };
      throw error;
    });
    return items.map(({ metadata }) => ({ metadata, kind, path: `${collection}${apiPath`/${metadata.name}`}` }));
  });
  return (await Promise.all(lists)).flat();
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

/** Whether the cluster itself creates or removes an object, so that no user owns it. */
export function isOfTheCluster({ kind, metadata }: FoundObject): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  // Its controller counts in its place: it is in the list, too, or gone, and then the garbage collector removes the object.
  if (metadata.ownerReferences?.some((owner) => owner.controller === true && workloads.has(owner.kind))) return true;
  return createdEverywhere[kind]?.includes(kind === "Secret" ? accountOf(metadata) : metadata.name) ?? false;
}

const standardAccounts = ["default", "builder", "deployer"];

/** Names of objects that Kubernetes, Istio and OpenShift create in every namespace; of a Secret, the name of its ServiceAccount. */
const createdEverywhere: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"],
  ServiceAccount: standardAccounts,
  Secret: standardAccounts,
  RoleBinding: ["system:image-pullers", "system:image-builders", "system:deployers"],
};

/** The ServiceAccount whose token or registry credentials a Secret holds, by the annotations of Kubernetes and OpenShift. */
function accountOf({ annotations = {} }: ObjectMetadata): string {
  const { "kubernetes.io/service-account.name": account } = annotations;
  return account ?? annotations["openshift.io/internal-registry-auth-token.service-account"] ?? "";
}
