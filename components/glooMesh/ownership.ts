import { helmReleaseOf, isAnnotatedBy, isRestored, lastWriter, managerOf } from "../kubernetes/objectManager";
import type { KubernetesObject, Secret } from "../kubernetes/objects";
import { aliasOption, pulumiManager } from "./mark";

// Ownership: the marks on objects that a registration creates, and the one rule that reads them.

/** Annotation with the mark of the registration that created an object. */
export const registrationAnnotation = "gloo-mesh-relay-registration/registration";
/** Annotation of a temporary bootstrap token; a retained token, which must not be removed, does not have it. */
export const lentAnnotation = "gloo-mesh-relay-registration/lent";
/** Annotation of the KubernetesCluster: the identity of the cluster that is registered under this name. */
export const clusterIdentityAnnotation = "gloo-mesh-relay-registration/cluster-identity";
/**
 * Label of a Helm revision's Secret: Pulumi has the release in its state. Helm copies the label to later revisions. A release without it was
 * installed by somebody else, or by a run that was killed before it recorded the release.
 */
export const recordedLabel = "gloo-mesh-relay-registration/recorded";
/**
 * Label of a Helm revision's Secret and annotation of the KubernetesCluster: the preparation that they belong to, a random value of each. Helm copies the
 * label to later revisions. Pulumi deletes a replaced preparation at the end of the run; by then they belong to the new one, and are not to be removed.
 */
export const incarnationKey = "gloo-mesh-relay-registration/incarnation";
/** Annotation of the KubernetesCluster, by which the preview of a removal knows that the registration hands the cluster over (argument `leaveRunning`). */
export const leaveRunningAnnotation = "gloo-mesh-relay-registration/leave-running";
/** The global value of the Helm release that holds the mark; the chart does not read it, Helm stores it with each revision. */
export const releaseMarkValue = "glooMeshRelayRegistration";

/** The label that keeps Istio from injecting sidecars into the pods of a namespace (solo-io/gloo-mesh#1431). */
export const istioInjection = { label: "istio-injection", disabled: "disabled" } as const;

/** The marks by which a registration recognises the objects that it created: its own, those of its aliases, and those that earlier versions wrote. */
export interface Ownership {
  readonly mark: string;
  readonly accepted: readonly string[];
  /** The registration takes over what nobody has marked and no tool restores. Only checks and preparation do; a delete never goes by it. */
  readonly takesOver?: boolean;
  /** Mark of the registration of another stack whose objects are taken over; it is among the accepted ones. */
  readonly takesFrom?: string | undefined;
}

/** The marks in the form in which the state of the dynamic resources stores them. */
export interface KeptMarks {
  readonly mark: string;
  /** The other marks that are accepted. Missing in old states. */
  readonly formerMarks?: readonly string[] | undefined;
}

export function ownershipOf({ mark, formerMarks = [] }: KeptMarks): Ownership {
  return { mark, accepted: [mark, ...formerMarks] };
}

/** An object, which carries its mark as an annotation, or a Helm release, which has it in its values. */
export type Owned = KubernetesObject | OwnedRelease;

interface OwnedRelease {
  readonly owner: string | undefined;
  readonly copiedMark: string | undefined;
  readonly secret: KubernetesObject;
}

/**
 * The programs that write the annotation: Pulumi's Kubernetes provider, this package, Velero, which restores, and `kubectl annotate`, by which a person
 * hands an object over. What any other program wrote was copied from an object of the registration, and proves nothing: decision 0025.
 */
const markWriters = /^(pulumi|gloo-mesh-relay-registration|velero|kubectl-annotate)/;

/** The program that wrote an object last, other than the registration and Pulumi, as the API server recorded it; undefined where none did. */
export function otherWriterOf({ metadata: { managedFields = [] } }: KubernetesObject): string | undefined {
  return lastWriter(
    managedFields.filter(({ manager = "", subresource = "" }) => subresource === "" && !own.test(manager)),
  );
}

/** Pulumi's Kubernetes provider, and this package. */
const own = /^(pulumi|gloo-mesh-relay-registration)/;

/** The registration that created an object or a Helm release; undefined without a mark, and for a copied one. */
export function ownerOf(thing: Owned): string | undefined {
  if (!("metadata" in thing)) return thing.owner;
  const mark = thing.metadata.annotations?.[registrationAnnotation];
  return mark !== undefined && isAnnotatedBy(markWriters, thing, registrationAnnotation) ? mark : undefined;
}

/** The one rule of ownership: whether this registration, under its present name or a previous one, created an object or a Helm release, or takes it over. */
export function isOurs(thing: Owned, ownership: Ownership): boolean {
  const owner = ownerOf(thing);
  return owner === undefined ? ownership.takesOver === true && isFree(thing) : ownership.accepted.includes(owner);
}

