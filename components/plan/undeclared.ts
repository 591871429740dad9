import { isMarkOf, type StackName } from "../glooMesh/mark";
import { ownerOf } from "../glooMesh/ownership";
import type { KubernetesObject } from "../kubernetes/objects";
import { type PlanMessage, removed } from "./planMessage";

/**
 * Describes the deregistration of the clusters that this stack registered and no longer declares, by the marks on the KubernetesClusters;
 * undefined if there are none. `declared` are the marks that all registrations of this run accept, with those of
 * their aliases.
 */
export function describeDeregistrations(
  kubernetesClusters: readonly KubernetesObject[],
  stack: StackName,
  declared: ReadonlySet<string>,
): PlanMessage | undefined {
  const isUndeclared = (owner = "") => isMarkOf(owner, stack) && !declared.has(owner);
  const undeclared = kubernetesClusters.filter((object) => isUndeclared(ownerOf(object)));
  if (undeclared.length === 0) return undefined;
  const names = undeclared.map(({ metadata }) => metadata.name).sort();
  const objects =
    "its agent unless another tool installs it, its Secrets and its KubernetesCluster, and its namespace if this stack created it";
  const lines = names.map((name) => removed(`${name}, which is no longer declared: ${objects}`));
  return { action: "deregister", headline: names.join(", "), lines };
}
