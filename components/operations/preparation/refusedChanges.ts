import { RegistrationError } from "../../base/problems";
import { movedAgentProblem } from "../../glooMesh/movedAgent";
import type { PreparationInputs, PreparationState } from "../shared/inputs";
import { anotherCluster, hubOf, isUnknown, sameAccess } from "../shared/openCluster";

// Changes of cluster, namespace or name that would delete objects in use. The preview refuses them already.

/** Refuses another management cluster behind the same context: the old KubernetesCluster would be deleted there, right after its creation. */
export function refuseAnotherHub(olds: PreparationInputs, news: PreparationInputs): void {
  const { management, managementIdentity } = news;
  if (isUnknown([management, managementIdentity]) || olds.managementIdentity === managementIdentity) return;
  if (sameAccess(olds.management, management)) throw anotherCluster(hubOf(olds), managementIdentity);
}

/** Refuses another namespace: two agents cannot coexist, since the chart's cluster-wide objects have the same names in any namespace. */
export function refuseAnotherNamespace(olds: PreparationInputs, news: PreparationInputs): void {
  if (olds.namespace === news.namespace) return;
  throw new RegistrationError(movedAgentProblem(olds.namespace, news.namespace));
}

/**
 * Refuses a previous cluster name while its KubernetesCluster exists. A rename deletes the old object by name at its end, so a new object of that
 * name would be deleted too.
 */
export function refusePreviousName(olds: PreparationState, news: PreparationInputs): void {
  if (olds.clusterName === news.clusterName || !olds.formerNames?.includes(news.clusterName)) return;
  if (news.clusterNameRegistered !== true) return;
  throw new RegistrationError({
    code: "GMR308",
    what: `The cluster cannot take its previous name ${news.clusterName} while its change to ${olds.clusterName} is not finished`,
    where: "[clusterName]",
    cause: `the KubernetesCluster ${news.clusterName} is not deleted yet, and would be deleted while it is in use again`,
    next: `finish the change with [clusterName] ${olds.clusterName}, or choose a third name; both remove ${news.clusterName}`,
  });
}
