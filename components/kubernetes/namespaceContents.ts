import { allowance } from "../base/foreignJson";
import { collectionsIn, type FoundObject, inAnyVersion } from "./apiKinds";
import { apiPath } from "./apiPath";
import type { KubernetesClient } from "./client";
import type { ObjectMetadata } from "./objects";

// What a namespace holds, of the built-in kinds, and whose it is.

/** Accept header for a list of the metadata of objects alone: the content of a Secret does not travel. */
export const metadataLists = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Lists the objects in a namespace, metadata only. Throws GMR116 if the right to list a kind is missing. */
export async function listContents(
  client: KubernetesClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  const settings = { accept: metadataLists, signal, allowed: allowance() };
  const lists = collectionsIn(namespace).map(async ({ kind, paths }) => {
    const found = await inAnyVersion(paths, async (path) =>
      foundIn(path, kind, (await client.list(path, settings)).items),
    );
    return found ?? [];
  });
  return (await Promise.all(lists)).flat();
}

/** The objects of a collection, each with its kind and its path. */
export function foundIn(
  collection: string,
  kind: string,
  items: readonly { readonly metadata: ObjectMetadata }[],
): FoundObject[] {
  return items.map(({ metadata }) => ({ metadata, kind, path: `${collection}${apiPath`/${metadata.name}`}` }));
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
