import type { KubernetesObject } from "../kubernetes/objects";

/** Says which registration made an object: `<project>/<stack>/<name of the component>`. */
export const registrationAnnotation = "gloo-mesh-relay-registration/registration";
/** On a bootstrap token that is there for a while only: who removes such tokens leaves a retained one alone. */
export const lentAnnotation = "gloo-mesh-relay-registration/lent";
/** On the KubernetesCluster: identity of the cluster that is registered under this name. */
export const clusterIdentityAnnotation = "gloo-mesh-relay-registration/cluster-identity";
/**
 * On the Secret of a Helm revision: Pulumi has the release in its state. Helm carries the label over to later revisions. A release
 * without it was installed by a run that was killed before the recording, or by somebody else.
 */
export const recordedLabel = "gloo-mesh-relay-registration/recorded";
/** Where the mark stands in the values of the Helm release; the chart does not read it, Helm keeps it with each revision. */
export const releaseMarkValue = "glooMeshRelayRegistration";

/** The label by which Istio gives the pods of a namespace no sidecar (solo-io/gloo-mesh#1431). */
export const istioInjection = { label: "istio-injection", disabled: "disabled" } as const;

/** The marks under which a registration recognises its objects: its own, and those of its former names (aliases). */
export interface Ownership {
  readonly mark: string;
  readonly accepted: readonly string[];
}

export function ownerOf(object: KubernetesObject): string | undefined {
  return object.metadata.annotations?.[registrationAnnotation];
}

export function isOurs(object: KubernetesObject, ownership: Ownership): boolean {
  const owner = ownerOf(object);
  return owner !== undefined && ownership.accepted.includes(owner);
}

/** Says whose an object is, for messages. */
export function describeOwner(object: KubernetesObject): string {
  const owner = ownerOf(object);
  return owner === undefined ? "it carries no mark of a registration" : `it belongs to the registration ${owner}`;
}
