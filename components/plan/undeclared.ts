import { ownerOf } from "../glooMesh/ownership";
import type { KubernetesObject } from "../kubernetes/objects";

/**
 * Names of the clusters that this stack registered and no longer declares, by the marks on the KubernetesClusters.
 * `stack` is `<project>/<stack>`; `declared` are the marks that all registrations of this run accept, with those of their aliases.
 */
export function undeclaredClusters(
  kubernetesClusters: readonly KubernetesObject[],
  stack: string,
  declared: ReadonlySet<string>,
): readonly string[] {
  return kubernetesClusters
    .filter((object) => {
      const owner = ownerOf(object);
      return owner?.startsWith(`${stack}/`) && !declared.has(owner);
    })
    .map(({ metadata }) => metadata.name)
    .sort();
}
