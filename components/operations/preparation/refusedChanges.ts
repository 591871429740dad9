import { RegistrationError } from "../../base/problems";
import type { PreparationInputs, PreparationState } from "../shared/inputs";
import { anotherCluster, hubOf, isUnknown, sameAccess } from "../shared/openCluster";

// Changes of place or name that would end in deletes of what is in use. They are refused in the preview already.

/** The hub too: through the same context the old KubernetesCluster would be deleted on the new hub, right after it was made there. */
export function refuseAnotherHub(olds: PreparationInputs, news: PreparationInputs): void {
  if (isUnknown([news.management, news.managementIdentity]) || olds.managementIdentity === news.managementIdentity)
    return;
  if (!sameAccess(olds.management, news.management)) return;
  throw anotherCluster(hubOf(olds), news.managementIdentity);
}

/** Two agents cannot stand side by side: the cluster-wide objects of the chart have the same names in any namespace. */
export function refuseAnotherNamespace(olds: PreparationInputs, news: PreparationInputs): void {
  if (olds.namespace === news.namespace) return;
  throw new RegistrationError({
    code: "GMR308",
    what: `The agent cannot be moved from the namespace ${olds.namespace} to ${news.namespace}`,
    where: "[namespace.name]",
    cause: "the cluster-wide objects of its chart can belong to one release only, and the agent in use needs them",
    next: "destroy this registration first, then declare it anew: pulumi destroy --target '<its URN>' --target-dependents",
  });
}

/**
 * After a rename the old KubernetesCluster goes last, by name. While that stands out, its name must not be taken again: the new object
 * would be taken for the old one and deleted.
 */
export function refuseFormerName(olds: PreparationState, news: PreparationInputs): void {
  if (olds.clusterName === news.clusterName || !olds.formerNames?.includes(news.clusterName)) return;
  if (news.clusterNameRegistered !== true) return;
  throw new RegistrationError({
    code: "GMR308",
    what: `The cluster cannot go back to the name ${news.clusterName} while its change to ${olds.clusterName} is not finished`,
    where: "[clusterName]",
    cause: `the KubernetesCluster ${news.clusterName} is still to be deleted, and would be when it is in use again`,
    next: `finish the change with [clusterName] ${olds.clusterName}, or choose a third name; both remove ${news.clusterName}`,
  });
}
