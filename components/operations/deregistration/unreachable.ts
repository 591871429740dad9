import { type Problem, type ProblemCode, problemsOf, RegistrationError } from "../../base/problems";

/**
 * Leaving a cluster that cannot be reached. By default nothing is given up: the first delete of a registration stops with GMR601.
 *
 * The switch is the Kubernetes plugin's own, so that one word means one thing for all resources of a registration. With it the plugin
 * forgets what lies on an unreachable cluster, but a Helm release only in a refresh: deleting one fails whatever the switch says
 * (pulumi-kubernetes 4.32, provider.go, Delete). That is why `--refresh` belongs to the command.
 */
const allowance = "PULUMI_K8S_DELETE_UNREACHABLE";

/** Whether the user allows, for this run, to leave behind what cannot be reached. Plugins inherit the environment of the command. */
export function mayLeaveBehind(): boolean {
  return process.env[allowance] === "true";
}

/**
 * What counts as unreachable: no connection, or no such context any more, as after `kind delete cluster`. Not a cluster that answers:
 * with a certificate that is not trusted (114), refused credentials (115), missing rights (116) or an error (117) it may well be
 * alive. And never another cluster behind the context (310).
 */
const unreachable: ReadonlySet<ProblemCode> = new Set(["GMR101", "GMR103", "GMR111", "GMR112", "GMR113", "GMR118"]);

/** The problem of an error that means an unreachable cluster; undefined for any other error. */
export function unreachableProblem(error: unknown): Problem | undefined {
  return problemsOf(error)?.find(({ code }) => unreachable.has(code));
}

/** For a delete: undefined when the cluster is unreachable and may be left so. Throws GMR601 when it may not. */
export async function orLeftBehind<T>(
  work: Promise<T>,
  onLeftBehind: (problem: Problem) => void = () => undefined,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const problem = unreachableProblem(error);
    if (!problem || !mayLeaveBehind()) throw refusedToDeregister(error);
    onLeftBehind(problem);
    return undefined;
  }
}

/** For a refresh: undefined when the cluster is unreachable and what is on it may be forgotten. Any other error stays as it is. */
export async function orForgotten<T>(
  work: Promise<T>,
  onForgotten: (problem: Problem) => void = () => undefined,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const problem = unreachableProblem(error);
    if (!problem || !mayLeaveBehind()) throw error;
    onForgotten(problem);
    return undefined;
  }
}

/** GMR601 where an error means an unreachable cluster; otherwise the error as it is. */
export function refusedToDeregister(error: unknown): unknown {
  const problem = unreachableProblem(error);
  if (!problem) return error;
  return new RegistrationError(
    {
      code: "GMR601",
      what: "The cluster to leave cannot be reached, so nothing of the registration is deleted",
      where: problem.where,
      cause: causeOf(problem),
      next:
        `if it is gone for good: ${allowance}=true pulumi destroy --refresh (after a change of clusters: … pulumi up --refresh), ` +
        "which cleans what can be reached and lists what stays behind; otherwise make it reachable and run it again",
    },
    { cause: error },
  );
}

/** A problem in short, as the cause of another. */
export function causeOf({ code, what, cause }: Problem): string {
  return `${code} ${what}${cause === undefined ? "" : `: ${cause}`}`;
}
