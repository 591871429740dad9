import type { ProblemParts } from "../base/problems";
import type { HealthPart, IsBad } from "./part";

// What follows from what: for the parts of a registration, and for the problems that a run or a person reads. One rule for health, doctor and report.

/** The parts whose fault explains that of another, the likeliest first. */
const explainedBy: Readonly<Record<HealthPart, readonly HealthPart[]>> = {
  "namespace and root CA": [],
  "Helm release": ["namespace and root CA"],
  KubernetesCluster: [],
  "relay server": [],
  "pod template": ["Helm release"],
  agent: ["Helm release", "pod template", "relay server", "KubernetesCluster", "namespace and root CA"],
  // An agent that does not run, or has nobody to ask, gets no certificate.
  "client certificate": ["Helm release", "relay server", "pod template", "agent"],
  "relay connection": ["Helm release", "KubernetesCluster", "relay server", "agent", "client certificate"],
};

/** The part whose fault explains that of this one; undefined if it is a cause. `isPossible` leaves out causes that the evidence excludes. */
export function causeOfPart(
  part: HealthPart,
  isBad: IsBad,
  isPossible: (cause: HealthPart) => boolean = () => true,
): HealthPart | undefined {
  return explainedBy[part].find((cause) => isPossible(cause) && isBad(cause));
}

/** The codes of each part's faults. */
const codesOf: Readonly<Record<HealthPart, readonly string[]>> = {
  "namespace and root CA": ["GMR312", "GMR309"],
  "Helm release": ["GMR504"],
  KubernetesCluster: ["GMR312"],
  "relay server": ["GMR227", "GMR209", "GMR210", "GMR211", "GMR215"],
  "pod template": ["GMR319"],
  agent: ["GMR503"],
  "client certificate": ["GMR501", "GMR502"],
  "relay connection": ["GMR508"],
};

/** The codes that explain a problem, the likeliest first. */
function codesThatExplain({ code = "", what }: ProblemParts): readonly string[] {
  // A write that finds no namespace, or one that is being deleted.
  if (code === "GMR117" && /\bAPI server answered (?:403|404)\b/.test(what)) return codesOf["namespace and root CA"];
  const parts = Object.entries(codesOf).flatMap(([part, codes]) => (codes.includes(code) ? [part as HealthPart] : []));
  return parts.flatMap((part) => explainedBy[part].flatMap((cause) => codesOf[cause])).filter((one) => one !== code);
}

/** The problem among others that explains this one; undefined if it is a cause. */
export function causeOfProblem<P extends ProblemParts>(problem: ProblemParts, others: readonly P[]): P | undefined {
  return causesOf(problem, others).at(0);
}

/**
 * The advice on what follows from another fault is that fault: a step of its own, such as to uninstall what is not there, would not help. A lost
 * certificate alone needs its own step as well.
 */
export function adviceOnCause(cause: string, { code = "", next }: ProblemParts): string {
  const then = next !== undefined && codesOf["client certificate"].includes(code) ? `; then ${next}` : "";
  return `fix first: ${cause}${then}`;
}

function causesOf<P extends ProblemParts>(problem: ProblemParts, others: readonly P[]): readonly P[] {
  return codesThatExplain(problem).flatMap((code) => others.filter((other) => other.code === code));
}

/** Problems in their order, but each behind what explains it. */
export function inOrderOfCauses<P extends ProblemParts>(problems: readonly P[]): readonly P[] {
  const depths = new Map(problems.map((problem) => [problem, depthOf(problem, problems)]));
  return problems.toSorted((one, other) => (depths.get(one) ?? 0) - (depths.get(other) ?? 0));
}

/** The length of the longest chain of causes. */
function depthOf(problem: ProblemParts, problems: readonly ProblemParts[]): number {
  return Math.max(0, ...causesOf(problem, problems).map((cause) => 1 + depthOf(cause, problems)));
}
