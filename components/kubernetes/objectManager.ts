import { mergeDeep, valueAt } from "../base/json";
import type { KubernetesObject, ObjectMetadata } from "./objects";

// Who manages an object, as far as its metadata says.

/** A tool that manages an object and restores it after a deletion, with the evidence for that. */
export interface ObjectManager {
  readonly tool: string;
  readonly evidence: string;
}

/** Finds the tool that manages an object by what it writes into the metadata; undefined if nothing names one. */
export function managerOf({ metadata }: KubernetesObject): ObjectManager | undefined {
  return byReference(metadata) ?? byMarker(metadata) ?? byHelm(metadata) ?? byWriter(metadata) ?? byApply(metadata);
}

/** Whether a tool would restore an object by itself: neither Helm nor kubectl does before somebody runs it. */
export function isRestored(object: KubernetesObject): boolean {
  const tool = managerOf(object)?.tool;
  return tool !== undefined && tool !== "Helm" && tool !== "kubectl";
}

/** The program that the API server recorded last, among these entries of a record of writers. */
export function lastWriter(entries: NonNullable<ObjectMetadata["managedFields"]>): string | undefined {
  return entries.toSorted((one, other) => (other.time ?? "").localeCompare(one.time ?? ""))[0]?.manager;
}

/** The fields of several entries in the record of writers. */
export function fieldsOfAll(entries: NonNullable<ObjectMetadata["managedFields"]>): Record<string, unknown> {
  return entries.map(({ fieldsV1 = {} }) => ({ ...fieldsV1 })).reduce<Record<string, unknown>>(mergeDeep, {});
}

/** The Helm release that an object names as its own (helm 3, pkg/action/validate.go). Anybody can copy that: it is advice, no proof. */
export function helmReleaseOf({ metadata: { annotations = {} } }: KubernetesObject): HelmReleaseName | undefined {
  const { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace } = annotations;
  return name === undefined ? undefined : { name, namespace: namespace ?? "" };
}

/** Whether an object names this Helm release as its own. */
export function isOfRelease(object: KubernetesObject, { name, namespace }: HelmReleaseName): boolean {
  const named = helmReleaseOf(object);
  return named?.name === name && named.namespace === namespace;
}

export interface HelmReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** The annotation in which kubectl stores what it applied. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Whether one of these programs wrote an annotation, and nobody copied it: `kubectl get -o yaml | kubectl apply` copies all annotations. The API server
 * records the writer of each field. Without that record, what kubectl applied decides.
 */
export function isAnnotatedBy(programs: RegExp, object: KubernetesObject, annotation: string): boolean {
  return isWrittenBy(programs, object, ["f:metadata", "f:annotations", `f:${annotation}`], annotation);
}

/**
 * Whether one of these programs wrote a field, given as its path in the record of writers. Without that record, a field that kubectl applied is a copy:
 * `applied` is how its record names the field.
 */
export function isWrittenBy(
  programs: RegExp,
  { metadata }: KubernetesObject,
  field: readonly string[],
  applied = "",
): boolean {
  const writers = (metadata.managedFields ?? []).filter(({ fieldsV1 }) => valueAt(fieldsV1, ...field) !== undefined);
  if (writers.length > 0) return writers.some(({ manager = "" }) => programs.test(manager));
  return !metadata.annotations?.[lastApplied]?.includes(applied);
}

/** Groups of owners; any other owner counts by its kind alone. */
const toolOfGroup: ReadonlyMap<string, string> = new Map([
  ["external-secrets.io", "External Secrets"],
  ["bitnami.com", "Sealed Secrets"],
  ["cert-manager.io", "cert-manager"],
  ["secrets.hashicorp.com", "the Vault Secrets Operator"],
]);

function byReference({ ownerReferences = [] }: ObjectMetadata): ObjectManager | undefined {
  const owner = ownerReferences.find(({ controller }) => controller) ?? ownerReferences[0];
  if (!owner) return undefined;
  const evidence = `owned by ${owner.kind}${owner.name === undefined ? "" : ` ${owner.name}`}`;
  return { tool: toolOfGroup.get(owner.apiVersion?.split("/")[0] ?? "") ?? `a ${owner.kind}`, evidence };
}

/** Annotations and labels that a tool writes on each object that it manages. */
const markers: Readonly<Record<string, string>> = {
  "argocd.argoproj.io/tracking-id": "Argo CD",
  "argocd.argoproj.io/instance": "Argo CD",
  "kustomize.toolkit.fluxcd.io/name": "Flux",
  "helm.toolkit.fluxcd.io/name": "Flux",
  "reconcile.external-secrets.io/created-by": "External Secrets",
  "reconcile.external-secrets.io/managed": "External Secrets",
  "reconcile.external-secrets.io/data-hash": "External Secrets",
  "cert-manager.io/certificate-name": "cert-manager",
  "replicator.v1.mittwald.de/replicate-from": "Kubernetes Replicator",
  "replicator.v1.mittwald.de/replicated-from-version": "Kubernetes Replicator",
  "reflector.v1.k8s.emberstack.com/reflects": "Reflector",
  "generate.kyverno.io/policy-name": "Kyverno",
  "objectset.rio.cattle.io/id": "Rancher Fleet",
  "configsync.gke.io/resource-id": "Config Sync",
  "config.kubernetes.io/owning-inventory": "kpt",
  "secrets-store.csi.k8s.io/managed": "the Secrets Store CSI driver",
  "kapp.k14s.io/app": "kapp",
};

function byMarker({ annotations = {}, labels = {} }: ObjectMetadata): ObjectManager | undefined {
  const written = { ...labels, ...annotations };
  const key = Object.keys(markers).find((one) => written[one] !== undefined);
  if (key !== undefined) return { tool: markers[key] ?? "", evidence: `${key}: ${written[key]}` };
  const by = labels["app.kubernetes.io/managed-by"];
  // Charts write Helm themselves, also where another tool only renders them.
  return by === undefined || by === "Helm" ? undefined : { tool: by, evidence: `app.kubernetes.io/managed-by: ${by}` };
}

function byHelm(metadata: ObjectMetadata): ObjectManager | undefined {
  const release = helmReleaseOf({ metadata });
  return release && { tool: "Helm", evidence: `release ${release.namespace}/${release.name}` };
}

/** Programs by the name under which they write. */
const toolOfWriter: readonly (readonly [RegExp, string])[] = [
  [/^argocd/, "Argo CD"],
  [/^(kustomize|helm)-controller$/, "Flux"],
  [/^external-?secrets/, "External Secrets"],
  [/^cert-manager/, "cert-manager"],
  [/^vault-secrets-operator/, "the Vault Secrets Operator"],
  [/^(terraform|hashicorp)/i, "Terraform"],
  [/^opentofu/i, "OpenTofu"],
  [/^crossplane/, "Crossplane"],
  [/^fleetagent/, "Rancher Fleet"],
  [/^helm$/, "Helm"],
  [/^pulumi/, "another Pulumi program"],
];

function byWriter({ managedFields = [] }: ObjectMetadata): ObjectManager | undefined {
  for (const { manager = "" } of managedFields) {
    const tool = toolOfWriter.find(([name]) => name.test(manager))?.[1];
    if (tool !== undefined) return { tool, evidence: `field manager ${manager}` };
  }
  return undefined;
}

function byApply({ annotations = {} }: ObjectMetadata): ObjectManager | undefined {
  return annotations[lastApplied] === undefined
    ? undefined
    : { tool: "kubectl", evidence: "somebody applied it from a file" };
}
