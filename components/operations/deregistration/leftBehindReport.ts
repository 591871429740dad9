import { formatProblem, type Problem } from "../../base/problems";
import type { ClusterAccess } from "../../kubernetes/access";
import type { PreparationState } from "../shared/inputs";
import { report } from "../shared/report";
import { causeOf } from "./unreachable";

/** Says what stays on a remote cluster that could not be reached, and how to remove it there: GMR602. */
export function reportLeftOnRemote(state: PreparationState, problem: Problem): void {
  const { namespace, releaseName, removeNamespace, remote } = state;
  const secrets = (state.secrets ?? [state.clientSecret]).map((secret) => `${secret.namespace}/${secret.name}`);
  const kubectl = `kubectl${contextFlag("--context", remote)}`;
  const outside = removeNamespace ? secrets.filter((secret) => !secret.startsWith(`${namespace}/`)) : secrets;
  const commands = [
    `helm${contextFlag("--kube-context", remote)} -n ${namespace} uninstall ${releaseName}`,
    ...outside.map((secret) => `${kubectl} -n ${secret.replace("/", " delete secret --ignore-not-found ")}`),
    ...(removeNamespace ? [`${kubectl} delete namespace ${namespace}`] : []),
  ];
  const things = [
    `Helm release ${namespace}/${releaseName}`,
    ...secrets.map((secret) => `Secret ${secret}`),
    ...(removeNamespace ? [`namespace ${namespace}`] : []),
  ];
  tell("remote cluster", things, problem, commands);
}

/** The same for the management cluster, where other clusters' agents no longer know better: the KubernetesCluster stays. */
export function reportLeftOnHub(state: PreparationState, problem: Problem): void {
  const { kubernetesCluster, managementNamespace, management } = state;
  const names = [state.clusterName, ...(state.formerNames ?? [])];
  const kind = `${kubernetesCluster.plural}.${kubernetesCluster.group}`;
  const kubectl = `kubectl${contextFlag("--context", management)} -n ${managementNamespace}`;
  tell(
    "management cluster",
    names.map((name) => `KubernetesCluster ${managementNamespace}/${name}`),
    problem,
    [`${kubectl} delete ${kind} --ignore-not-found ${names.join(" ")}`],
  );
}

function tell(side: string, things: readonly string[], problem: Problem, commands: readonly string[]): void {
  const line = formatProblem({
    code: "GMR602",
    what: `Left behind on the ${side}, which cannot be reached: ${things.join(", ")}`,
    where: problem.where,
    cause: causeOf(problem),
    next: `when it is back: ${commands.join("; ")}`,
  });
  report(`warning: ${line}`);
}

function contextFlag(flag: string, { context }: ClusterAccess): string {
  return context === undefined ? "" : ` ${flag} ${context}`;
}
