import { RegistrationError } from "../base/problems";
import type { KubernetesClient, RequestSettings } from "./client";
import type { KubernetesObject } from "./objects";

const mostLooks = 3;

/**
 * Deletes the object at a path if `isMeant` holds for it, and nothing that was put in its place since the look: then it is looked at and judged
 * again. Returns whether it was deleted. Throws GMR117 when it changed at each of three looks.
 */
export async function removeIf<T extends KubernetesObject>(
  client: KubernetesClient,
  path: string,
  isMeant: (found: T) => boolean | Promise<boolean>,
  /** `seen` is the object where it has been read already. */
  { seen, ...settings }: Pick<RequestSettings, "accept" | "signal"> & { readonly seen?: T } = {},
): Promise<boolean> {
  for (let look = 0; look < mostLooks; look++) {
    const found = look === 0 && seen ? seen : await client.find<T>(path, settings);
    if (!found || !(await isMeant(found))) return false;
    if (await client.remove(path, found.metadata, { signal: settings.signal })) return true;
  }
  throw new RegistrationError({
    code: "GMR117",
    what: `The object ${path} could not be removed: it changed ${mostLooks} times between look and delete`,
    where: client.where,
    cause: "a controller writes it all the time",
    next: "run it again; if it stays, look who writes it: kubectl get --show-managed-fields",
  });
}
