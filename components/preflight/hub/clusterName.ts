import { RegistrationError } from "../../base/problems";
import type { Generation } from "../../glooMesh/generation";
import { describeOwner, isOurs, type Ownership, ownerOf } from "../../glooMesh/ownership";
import type { GivenSettings } from "../../glooMesh/settings";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { hasStatus } from "../../kubernetes/errors";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";

/** Reads all KubernetesClusters of Gloo Mesh's namespace. Throws GMR207 if the API server does not know the kind. */
export async function readKubernetesClusters(
  client: KubernetesClient,
  namespace: string,
  { kubernetesCluster }: Pick<Generation, "kubernetesCluster">,
): Promise<readonly KubernetesObject[]> {
  const { group, version, plural } = kubernetesCluster;
  const path = paths.kubernetesClusters(kubernetesCluster, namespace);
  try {
    return (await client.list(path)).items;
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
  { clusterName, managementNamespace: namespace }: Pick<GivenSettings, "clusterName" | "managementNamespace">,
  ownership: Ownership,
  { where, access }: Pick<KubernetesClient, "where" | "access">,
): Finding[] {
  const found = kubernetesClusters.find(({ metadata }) => metadata.name === clusterName);
  if (!found || isOurs(found, ownership)) return [];
  return [
    {
      code: "GMR208",
      severity: "error",
      what: `The cluster name ${clusterName} is taken`,
      where: `${where}, KubernetesCluster ${namespace}/${clusterName}`,
      cause: describeOwner(found),
      next:
        ownerOf(found) === undefined
          ? `choose another clusterName; if it is a leftover that nothing else manages, delete it: ${kubectl(access, namespace, "delete", "kubernetescluster", clusterName)}`
          : "choose another clusterName, or destroy that registration first, in a run of its own",
    },
  ];
}
