import { formatProblem, type Problem } from "../../base/problems";
import { helm, kubectl } from "../../kubernetes/commands";
import type { PreparationState } from "../shared/inputs";
import { report } from "../shared/report";
import { causeOf } from "./unreachable";

/** Reports what stays on a remote cluster that could not be reached, and the commands that remove it there: GMR602. */
export function reportLeftOnRemote(state: PreparationState, problem: Problem): void {
  const { namespace, releaseName, removeNamespace, remote } = state;
  const secrets = state.secrets ?? [state.clientSecret];
  const outside = removeNamespace ? secrets.filter((secret) => secret.namespace !== namespace) : secrets;
  const commands = [
    helm(remote, namespace, "uninstall", releaseName),
    ...outside.map((secret) =>
      kubectl(remote, secret.namespace, "delete", "secret", "--ignore-not-found", secret.name),
    ),
    ...(removeNamespace ? [kubectl(remote, undefined, "delete", "namespace", namespace)] : []),
  ];
  const things = [
    `Helm release ${namespace}/${releaseName}`,
    ...secrets.map((secret) => `Secret ${secret.namespace}/${secret.name}`),
    ...(removeNamespace ? [`namespace ${namespace}`] : []),
  ];
  reportLeft("remote cluster", things, problem, commands);
}

/** Reports the KubernetesClusters that stay on a management cluster that could not be reached: GMR602. */
export function reportLeftOnHub(state: PreparationState, problem: Problem): void {
  const { kubernetesCluster, managementNamespace, management } = state;
  const names = [state.clusterName, ...(state.formerNames ?? [])];
  const kind = `${kubernetesCluster.plural}.${kubernetesCluster.group}`;
  reportLeft(
    "management cluster",
    names.map((name) => `KubernetesCluster ${managementNamespace}/${name}`),
    problem,
    [kubectl(management, managementNamespace, "delete", kind, "--ignore-not-found", ...names)],
  );
}

function reportLeft(side: string, things: readonly string[], problem: Problem, commands: readonly string[]): void {
  const line = formatProblem({
    code: "GMR602",
    what: `Left behind on the ${side}, which cannot be reached: ${things.join(", ")}`,
    where: problem.where,
    cause: causeOf(problem),
    next: `when it is reachable again: ${commands.join("; ")}`,
  });
  report(`warning: ${line}`);
}
