import { isMap, valueAt } from "../base/json";
import type { KubernetesClient } from "../kubernetes/client";
import { type FoundObject, pathOfKind } from "../kubernetes/namespaceContents";
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

/** The objects that a release's manifest lists; a document that cannot be read is left out. */
export async function objectsIn(manifest: string, namespace: string): Promise<readonly ManifestObject[]> {
  const { loadYaml } = await import("@kubernetes/client-node");
  const read = (document: string): unknown => {
    try {
      return loadYaml(document);
    } catch {
      return undefined;
    }
  };
  return manifest.split(/^---\s*$/m).flatMap((document) => describe(read(document), namespace));
}

function describe(document: unknown, releaseNamespace: string): ManifestObject[] {
  if (!isMap(document)) return [];
  const { apiVersion, kind, items } = document;
  if (Array.isArray(items)) return items.flatMap((item) => describe(item, releaseNamespace));
  const name = valueAt(document, "metadata", "name");
  const namespace = valueAt(document, "metadata", "namespace");
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") return [];
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return [
    { group, kind, name, namespace: typeof namespace === "string" && namespace !== "" ? namespace : releaseNamespace },
  ];
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
    const path = neverRemoved.includes(kind) ? undefined : pathOfKind(kind, namespace, name, group);
    if (path === undefined) return [];
    const found = await client.find<KubernetesObject>(path, { accept: metadataOnly, signal });
    return found ? [{ kind, path, metadata: found.metadata }] : [];
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