/** The ownership of what the registration has already, without what it takes over. */
export function withoutTakeOver({ mark, accepted }: Ownership): Ownership {
  return { mark, accepted };
}

/** Whether an object or a Helm release belongs to this registration only because it takes it over, and has yet to get its mark. */
export function isToTakeOver(thing: Owned | undefined, ownership: Ownership): thing is Owned {
  if (!thing || !ownership.takesOver || !isOurs(thing, ownership)) return false;
  const owner = ownerOf(thing);
  return owner === undefined || owner === ownership.takesFrom;
}

/**
 * Whether nobody would restore or change an object behind a new owner's back. A Helm release is Helm's by nature; an object that Helm wrote without
 * naming a release (a namespace, by `helm install --create-namespace`) is in none.
 */
function isFree(thing: Owned): boolean {
  if ("metadata" in thing) return !isRestored(thing) && helmReleaseOf(thing) === undefined;
  const tool = managerOf(thing.secret)?.tool;
  return tool === undefined || tool === "Helm";
}

/** Names the owner of an object or a Helm release in messages. */
export function describeOwner(thing: Owned): string {
  const owner = ownerOf(thing);
  if (owner !== undefined) return `it belongs to the registration ${owner}`;
  const object = objectOf(thing);
  const manager = managerOf(object);
  const copied = copiedMarkOf(thing);
  return [
    ...(copied === undefined ? [] : [`its mark is a copy of one of the registration ${copied}`]),
    ...(manager ? [`${manager.tool} manages it (${manager.evidence})`] : []),
    ...(manager || copied !== undefined ? [] : ["it carries no mark of a registration"]),
  ].join(", and ");
}

/** The mark of an object or a Helm release that {@link ownerOf} does not accept. */
export function copiedMarkOf(thing: Owned): string | undefined {
  if (ownerOf(thing) !== undefined) return undefined;
  return "metadata" in thing ? thing.metadata.annotations?.[registrationAnnotation] : thing.copiedMark;
}

function objectOf(thing: Owned): KubernetesObject {
  return "metadata" in thing ? thing : thing.secret;
}

/**
 * The next step where an object of someone else has a name that this registration needs, by its owner. What a tool manages is not to be deleted by hand:
 * the tool would restore it, and perhaps something in use needs it. What nothing restores may be deleted.
 */
export function wayOut(
  thing: Owned,
  /** `instead`: what needs no removal. `removal`: the command for an object that nothing manages; without one, nothing is to be removed. */
  { instead, removal }: { readonly instead: string; readonly removal?: string },
): string {
  const owner = ownerOf(thing);
  if (owner !== undefined) return wayOutOf(owner);
  const ways = isFree(thing) ? `give [takeOver: true] to take it over as it is; or ${instead}` : instead;
  if (removal === undefined) return ways;
  const object = objectOf(thing);
  const manager = managerOf(object);
  const release = "metadata" in thing ? helmReleaseOf(object) : undefined;
  if (manager && isRestored(object)) {
    return `${ways}; or remove it where ${manager.tool} has it from, since ${manager.tool} would restore it`;
  }
  if (release) {
    return `${ways}; or remove it with the Helm release ${release.namespace}/${release.name} or from its values, since an upgrade of the release would restore it`;
  }
  const leftover = manager?.tool === "kubectl" ? "that nobody applies again" : "that nothing else manages";
  return `${ways}; or, if it is a leftover ${leftover}, ${removal}`;
}

/** The next step for an object of another registration: no advice to delete it by hand, since its stack would later delete what then has its name. */
export function wayOutOf(owner: string): string {
  return `if it is this registration, which was renamed or moved, add to its resource options ${aliasOption(owner)}; if that registration has left its stack's state and the agent is to stay, give [takeOver: ${JSON.stringify(owner)}]; otherwise destroy that registration first, in a run of its own`;
}

/** Whether a Secret is the temporary bootstrap token of this registration; a retained token is a declared resource, and is not. */
export function isTemporaryToken(secret: Secret | undefined, ownership: Ownership): boolean {
  const isTemporary = secret?.metadata.annotations?.[lentAnnotation] === "true";
  return secret !== undefined && isTemporary && isOurs(secret, ownership) && !isDeclared(secret);
}

/**
 * True for a temporary token of a failed run that has been retained since: Pulumi's Kubernetes provider took the Secret over with its annotation.
 * The provider writes as the field manager `pulumi-kubernetes-…`.
 */
function isDeclared({ metadata }: Secret): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith(pulumiManager));
}
