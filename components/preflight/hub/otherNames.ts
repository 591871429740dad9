import { clusterIdentityAnnotation, describeOwner, isOurs, type Ownership } from "../../glooMesh/ownership";
import type { KubernetesObject } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";

/** The registration whose cluster is looked for under other names. */
export interface NamesQuestion {
  readonly managementNamespace: string;
  readonly clusterName: string;
  /** Identity of the cluster to register. */
  readonly remoteIdentity: string;
  readonly ownership: Ownership;
  /** How messages name the management cluster. */
  readonly where: string;
}

/**
 * Finds the cluster under the names of other registrations: Gloo Mesh would configure it twice (solo-io/gloo-mesh#807): GMR213, an error.
 * Only what this component registered carries the cluster's identity. The registration's own mark under another name is a rename.
 */
export function findOtherNames(kubernetesClusters: readonly KubernetesObject[], question: NamesQuestion): Finding[] {
  return underOtherNames(kubernetesClusters, question)
    .filter((other) => !isOurs(other, question.ownership))
    .map((other) => registeredTwice(other, question));
}

/** True if this registration still has the cluster under another name, and so is being renamed. */
export function isRenamed(
  kubernetesClusters: readonly KubernetesObject[],
  question: Pick<NamesQuestion, "clusterName" | "remoteIdentity" | "ownership">,
): boolean {
  return underOtherNames(kubernetesClusters, question).some((other) => isOurs(other, question.ownership));
}

function underOtherNames(
  kubernetesClusters: readonly KubernetesObject[],
  { clusterName, remoteIdentity }: Pick<NamesQuestion, "clusterName" | "remoteIdentity">,
): KubernetesObject[] {
  return kubernetesClusters
    .filter(({ metadata }) => metadata.name !== clusterName)
    .filter((other) => other.metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity);
}

function registeredTwice(other: KubernetesObject, question: NamesQuestion): Finding {
  const { name } = other.metadata;
  return {
    code: "GMR213",
    severity: "error",
    what: `The cluster to register as ${question.clusterName} is registered as ${name} already`,
    where: `${question.where}, KubernetesCluster ${question.managementNamespace}/${name}`,
    cause: `${describeOwner(other)}, for the same cluster (kube-system UID ${question.remoteIdentity})`,
    next: "destroy that registration first, in a run of its own; if it is this one under a previous name, give that name as an alias",
  };
}
