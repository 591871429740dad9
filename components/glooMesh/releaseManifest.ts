import { isMap, valueAt } from "../base/json";
import { readYaml } from "../base/yaml";
import { type FoundObject, inAnyVersion, pathOfKind, pathsOfKind } from "../kubernetes/apiKinds";
import type { KubernetesClient } from "../kubernetes/client";
import { helmReleaseOf, isAnnotatedBy } from "../kubernetes/objectManager";
import { type KubernetesObject, metadataOnly } from "../kubernetes/objects";

/** An object as a release's manifest names it. */
export interface ManifestObject {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Of no meaning for a cluster-wide kind. */
  readonly namespace: string;
  readonly name: string;
}

/** The objects that a release's manifest lists; a document that cannot be read is left out, and so is what is beyond the limits. */
export function objectsIn(manifest: string, namespace: string): readonly ManifestObject[] {
  const documents = readDocuments(documentsIn(manifest).map(headOf));
  // A list holds objects and no further lists: one whose items are itself, by an alias of YAML, has no end.
  const objects = documents.flatMap((one) => (isMap(one) && Array.isArray(one["items"]) ? one["items"] : [one]));
  return objects.flatMap((object) => describe(object, namespace)).slice(0, mostObjects);
}

/** The pod template of a Deployment in the manifest; undefined if the manifest has none of this name. */
export function podTemplateIn(manifest: string, deployment: string): unknown {
  // Of a large manifest, only what may be the Deployment is parsed.
  const candidates = documentsIn(manifest).filter(
    (text) => /^kind: *["']?Deployment\b/m.test(text) && text.includes(deployment),
  );
  const named = readDocuments(candidates).find((one) => valueAt(one, "metadata", "name") === deployment);
  return valueAt(named, "spec", "template");
}

function documentsIn(manifest: string): readonly string[] {
  return manifest.split(/^---\s*$/m);
}

/** More than any chart has. The existence of each is looked up. */
const mostObjects = 1000;

/** Characters of a document, and of a whole manifest, that are parsed. A parser of YAML needs as much as 10 s for a megabyte, and nothing else runs meanwhile. */
const [longestDocument, longestManifest] = [128 * 1024, 512 * 1024];

/** What identifies the object of a large document, such as a CRD or a ConfigMap with files, in the form in which Helm writes it. */
function headOf(text: string): string {
  if (text.length <= longestDocument / 8) return text;
  return [...`${text}\n`.matchAll(/^(?:apiVersion|kind|metadata):.*\n(?:[ \t].*\n)*/gm)].map(([part]) => part).join("");
}

function readDocuments(texts: readonly string[]): readonly unknown[] {
  let rest = longestManifest;
  return texts.slice(0, mostObjects).map((text) => {
    if (text.length > longestDocument || text.length > rest) return undefined;
    rest -= text.length;
    try {
      return readYaml(text);
    } catch {
      return undefined;
    }
  });
}

function describe(document: unknown, releaseNamespace: string): ManifestObject[] {
  if (!isMap(document)) return [];
  const { apiVersion, kind } = document;
  const name = valueAt(document, "metadata", "name");
  const namespace = valueAt(document, "metadata", "namespace");
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") return [];
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return [
    { group, kind, name, namespace: typeof namespace === "string" && namespace !== "" ? namespace : releaseNamespace },
  ];
}

/** The objects of kinds that this package cannot address, without CRDs, which Helm keeps too. */
export function ofUnknownKind(listed: readonly ManifestObject[]): readonly ManifestObject[] {
  return listed.filter(
    ({ kind, namespace, name, group }) =>
      kind !== "CustomResourceDefinition" && pathOfKind(kind, namespace, name, group) === undefined,
  );
}

/** What `helm uninstall` would leave no copy of: data. */
const neverRemoved = ["PersistentVolumeClaim"];

/** Reads those of the objects that exist, metadata only. Asks for nothing that is not listed, and for no kind that is never removed. */
export async function findInstalled(
  client: KubernetesClient,
  listed: readonly ManifestObject[],
  signal: AbortSignal,
): Promise<FoundObject[]> {
  const reads = listed.map(async ({ group, kind, namespace, name }): Promise<FoundObject[]> => {
    const paths = neverRemoved.includes(kind) ? [] : pathsOfKind(kind, namespace, name, group);
    const installed = await inAnyVersion(paths, async (path) => {
      const found = await client.find<KubernetesObject>(path, { accept: metadataOnly, signal });
      return found ? [{ kind, path, metadata: found.metadata }] : [];
    });
    return installed ?? [];
  });
  return (await Promise.all(reads)).flat();
}

/** The programs that install releases of this package: Pulumi's Kubernetes provider and Helm itself. */
const installers = /^(pulumi|helm$)/;

/** Whether Helm installed an object as part of a release, by the annotation that Helm, and nobody else, wrote; and whether Helm would remove it. */
export function isInstalledBy(
  object: KubernetesObject,
  release: { readonly namespace: string; readonly name: string },
) {
  const named = helmReleaseOf(object);
  const isNamed = named?.name === release.name && named.namespace === release.namespace;
  const isKept = object.metadata.annotations?.["helm.sh/resource-policy"] === "keep";
  return isNamed && !isKept && isAnnotatedBy(installers, object, "meta.helm.sh/release-name");
}
