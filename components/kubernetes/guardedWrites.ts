import { RegistrationError } from "../base/problems";
import type { ClusterAccess } from "./access";
import type { RequestSettings } from "./apiConnection";
import type { KubernetesClient } from "./client";
import { kubectl } from "./commands";
import { hasStatus } from "./errors";
import type { KubernetesObject } from "./objects";

// Deletes and patches of the object that was read and judged, and of no other that has taken its place since.

const mostAttempts = 3;

/** `seen` is the object, if it has been read already. */
type GuardedSettings<T> = Pick<RequestSettings, "accept" | "signal"> & { readonly seen?: T };

/**
 * Deletes the object at a path if `isMeant` holds for it. If it is changed or replaced between read and delete, reads and judges it again.
 * Returns whether it was deleted. Throws GMR117 after three such changes.
 */
export async function removeIf<T extends KubernetesObject>(
  client: KubernetesClient,
  path: string,
  isMeant: (found: T) => boolean | Promise<boolean>,
  settings: GuardedSettings<T> = {},
): Promise<boolean> {
  return guarded(client, path, settings, "removed", async (found) => {
    if (!(await isMeant(found))) return false;
    return (await client.remove(path, found.metadata, { signal: settings.signal })) ? true : undefined;
  });
}

/**
 * Sends a merge patch of the metadata that `patchFor` makes of the object at a path; none for undefined. If the object is changed or replaced between read and write, reads
 * and judges it again. Returns whether it was patched. Throws GMR117 after three such changes.
 */
export async function patchIf<T extends KubernetesObject>(
  client: KubernetesClient,
  path: string,
  patchFor: (found: T) => object | undefined,
  settings: GuardedSettings<T> = {},
): Promise<boolean> {
  const { seen: _, ...request } = settings;
  return guarded(client, path, settings, "changed", async (found) => {
    const metadata = patchFor(found);
    if (metadata === undefined) return false;
    const { uid, resourceVersion } = found.metadata;
    const body = { metadata: { uid, resourceVersion, ...metadata } };
    try {
      await client.request("PATCH", path, { ...request, contentType: "application/merge-patch+json", body });
    } catch (error) {
      if (hasStatus(error, 409)) return undefined;
      if (!hasStatus(error, 404)) throw error;
      return false;
    }
    return true;
  });
}

/** Reads an object and writes it; again, as long as the write returns undefined for an object that has changed. */
async function guarded<T extends KubernetesObject>(
  client: KubernetesClient,
  path: string,
  { seen, ...settings }: GuardedSettings<T>,
  outcome: string,
  write: (found: T) => Promise<boolean | undefined>,
): Promise<boolean> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const found = attempt === 0 && seen ? seen : await client.find<T>(path, settings);
    const isWritten = found ? await write(found) : false;
    if (isWritten !== undefined) return isWritten;
  }
  throw new RegistrationError({
    code: "GMR117",
    what: `The object ${path} could not be ${outcome}: it changed ${mostAttempts} times between read and write`,
    where: client.where,
    cause: "a controller keeps writing it",
    next: `run it again; if it happens again, see who writes it: ${writersCommand(client.access, path)}`,
  });
}

/** Shows the managed fields alone: the object may be a Secret. */
function writersCommand(access: ClusterAccess, path: string): string {
  const [, namespace, plural = "", name = ""] = /(?:\/namespaces\/([^/]+))?\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return kubectl(access, namespace, "get", plural, name, "-o", "jsonpath={.metadata.managedFields}");
}
