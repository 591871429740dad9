import type { Problem } from "../base/problems";
import type { FoundObject } from "../kubernetes/apiKinds";
import type { KubernetesClient } from "../kubernetes/client";
import { unlessRefused } from "../kubernetes/errors";
import { helmReleaseOf } from "../kubernetes/objectManager";
import { readRelease } from "./helmRelease";
import { isOurs, type Ownership } from "./ownership";

/** The namespace in which this registration's agent is installed, if that is another one than `namespace`: its cluster-wide objects name it. */
export async function findMovedAgent(
  client: KubernetesClient,
  objects: readonly FoundObject[],
  { namespace, releaseName }: { readonly namespace: string; readonly releaseName: string },
  ownership: Ownership,
): Promise<string | undefined> {
  const named = objects
    .map(helmReleaseOf)
    .find((release) => release?.name === releaseName && release.namespace !== namespace && release.namespace !== "");
  if (!named) return undefined;
  const release = await unlessRefused(readRelease(client, named.namespace, releaseName));
  return release && isOurs(release, ownership) ? named.namespace : undefined;
}

/** The problem of a registration that declares its agent in another namespace: GMR308. */
export function movedAgentProblem(from: string, to: string): Problem & { readonly code: "GMR308" } {
  return {
    code: "GMR308",
    what: `The agent cannot be moved from the namespace ${from} to ${to}`,
    where: "[namespace.name]",
    cause: "the cluster-wide objects of its chart can belong to one release only, and the agent in use needs them",
    next: "destroy this registration first, then declare it again: pulumi destroy --target '<its URN>' --target-dependents",
  };
}
