import { RegistrationError } from "../../base/problems";
import { generationOf } from "../../glooMesh/generation";
import { movedAgentProblem } from "../../glooMesh/movedAgent";
import { describeAccess } from "../../kubernetes/access";
import type { PreparationInputs } from "../shared/inputs";
import { anotherCluster, hubOf, isUnknown, sameAccess } from "../shared/openCluster";

// Changes of cluster or namespace that would delete objects in use. The preview refuses them already.

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

/** Refuses another product generation: agent, KubernetesCluster and management cluster are those of another product, whose proof would fail half-way. */
export function refuseChangedGeneration(olds: PreparationInputs, news: PreparationInputs): void {
  const [before, after] = [generationOf(olds.generation).name, generationOf(news.generation).name];
  if (before === after) return;
  throw new RegistrationError({
    code: "GMR325",
    what: `${olds.clusterName} is registered with Gloo Mesh ${before}, and [generation] is ${after}`,
    where: "[generation]",
    cause: "each generation has an agent, a KubernetesCluster and a management cluster of its own",
    next: `deregister it first: remove it from the program and run pulumi up; then declare it again with the generation ${after}`,
  });
}

/** Refuses another cluster for a registration that leaves its cluster running: two agents would connect under one name. */
export function refuseToLeaveTwo(
  { clusterName, leaveRunning, remote }: PreparationInputs,
  news: PreparationInputs,
): void {
  if (!leaveRunning) return;
  throw new RegistrationError({
    code: "GMR607",
    what: `${clusterName} would be registered on another cluster, while the agent on the previous one keeps running under the same name`,
    where: `${describeAccess(remote)} → ${describeAccess(news.remote)}`,
    cause: "[leaveRunning] is true in the last run, so that this one would not uninstall the previous agent",
    next: "to move the registration, run pulumi up with [leaveRunning] false and the previous cluster first; to hand the previous cluster over, remove its registration from the program, and register the other cluster under another name",
  });
}
