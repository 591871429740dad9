import { isMarkOf, type StackName } from "../glooMesh/mark";
import { leaveRunningAnnotation, ownerOf } from "../glooMesh/ownership";
import type { KubernetesObject } from "../kubernetes/objects";
import { changed, type PlanLine, type PlanMessage, removed } from "./planMessage";

/**
 * Describes what becomes of the clusters that this stack registered and no longer declares, by the marks on the KubernetesClusters: those that are handed over, and
 * those that are deregistered. `declared` are the marks that all registrations of this run accept, with those of their aliases.
 */
export function describeUndeclared(
  kubernetesClusters: readonly KubernetesObject[],
  stack: StackName,
  declared: ReadonlySet<string>,
): readonly PlanMessage[] {
  const isUndeclared = (owner = "") => isMarkOf(owner, stack) && !declared.has(owner);
  const undeclared = kubernetesClusters.filter((object) => isUndeclared(ownerOf(object)));
  const isLeftRunning = ({ metadata }: KubernetesObject) => metadata.annotations?.[leaveRunningAnnotation] === "true";
  return [
    ...message(
      "deregister",
      undeclared.filter((object) => !isLeftRunning(object)),
      (name) =>
        removed(
          `${name}, which is no longer declared: its agent unless another tool installs it, its Secrets and its KubernetesCluster, and its namespace if this stack created it`,
        ),
    ),
    ...message("hand over", undeclared.filter(isLeftRunning), (name) =>
      changed(
        `${name}, which is no longer declared: it keeps running, and only the marks of this stack leave its objects on both clusters`,
      ),
    ),
  ];
}

function message(
  action: PlanMessage["action"],
  clusters: readonly KubernetesObject[],
  line: (name: string) => PlanLine,
): readonly PlanMessage[] {
  if (clusters.length === 0) return [];
  const names = clusters.map(({ metadata }) => metadata.name).sort();
  return [{ action, headline: names.join(", "), lines: names.map(line) }];
}
