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
import { kubectl } from "../../kubernetes/commands";
import { hasStatus } from "../../kubernetes/errors";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";

type NamesRequest = Pick<PreflightRequest, "settings" | "ownership">;

/** Reads all KubernetesClusters of Gloo Mesh's namespace. Throws GMR207 if the API server does not know the kind. */
export async function readKubernetesClusters(
  client: KubernetesClient,
  namespace: string,
  { kubernetesCluster }: Generation,
): Promise<readonly KubernetesObject[]> {
  const { group, version, plural } = kubernetesCluster;
  try {
    return (await client.list(paths.kubernetesClusters(kubernetesCluster, namespace))).items;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    throw new RegistrationError({
      code: "GMR207",
      what: `The management cluster does not know the kind KubernetesCluster (${group}/${version})`,
      where: client.where,
      cause: "Gloo Mesh Enterprise is not installed there, or this is not the management cluster",
      next: `check with: ${kubectl(client.access, undefined, "get", "crd", `${plural}.${group}`)}`,
    });
  }
}

/** Checks that only this registration uses its name on the management cluster: GMR208, an error. */
export function checkName(
  kubernetesClusters: readonly KubernetesObject[],
  { settings, ownership }: NamesRequest,
  { where, access }: Pick<KubernetesClient, "where" | "access">,
): Finding | undefined {
  const { clusterName, managementNamespace: namespace } = settings;
  const found = kubernetesClusters.find(({ metadata }) => metadata.name === clusterName);
  if (!found || isOurs(found, ownership)) return undefined;
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
            instead: "choose another clusterName",
            removal: `delete it: ${kubectl(access, namespace, "delete", "kubernetescluster", clusterName)}`,
          })
        : `${wayOutOf(owner)}, or choose another clusterName`,
  };
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
