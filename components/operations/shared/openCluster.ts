import { awaitedLater } from "../../base/async";
import { RegistrationError } from "../../base/problems";
import { type ClusterAccess, describeAccess } from "../../kubernetes/access";
import { KubernetesClient } from "../../kubernetes/client";
import { readClusterIdentity } from "../../kubernetes/clusterIdentity";
import { paths } from "../../kubernetes/objects";
import type { RegistrationInputs } from "./inputs";
import { interruptionSignal } from "./interruption";

/** The cluster that an operation works on: how it is reached, and which identity it must have. */
type RegisteredCluster = Pick<RegistrationInputs, "remote" | "remoteIdentity">;

/** The management cluster of a registration in the form that {@link openCluster} takes. */
export function hubOf({ management, managementIdentity }: RegistrationInputs): RegisteredCluster {
  return { remote: management, remoteIdentity: managementIdentity };
}

/** The engine's placeholder in a preview for a value that is not known yet (@pulumi/pulumi, runtime/rpc). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Opens a client whose user agent says that Pulumi's dynamic provider process asks: audit logs can then distinguish it from the program. */
function connect(access: ClusterAccess): Promise<KubernetesClient> {
  return KubernetesClient.open(access, { userAgent: "gloo-mesh-relay-registration/operations" });
}

/** Connects to the cluster that a resource belongs to. Throws GMR310 if the context now points at another cluster. */
export async function openCluster(
  cluster: RegisteredCluster,
  signal = interruptionSignal(),
): Promise<KubernetesClient> {
  return (await openClusterAndRead(cluster, async () => undefined, signal)).client;
}

/** As {@link openCluster}; `read` begins while the identity is read, and counts only for the right cluster. */
export async function openClusterAndRead<T>(
  cluster: RegisteredCluster,
  read: (client: KubernetesClient) => Promise<T>,
  signal = interruptionSignal(),
): Promise<{ readonly client: KubernetesClient; readonly found: T }> {
  const client = await connect(cluster.remote);
  const reading = awaitedLater(read(client));
  const identity = await readClusterIdentity(client, signal);
  if (identity !== cluster.remoteIdentity) throw anotherCluster(cluster, identity);
  return { client, found: await reading };
}

/**
 * Connects for a deregistration. Undefined if the context now points at another cluster, which holds nothing of this registration and must not be
 * touched.
 */
export async function openClusterIfSame(cluster: RegisteredCluster): Promise<KubernetesClient | undefined> {
  const client = await connect(cluster.remote);
  return (await readClusterIdentity(client, interruptionSignal())) === cluster.remoteIdentity ? client : undefined;
}

/**
 * Connects for a refresh. Undefined, for a resource that is gone, if the context now points at another cluster without a namespace of the agent's
 * name. With such a namespace the refresh must stop: the Kubernetes provider would take objects of the same names for the registration's, and the
 * next destroy would delete them. Throws GMR310 then: the resource stays in the state, and with it the guard before deletes.
 */
export async function openClusterForRefresh(cluster: RegistrationInputs): Promise<KubernetesClient | undefined> {
  const signal = interruptionSignal();
  const client = await connect(cluster.remote);
  const identity = await readClusterIdentity(client, signal);
  if (identity === cluster.remoteIdentity) return client;
  if (!(await client.find(paths.namespace(cluster.namespace), { signal }))) return undefined;
  throw new RegistrationError({
    code: "GMR310",
    what: `The context now points at another cluster, which has a namespace ${cluster.namespace} of its own`,
    where: describeAccess(cluster.remote),
    cause: `the registered cluster is ${cluster.remoteIdentity}, the context leads to ${identity}`,
    next: "point the context at the registered cluster again, and give the other cluster a context with another name",
  });
}

/**
 * The diff of a resource whose cluster may have changed. Undefined for the same cluster; a replacement for another one, which registers the new
 * cluster and deregisters the old one; an update while an input is not known yet. Throws GMR310 for another cluster behind the same context.
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

/** True while a value or a part of it is not known yet, in a preview in which an earlier resource changes. */
export function isUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(isUnknown);
}

export function anotherCluster(cluster: RegisteredCluster, found: string): RegistrationError {
  return new RegistrationError({
    code: "GMR310",
    what: "The context now points at another cluster",
    where: describeAccess(cluster.remote),
    cause: `the registered cluster is ${cluster.remoteIdentity}, the context leads to ${found}`,
    next:
      "to register the cluster found there: pulumi up --refresh (the previous cluster is forgotten, nothing on it is changed); " +
      "to deregister the previous one, point its context at it again, and give the new cluster a context with another name",
  });
}
