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

/** The marks by which a registration recognises what it made: its own, and those of its previous names (aliases). */
export interface Ownership {
  readonly mark: string;
  readonly accepted: readonly string[];
}

/** The same as the state of the dynamic resources keeps it. */
export interface KeptMarks {
  readonly mark: string;
  /** The marks before the present one, of a component that was renamed by an alias. Missing in states from before it was kept. */
  readonly formerMarks?: readonly string[] | undefined;
}

export function ownershipOf({ mark, formerMarks = [] }: KeptMarks): Ownership {
  return { mark, accepted: [mark, ...formerMarks] };
}

/** Without an alias there is no field for one, as in states from before. */
export function keptMarks({ mark, accepted }: Ownership): KeptMarks {
  const formerMarks = accepted.filter((one) => one !== mark);
  return formerMarks.length === 0 ? { mark } : { mark, formerMarks };
}

/** An object, which carries its mark as an annotation, or a Helm release, which has it in its values. */
export type Owned = KubernetesObject | { readonly owner: string | undefined };

export function ownerOf(thing: Owned): string | undefined {
  return "metadata" in thing ? thing.metadata.annotations?.[registrationAnnotation] : thing.owner;
}

/** The one rule of ownership: whether an object or a Helm release was made by this registration, under its present name or a previous one. */
export function isOurs(thing: Owned, ownership: Ownership): boolean {
  const owner = ownerOf(thing);
  return owner !== undefined && ownership.accepted.includes(owner);
}

/** Says whose an object is, for messages. */
export function describeOwner(object: KubernetesObject): string {
  const owner = ownerOf(object);
  return owner === undefined ? "it carries no mark of a registration" : `it belongs to the registration ${owner}`;
}
