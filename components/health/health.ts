import type { Reason } from "../glooMesh/reasons";
import { adviceOnCause } from "./consequences";
import type { HealthView } from "./healthView";
import { judgeAgent, judgeTemplate } from "./judgeAgent";
import {
  judgeCertificate,
  judgeConnection,
  judgeKubernetesCluster,
  judgeObjects,
  judgeRelayServer,
  judgeRelease,
} from "./judgeRegistration";
import type { HealthProblem, IsBad, Judge, PartHealth } from "./part";

/** The present state of a registration in one word, and why. */
export interface Health {
  readonly verdict: "healthy" | "unhealthy" | "unknown";
  /** One clause: the first cause, or what could not be looked at; empty if healthy. */
  readonly why: string;
  readonly parts: readonly PartHealth[];
}

/** Judges a registration by what was seen of both clusters just now. Pure. */
export function judgeHealth(view: HealthView): Health {
  const parts: PartHealth[] = [];
  const isBad: IsBad = (part) => parts.some((one) => one.part === part && one.state === "bad");
  for (const judge of judges) parts.push(adviseOnCause(judge(view, isBad)));
  return { ...verdictOf(parts), parts };
}

const judges: readonly Judge[] = [
  judgeObjects,
  judgeRelease,
  judgeKubernetesCluster,
  judgeRelayServer,
  judgeTemplate,
  judgeAgent,
  judgeCertificate,
  judgeConnection,
];

function adviseOnCause(one: PartHealth): PartHealth {
  if (one.state !== "bad" || one.follows === undefined) return one;
  return { ...one, problem: { ...one.problem, next: adviceOnCause(one.follows, one.problem) } };
}

/** The faults that no other fault explains. */
export function rootProblems({ parts }: Pick<Health, "parts">): readonly HealthProblem[] {
  return parts.flatMap((one) => (one.state === "bad" && one.follows === undefined ? [one.problem] : []));
}

function verdictOf(parts: readonly PartHealth[]): Pick<Health, "verdict" | "why"> {
  const [cause] = rootProblems({ parts });
  if (cause) return { verdict: "unhealthy", why: clauseOf(cause) };
  const unseen = parts.flatMap((one) =>
    one.state === "not looked at" && one.isNeeded ? [`${one.part} not looked at: ${one.why}`] : [],
  );
  return unseen.length > 0 ? { verdict: "unknown", why: unseen.join("; ") } : { verdict: "healthy", why: "" };
}

/** Of an agent that is not available, the cause says more. */
function clauseOf({ code, what, cause = what }: HealthProblem): string {
  return lowerFirst(code === "GMR503" ? cause : what);
}

function lowerFirst(sentence: string): string {
  return sentence.replace(/^The /, "the ");
}

/** What \`up\` can repair by itself: what someone else changed in the agent's Deployment. */
export function repairOf(health: Health): Reason | undefined {
  const problem = rootProblems(health).find(
    ({ code, rootCause }) => code === "GMR319" || rootCause === "scaled-to-zero",
  );
  if (!problem) return undefined;
  const sentence = `${lowerFirst(problem.what)}: ${problem.cause}`;
  return problem.code === "GMR319"
    ? { id: "release-edited", sentence }
    : { id: "agent-scaled-to-zero", sentence: problem.cause ?? sentence };
}
