import { RegistrationError } from "../../base/problems";
import { type ClusterAccess, describeAccess } from "../../kubernetes/access";
import { KubernetesClient } from "../../kubernetes/client";
import { readClusterIdentity } from "../../kubernetes/clusterIdentity";
import { paths } from "../../kubernetes/objects";

/** Which cluster an operation works on: how it is reached, and who it must be. */
export interface RegisteredCluster {
  readonly remote: ClusterAccess;
  readonly remoteIdentity: string;
}

/** The management cluster of a registration, as the cluster that an operation works on. */
export function hubOf({
  management,
  managementIdentity,
}: {
  readonly management: ClusterAccess;
  readonly managementIdentity: string;
}): RegisteredCluster {
  return { remote: management, remoteIdentity: managementIdentity };
}

/** What the engine hands over in preview for a value that is not known yet (@pulumi/pulumi, runtime/rpc). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Connects to the cluster a resource belongs to. A context that has come to mean another cluster is refused: GMR310. */
export async function openCluster(cluster: RegisteredCluster, signal: AbortSignal): Promise<KubernetesClient> {
  const client = await KubernetesClient.open(cluster.remote);
  const identity = await readClusterIdentity(client, signal);
  if (identity !== cluster.remoteIdentity) throw anotherCluster(cluster, identity);
  return client;
}

/**
 * The same for leaving: undefined when the context now means another cluster. Nothing of ours can be there, and what is there must
 * not be touched.
 */
export async function openClusterIfSame(
  cluster: RegisteredCluster,
  signal: AbortSignal,
): Promise<KubernetesClient | undefined> {
  const client = await KubernetesClient.open(cluster.remote);
  return (await readClusterIdentity(client, signal)) === cluster.remoteIdentity ? client : undefined;
}

/**
 * The same for a refresh: undefined, the resource is gone, when the context now means another cluster and that one has no namespace
 * of our name. If it has one, the refresh must not go on: the Kubernetes provider takes objects of the same names for ours, and the
 * next destroy would delete them. Throws GMR310 then, which leaves this resource in the state, and with it the guard before deletes.
 */
export async function openClusterForRefresh(
  cluster: RegisteredCluster & { readonly namespace: string },
  signal: AbortSignal,
): Promise<KubernetesClient | undefined> {
  const client = await KubernetesClient.open(cluster.remote);
  const identity = await readClusterIdentity(client, signal);
  if (identity === cluster.remoteIdentity) return client;
  if (!(await client.find(paths.namespace(cluster.namespace), { signal }))) return undefined;
  throw new RegistrationError({
    code: "GMR310",
    what: `The context now points at another cluster, which has a namespace ${cluster.namespace} of its own`,
    where: describeAccess(cluster.remote),
    cause: `registered was the cluster ${cluster.remoteIdentity}, found was ${identity}`,
    next: "lead the context back to the registered cluster, and give the other one a context of its own name",
  });
}

/**
 * What a changed cluster means for a resource on it: undefined for no change; a replacement, which begins on the new cluster and leaves
 * the old one; or an update while anything is not known yet. Behind the same context it is neither, but GMR310.
 */
export function placedElsewhere(
  olds: RegisteredCluster,
  news: RegisteredCluster,
): { changes: true; replaces?: string[] } | undefined {
  if (news.remoteIdentity === unknownValue) return { changes: true };
  if (olds.remoteIdentity !== news.remoteIdentity) {
    if (sameAccess(olds.remote, news.remote)) throw anotherCluster(olds, news.remoteIdentity);
    return { changes: true, replaces: ["remoteIdentity"] };
  }
  return isUnknown(news) ? { changes: true } : undefined;
}

export function sameAccess(a: ClusterAccess, b: ClusterAccess): boolean {
  return a.kubeconfig === b.kubeconfig && a.context === b.context;
}

/** True while an input is not known yet, itself or in its parts: in a preview in which an earlier resource still changes. */
export function isUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(isUnknown);
}

export function anotherCluster(cluster: RegisteredCluster, found: string): RegistrationError {
  return new RegistrationError({
    code: "GMR310",
    what: "The context now points at another cluster",
    where: describeAccess(cluster.remote),
    cause: `registered was the cluster ${cluster.remoteIdentity}, found was ${found}`,
    next:
      "to register the cluster found there: pulumi up --refresh (the former cluster is forgotten, nothing on it is changed); " +
      "to deregister the former, lead its context back to it, and give the new cluster a context of its own name",
  });
}
