import { type Problem, type ProblemCode, problemsOf, RegistrationError } from "../../base/problems";
import { ProxyFailure } from "../../kubernetes/tunnel";

/**
 * The switch for deregistering a cluster that cannot be reached. Without it the first delete of a registration stops with GMR601.
 *
 * It is the Kubernetes plugin's own, so that it means the same for all resources of a registration. With it the plugin forgets objects on an
 * unreachable cluster, but a Helm release only in a refresh: deleting one fails whatever the switch says (pulumi-kubernetes 4.32, provider.go,
 * Delete). That is why the command needs `--refresh`.
 */
const allowance = "PULUMI_K8S_DELETE_UNREACHABLE";

/**
 * Codes of an unreachable cluster: no connection, or no such context any more, as after `kind delete cluster`. A cluster that answers may well be
 * alive: with an untrusted certificate (114), refused credentials (115), missing rights (116) or an error (117). Another cluster behind the
 * context (310) is never one.
 */
const unreachable: ReadonlySet<ProblemCode> = new Set(["GMR101", "GMR103", "GMR111", "GMR112", "GMR113", "GMR118"]);

/** The problem of an error that means an unreachable cluster; undefined for any other error. */
function unreachableProblem(error: unknown): Problem | undefined {
  const problems = problemsOf(error);
  // A proxy that runs, and does not reach the API server (GMR106).
  const isBeyondProxy = error instanceof Error && error.cause instanceof ProxyFailure && error.cause.isBeyond;
  return problems?.find(({ code }) => unreachable.has(code)) ?? (isBeyondProxy ? problems?.[0] : undefined);
}

/** For a refresh: undefined when the cluster is unreachable and its objects may be forgotten. Throws any other error as it is. */
export async function orForgotten<T>(
  work: Promise<T>,
  onForgotten: (problem: Problem) => void | Promise<void> = () => undefined,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const problem = unreachableProblem(error);
    // Plugins inherit the environment of the command.
    if (!problem || process.env[allowance] !== "true") throw error;
    await onForgotten(problem);
    return undefined;
  }
}

/** For a delete: undefined when the cluster is unreachable and may be left behind. Throws GMR601 when it may not. */
export function orLeftBehind<T>(
  work: Promise<T>,
  onLeftBehind?: (problem: Problem) => void | Promise<void>,
): Promise<T | undefined> {
  return orForgotten(work, onLeftBehind).catch(refuseToDeregister);
}

/** Throws GMR601 for an error that means an unreachable cluster, and any other error as it is. */
export function refuseToDeregister(error: unknown): never {
  const problem = unreachableProblem(error);
  if (!problem) throw error;
  throw new RegistrationError(
    {
      code: "GMR601",
      what: "The cluster to deregister cannot be reached, so nothing of the registration is deleted",
      where: problem.where,
      cause: causeOf(problem),
      next:
        `if it is gone for good: ${allowance}=true pulumi destroy --refresh (after a change of clusters: … pulumi up --refresh), ` +
        "which removes what can be reached and lists what stays behind; otherwise make the cluster reachable and run it again",
    },
    { cause: error },
  );
}

/** A problem in short, as the cause of another. */
export function causeOf({ code, what, cause }: Problem): string {
  return `${code} ${what}${cause === undefined ? "" : `: ${cause}`}`;
}
