import { formatProblem, type Problem } from "../../base/problems";
import type { ClusterAccess } from "../../kubernetes/access";
import { KubernetesClient } from "../../kubernetes/client";
import { helm, kubectl, qualified } from "../../kubernetes/commands";
import type { PreparationState } from "../shared/inputs";
import { report } from "../shared/report";
import { causeOf } from "./unreachable";

/** Reports what stays on a remote cluster that could not be reached, and the commands that remove it there: GMR602. */
export async function reportLeftOnRemote(state: PreparationState, problem: Problem): Promise<void> {
  if (state.leaveRunning) return reportMarksLeft("remote cluster", problem);
  const { namespace, releaseName, removeNamespace, agentProvided } = state;
  const remote = await withContext(state.remote);
  const secrets = state.secrets ?? [state.clientSecret];
  const outside = removeNamespace ? secrets.filter((secret) => secret.namespace !== namespace) : secrets;
  const commands = [
    ...(agentProvided ? [] : [helm(remote, namespace, "uninstall", releaseName)]),
    ...outside.map((secret) =>
      kubectl(remote, secret.namespace, "delete", "secret", "--ignore-not-found", secret.name),
    ),
    ...(removeNamespace ? [kubectl(remote, undefined, "delete", "namespace", namespace)] : []),
  ];
  const things = [
    ...(agentProvided ? [] : [`Helm release ${namespace}/${releaseName}`]),
    ...secrets.map((secret) => `Secret ${secret.namespace}/${secret.name}`),
    ...(removeNamespace ? [`namespace ${namespace}`] : []),
  ];
  reportLeft("remote cluster", things, problem, commands);
}

/** Reports the KubernetesClusters that stay on a management cluster that could not be reached: GMR602. */
export async function reportLeftOnHub(state: PreparationState, problem: Problem): Promise<void> {
  if (state.leaveRunning) return reportMarksLeft("management cluster", problem);
  const { kubernetesCluster, managementNamespace } = state;
  const management = await withContext(state.management);
  const names = [state.clusterName, ...(state.formerNames ?? [])];
  reportLeft(
    "management cluster",
    names.map((name) => `KubernetesCluster ${managementNamespace}/${name}`),
    problem,
    [kubectl(management, managementNamespace, "delete", qualified(kubernetesCluster), "--ignore-not-found", ...names)],
  );
}

/** A hand-over deletes nothing, so nothing is to be removed there. */
function reportMarksLeft(side: string, problem: Problem): void {
  reportWarning({
    what: `Left behind on the ${side}, which cannot be reached: the marks of the handed over registration`,
    where: problem.where,
    cause: causeOf(problem),
    next: "for helm and meshctl nothing is to be done; docs/how-to/hand-over.md says how another stack takes it over",
  });
}

function reportLeft(side: string, things: readonly string[], problem: Problem, commands: readonly string[]): void {
  reportWarning({
    what: `Left behind on the ${side}, which cannot be reached: ${things.join(", ")}`,
    where: problem.where,
    cause: causeOf(problem),
    next: `when it is reachable again: ${commands.join("; ")}`,
  });
}

function reportWarning(problem: Omit<Problem, "code">): void {
  report(`warning: ${formatProblem({ code: "GMR602", ...problem })}`);
}

/**
 * The cluster with its context by name, since these commands delete: the current context may be another one when somebody runs them. A kubeconfig that
 * cannot be read does not say which it was.
 */
async function withContext(access: ClusterAccess): Promise<ClusterAccess> {
  if (access.context !== undefined) return access;
  try {
    return (await KubernetesClient.open(access)).access;
  } catch {
    return { ...access, context: "<context>" };
  }
}
