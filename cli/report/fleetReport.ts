import type { ProblemParts } from "../../components/base/problems";
import type { Due, RememberedExpiry } from "../../components/certificates/expiry";

/** The command that was run. */
export type ReportCommand = "preview" | "apply" | "drift";

/**
 * The state of a cluster after the run or, in a preview, what `up` would do.
 *
 * - `proven`: registered, and the proof holds (`apply`)
 * - `unhealthy`: nothing differs from what the stack declares, and the registration does not work now
 * - `unknown`: nothing differs, and it could not be looked at whether the registration works now
 * - `unchanged`: nothing differs from what the stack declares, and the registration is healthy (`preview`, `drift`)
 * - `changes`: `up` would change or register it (`preview`, `drift`)
 * - `leaves`: no longer declared; `up` would deregister it (`preview`, `drift`)
 * - `left`: deregistered (`apply`)
 * - `hands-over`: no longer declared; `up` would take the marks off its objects and leave it running (`preview`, `drift`)
 * - `handed-over`: the marks are off, and it keeps running (`apply`)
 * - `failed`: a problem prevents it
 * - `unfinished`: the run ended before this cluster was done
 */
export const clusterStates = [
  "failed",
  "unfinished",
  "unhealthy",
  "unknown",
  "changes",
  "leaves",
  "left",
  "hands-over",
  "handed-over",
  "proven",
  "unchanged",
] as const;
export type ClusterState = (typeof clusterStates)[number];

/** The phases of a registration, in their order. */
export const phases = ["checks", "preparation", "agent", "certificate"] as const;
export type Phase = (typeof phases)[number];

/** A problem, or a warning, in the parts of its one-line form. */
export interface ReportedProblem extends ProblemParts {
  readonly severity: "error" | "warning";
}

/** Why the client certificate of an earlier run no longer holds. */
export type CertificateLoss = "missing" | "not acceptable";

/** A change of one resource: the operation, and the names of the inputs that differ. Holds no values. */
export interface ReportedChange {
  readonly resource: string;
  readonly operation: string;
  readonly properties: readonly string[];
}

/** Facts in the outputs of a registration. */
export interface ReportedFacts {
  /** Level of the proof, `agent` or `connected`; missing until it is proven. */
  readonly proof?: string;
  readonly agentVersion?: string;
  readonly relayServerAddress?: string;
  readonly certificateFingerprint?: string;
  /** ISO 8601. */
  readonly certificateNotAfter?: string;
  readonly tokenExposureSeconds?: number;
}

/** The present state of a registration in one word, and why; `why` is empty if it is healthy. */
export interface ReportedHealth {
  readonly verdict: "healthy" | "unhealthy" | "unknown";
  readonly why: string;
}

/** The part of the report on one cluster. */
export interface ClusterReport extends ReportedFacts {
  readonly name: string;
  readonly state: ClusterState;
  /** Whether the registration works, as the checks of this run saw it before its first write; missing for one that does not exist yet. */
  readonly health?: ReportedHealth;
  /** True for a cluster whose fault ended the run, which was then repeated without it: it was neither refreshed nor planned. */
  readonly setApart?: true;
  /** The client certificate of an earlier run no longer holds; the other facts about it are then missing. */
  readonly certificateLoss?: CertificateLoss;
  /** Seconds that each phase took in this run; a phase with nothing to do is missing. */
  readonly seconds: Readonly<Partial<Record<Phase, number>>>;
  readonly changes: readonly ReportedChange[];
  /** What `up` will do: the headline, then one line for each detail, with Pulumi's sign before it. */
  readonly plan: readonly string[];
  /** Further messages, such as the Role that grants missing rights. */
  readonly notes: readonly string[];
  readonly problems: readonly ReportedProblem[];
  readonly certificates: readonly RememberedExpiry[];
}

/** A certificate, when to act, and the clusters that use it. */
export interface ReportedCertificate extends Due {
  readonly clusters: readonly string[];
}

/** The report on a run of a stack. Holds nothing secret. */
export interface FleetReport {
  /** Version of this form. */
  readonly version: 1;
  readonly command: ReportCommand;
  readonly project: string;
  readonly stack: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** False when someone has to act; the exit code is then 1. */
  readonly good: boolean;
  /** A certificate is due this many days before it expires. */
  readonly leadDays: number;
  /** How many resources the engine changed, by kind of change. */
  readonly resourceChanges: Readonly<Record<string, number>>;
  /** By name. */
  readonly clusters: readonly ClusterReport[];
  /** The plan of the stack as a whole: its deregistrations. */
  readonly plan: readonly string[];
  /** Problems that belong to no single cluster. */
  readonly problems: readonly ReportedProblem[];
  /** The most urgent first, each certificate once. */
  readonly certificates: readonly ReportedCertificate[];
}

/** How many clusters are in each state, the worst first, such as `1 failed, 2 proven`. */
export function stateCounts(clusters: readonly ClusterReport[]): string {
  const counts = clusterStates.map((state) => [clusters.filter((one) => one.state === state).length, state] as const);
  return counts
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${stateCount(state)}`)
    .join(", ");
}

/** Whether it is the end of a registration: a deregistration or a hand-over, to come or done. */
export function isEnd(state: ClusterState): boolean {
  return isDeregistration(state) || isHandOver(state);
}

export function isDeregistration(state: ClusterState): boolean {
  return state === "leaves" || state === "left";
}

export function isHandOver(state: ClusterState): boolean {
  return state === "hands-over" || state === "handed-over";
}

/** A state behind a number of clusters. */
export function stateCount(state: ClusterState): string {
  return countedAs[state] ?? state;
}

/** States whose names do not fit every number. */
const countedAs: Readonly<Partial<Record<ClusterState, string>>> = {
  changes: "to change",
  leaves: "to deregister",
  left: "deregistered",
  "hands-over": "to hand over",
  "handed-over": "handed over",
};

/** The clusters with the worst first. */
export function worstFirst(clusters: readonly ClusterReport[]): ClusterReport[] {
  const rank = ({ state }: ClusterReport) => clusterStates.indexOf(state);
  return [...clusters].sort((one, other) => rank(one) - rank(other) || compareNames(one.name, other.name));
}

/** Orders names, with numbers as numbers: cluster-2 comes before cluster-10. */
export function compareNames(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
