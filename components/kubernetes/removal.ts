import { RegistrationError } from "../base/problems";
import type { ClusterAccess } from "./access";
import type { RequestSettings } from "./apiConnection";
import type { KubernetesClient } from "./client";
import { kubectl } from "./commands";
import type { KubernetesObject } from "./objects";

const mostAttempts = 3;

/**
 * Deletes the object at a path if `isMeant` holds for it. If it is changed or replaced between read and delete, reads and judges it again.
 * Returns whether it was deleted. Throws GMR117 after three such changes.
 */
export async function removeIf<T extends KubernetesObject>(
  client: KubernetesClient,
  path: string,
  isMeant: (found: T) => boolean | Promise<boolean>,
  /** `seen` is the object, if it has been read already. */
  { seen, ...settings }: Pick<RequestSettings, "accept" | "signal"> & { readonly seen?: T } = {},
): Promise<boolean> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const found = attempt === 0 && seen ? seen : await client.find<T>(path, settings);
    if (!found || !(await isMeant(found))) return false;
    if (await client.remove(path, found.metadata, { signal: settings.signal })) return true;
  }
  throw new RegistrationError({
    code: "GMR117",
    what: `The object ${path} could not be removed: it changed ${mostAttempts} times between read and delete`,
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
