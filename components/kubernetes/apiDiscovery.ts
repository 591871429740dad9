import { isMap, valueAt } from "../base/json";
import { apiPath, isObjectName } from "./apiPath";
import type { KubernetesClient } from "./client";
import { unlessRefused } from "./errors";

// The kinds that an API server has besides the built-in ones, by its discovery, which Kubernetes lets every user read.

/** A kind in a namespace that a CRD or an aggregated API adds. */
export interface AddedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

export interface AddedKinds {
  readonly kinds: readonly AddedKind[];
  /** API groups whose kinds are not known, since the service behind them does not answer. */
  readonly unavailable: readonly string[];
}

/** Discovers the kinds in a namespace whose objects can be created and listed, each in the version that the API server prefers. */
export async function addedKinds(client: KubernetesClient, signal?: AbortSignal): Promise<AddedKinds> {
  const answer = await client.request<unknown>("GET", "/apis", { accept: aggregated, signal });
  const versions =
    valueAt(answer, "kind") === "APIGroupDiscoveryList"
      ? aggregatedVersions(answer)
      : await separateVersions(client, answer, signal);
  const kinds = new Map<string, AddedKind>();
  for (const { kind, ...one } of versions.flatMap((version) => version.kinds)) {
    const key = `${one.group}/${one.plural}`;
    if (!kinds.has(key)) kinds.set(key, { ...one, kind });
  }
  const unavailable = versions.filter(({ isAvailable }) => !isAvailable).map(({ group }) => group);
  return { kinds: [...kinds.values()], unavailable: [...new Set(unavailable)] };
}

/** One version of an API group. */
interface GroupVersion {
  readonly group: string;
  readonly isAvailable: boolean;
  readonly kinds: readonly AddedKind[];
}

/** All groups in one answer, since Kubernetes 1.27; earlier API servers give the list of groups. */
const aggregated = [
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  "application/json",
].join(", ");

/** The groups of Kubernetes itself with a dot in their name; those without one are its own, too. */
const builtIn =
  /^(?:(?:admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)$/;

function isAdded(group: unknown): group is string {
  return isName(group) && group.includes(".") && !builtIn.test(group);
}

function aggregatedVersions(answer: unknown): readonly GroupVersion[] {
  return mapsIn(valueAt(answer, "items")).flatMap((item): GroupVersion[] => {
    const group = valueAt(item, "metadata", "name");
    if (!isAdded(group)) return [];
    return mapsIn(item["versions"]).map(({ version, freshness, resources }) => ({
      group,
      isAvailable: freshness !== "Stale",
      kinds: mapsIn(resources).flatMap(({ resource, responseKind, scope, verbs }) =>
        kindOf(group, version, resource, valueAt(responseKind, "kind"), scope === "Namespaced", verbs),
      ),
    }));
  });
}

async function separateVersions(
  client: KubernetesClient,
  answer: unknown,
  signal: AbortSignal | undefined,
): Promise<readonly GroupVersion[]> {
  const versions = mapsIn(valueAt(answer, "groups")).flatMap(({ name, versions }) =>
    isAdded(name) ? mapsIn(versions).flatMap(({ version }) => (isName(version) ? [{ group: name, version }] : [])) : [],
  );
  const reads = versions.map(async ({ group, version }): Promise<GroupVersion> => {
    const path = apiPath`/apis/${group}/${version}`;
    const found = await unlessRefused(client.request<unknown>("GET", path, { signal }));
    const kinds = mapsIn(valueAt(found, "resources")).flatMap(({ name, kind, namespaced, verbs }) =>
      kindOf(group, version, name, kind, namespaced === true, verbs),
    );
    return { group, isAvailable: found !== undefined, kinds };
  });
  return Promise.all(reads);
}

/** A kind that counts; none for a subresource, and for what can only be read, such as metrics of pods. */
function kindOf(
  group: string,
  version: unknown,
  plural: unknown,
  kind: unknown,
  isInNamespace: boolean,
  verbs: unknown,
): AddedKind[] {
  const isCreated = Array.isArray(verbs) && verbs.includes("list") && verbs.includes("create");
  if (!isName(version) || !isName(plural) || !isName(kind) || !isInNamespace || !isCreated) return [];
  return [{ group, version, plural, kind }];
}

function isName(value: unknown): value is string {
  return typeof value === "string" && isObjectName(value);
}

function mapsIn(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}
