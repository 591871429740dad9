import { RegistrationError } from "../../base/problems";
import type { Generation } from "../../glooMesh/generation";
import {
  clusterIdentityAnnotation,
  describeOwner,
  isOurs,
  ownerOf,
  wayOut,
  wayOutOf,
  withoutTakeOver,
} from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl, qualified } from "../../kubernetes/commands";
import { hasStatus } from "../../kubernetes/errors";
import { managerOf } from "../../kubernetes/objectManager";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";

type NamesRequest = Pick<PreflightRequest, "settings" | "ownership" | "modes">;

/** Reads all KubernetesClusters of Gloo Mesh's namespace. Throws GMR207 if the API server does not know the kind. */
export async function readKubernetesClusters(
  client: KubernetesClient,
  namespace: string,
  { kubernetesCluster }: Generation,
): Promise<readonly KubernetesObject[]> {
  const { group, version } = kubernetesCluster;
  try {
    return (await client.list(paths.kubernetesClusters(kubernetesCluster, namespace))).items;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    throw new RegistrationError({
      code: "GMR207",
      what: `The management cluster does not know the kind KubernetesCluster (${group}/${version})`,
      where: client.where,
      cause: "Gloo Mesh Enterprise is not installed there, or this is not the management cluster",
      next: `check with: ${kubectl(client.access, undefined, "get", "crd", qualified(kubernetesCluster))}`,
    });
  }
}

/** Checks that only this registration uses its name on the management cluster: GMR208; with a provided KubernetesCluster, that there is one: GMR335, GMR337. All are errors. */
export function checkName(
  kubernetesClusters: readonly KubernetesObject[],
  { settings, ownership, modes, generation }: NamesRequest & Pick<PreflightRequest, "generation">,
  { where, access }: Pick<KubernetesClient, "where" | "access">,
): Finding | undefined {
  const { clusterName, managementNamespace: namespace } = settings;
  const found = kubernetesClusters.find(({ metadata }) => metadata.name === clusterName);
  const isProvided = !modes.createKubernetesCluster;
  if (isProvided && (!found || found.metadata.deletionTimestamp !== undefined || isOurs(found, ownership))) {
    return providedFault(
      found && isOurs(found, ownership),
      clusterName,
      `${where}, KubernetesCluster ${namespace}/${clusterName}`,
    );
  }
  if (!found || isOurs(found, ownership)) return undefined;
  if (isProvided && ownerOf(found) === undefined) return undefined;
  const owner = ownerOf(found);
  return {
    code: "GMR208",
    severity: "error",
    what: `The cluster name ${clusterName} is taken`,
    where: `${where}, KubernetesCluster ${namespace}/${clusterName}`,
    cause: describeOwner(found),
    next:
      owner === undefined
        ? wayOut(found, {
            instead: `${isManaged(found) ? "give [kubernetesCluster.provided: true] to use it as it is, or " : ""}choose another clusterName`,
            removal: `delete it: ${kubectl(access, namespace, "delete", qualified(generation.kubernetesCluster), clusterName)}`,
          })
        : `${wayOutOf(owner)}, or choose another clusterName`,
  };
}

/** Why a KubernetesCluster that is said to be provided cannot be used. */
function providedFault(isOwn: boolean | undefined, clusterName: string, where: string): Finding {
  if (isOwn) {
    return {
      code: "GMR335",
      severity: "error",
      what: "The KubernetesCluster that is said to be provided was created by this registration",
      where,
      cause: "nobody else keeps it, and destroy would not delete it any more",
      next: "leave [kubernetesCluster.provided] out; to have another tool own it, destroy the registration first",
    };
  }
  return {
    code: "GMR337",
    severity: "error",
    what: `The KubernetesCluster ${clusterName}, which you provide, does not exist`,
    where: `${where}, [kubernetesCluster.provided]`,
    cause: "the relay server takes no agent of a cluster that it does not know",
    next: "have it created first by the tool that is to own it, such as the management cluster's release (registerCluster, agents[]); or leave [kubernetesCluster.provided] out to have it created",
  };
}

/** Whether a tool manages the object, or its chart's release. */
function isManaged(object: KubernetesObject): boolean {
  return managerOf(object) !== undefined;
}

/**
 * Finds the cluster under the names of other registrations: Gloo Mesh would configure it twice (solo-io/gloo-mesh#807): GMR213, an error.
 * Only what this component registered carries the cluster's identity. The registration's own mark under another name is a rename.
 */
export function findOtherNames(
  kubernetesClusters: readonly KubernetesObject[],
  { settings, ownership }: NamesRequest,
  remoteIdentity: string,
  where: string,
): Finding[] {
  const { clusterName, managementNamespace } = settings;
  return underOtherNames(kubernetesClusters, clusterName, remoteIdentity)
    .filter((other) => !isOurs(other, withoutTakeOver(ownership)))
    .map((other) => ({
      code: "GMR213",
      severity: "error",
      what: `The cluster to register as ${clusterName} is registered as ${other.metadata.name} already`,
      where: `${where}, KubernetesCluster ${managementNamespace}/${other.metadata.name}`,
      cause: `${describeOwner(other)}, for the same cluster (kube-system UID ${remoteIdentity})`,
      next: wayOut(other, { instead: "leave the cluster to whoever registered it" }),
    }));
}

/** True if this registration still has the cluster under another name, and so is being renamed. */
export function isRenamed(
  kubernetesClusters: readonly KubernetesObject[],
  { settings, ownership }: NamesRequest,
  remoteIdentity: string,
): boolean {
  const others = underOtherNames(kubernetesClusters, settings.clusterName, remoteIdentity);
  return others.some((other) => isOurs(other, withoutTakeOver(ownership)));
}

function underOtherNames(kubernetesClusters: readonly KubernetesObject[], clusterName: string, remoteIdentity: string) {
  return kubernetesClusters.filter(
    ({ metadata }) =>
      metadata.name !== clusterName && metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity,
  );
}
