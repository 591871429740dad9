import { limiter } from "../base/async";
import { allowance } from "../base/foreignJson";
import { type AddedKind, addedKinds } from "./apiDiscovery";
import type { FoundObject } from "./apiKinds";
import { apiPath } from "./apiPath";
import type { KubernetesClient } from "./client";
import { hasStatus, unlessRefused } from "./errors";
import { foundIn, metadataLists } from "./namespaceContents";

// Custom resources in a namespace, which would be deleted with it: certificates, routes, monitors, the configuration of operators.

export interface CustomResources {
  readonly objects: readonly FoundObject[];
  /** Kinds that could not be listed, as `plural.group`, and API groups that do not answer. */
  readonly unread: readonly string[];
}

/** More kinds than any cluster is known to have in namespaces; the rest counts as unread. */
const mostKinds = 2000;

/** Seconds after which what is left counts as unread. */
const longest = 60;

/** As many lists at the same time as client-go allows itself by default. */
const mostAtOnce = 10;

/** Lists the custom resources in a namespace, metadata only, without those of these API groups. */
export async function listCustomResources(
  client: KubernetesClient,
  namespace: string,
  ignoredGroups: readonly string[],
  signal?: AbortSignal,
): Promise<CustomResources> {
  const found = await addedKinds(client, signal);
  const kinds = found.kinds.filter(({ group }) => !ignoredGroups.includes(group));
  const settings = { accept: metadataLists, signal, allowed: allowance() };
  const limited = limiter(mostAtOnce);
  const ends = Date.now() + longest * 1000;
  const listOf = async ({ group, version, plural, kind }: AddedKind) => {
    const path = apiPath`/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
    return foundIn(path, kind, (await client.list(path, settings)).items);
  };
  // A kind whose CRD was deleted meanwhile has no objects.
  const orNone = (error: unknown) => (hasStatus(error, 404) ? [] : Promise.reject(error));
  const lists = kinds.slice(0, mostKinds).map((kind) =>
    limited(async () => {
      const objects = Date.now() < ends ? await unlessRefused(listOf(kind).catch(orNone)) : undefined;
      return { kind, objects };
    }),
  );
  const read = await Promise.all(lists);
  const unlisted = [...read.filter(({ objects }) => !objects).map(({ kind }) => kind), ...kinds.slice(mostKinds)];
  return {
    objects: read.flatMap(({ objects = [] }) => objects),
    unread: [...found.unavailable, ...unlisted.map(({ plural, group }) => `${plural}.${group}`)],
  };
}

/**
 * Whether a custom resource goes with another object, so that no user owns it: one that has an owner counts in its place, and the Operator Lifecycle Manager
 * copies its own into every namespace.
 */
export function goesWithAnother({ metadata }: FoundObject): boolean {
  const { deletionTimestamp, ownerReferences = [], labels = {} } = metadata;
  return deletionTimestamp !== undefined || ownerReferences.length > 0 || labels["olm.copiedFrom"] !== undefined;
}
