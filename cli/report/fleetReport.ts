import type { ProblemParts } from "../../components/base/problems";
import { type Due, dueDates, type RememberedExpiry } from "../../components/certificates/expiry";
import { isError } from "../output/severity";

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

type ReportParts = Omit<FleetReport, "version" | "good" | "certificates"> & { readonly now: Date };

/** Builds a report: clusters by name, the table of certificates, and the verdict. */
export function fleetReport({ now, clusters, ...rest }: ReportParts): FleetReport {
  const sorted = [...clusters].sort((one, other) => compareNames(one.name, other.name));
  const certificates = certificatesOf(sorted, now, rest.leadDays);
  const report = { version: 1, ...rest, clusters: sorted, certificates } as const;
  const isBad = rest.problems.some(isError) || sorted.some((cluster) => findingOf(report, cluster) !== undefined);
  return { ...report, good: !isBad };
}

/** The report of a run that was repeated without some clusters: these are as the earlier run saw them. */
export function withSetApart(report: FleetReport, setApart: ReadonlyMap<string, ClusterReport>): FleetReport {
  if (setApart.size === 0) return report;
  const clusters = report.clusters.map((cluster) => {
    const before = setApart.get(cluster.name);
    return before ? { ...before, setApart: true as const } : cluster;
  });
  const now = new Date(Date.parse(report.startedAt) + report.seconds * 1000);
  return fleetReport({ ...report, clusters, now });
}

/** Why someone has to act on a cluster; undefined when nobody has to. */
export function findingOf(
  { command, certificates }: Pick<FleetReport, "command" | "certificates">,
  { name, state, problems, changes, plan, health }: ClusterReport,
): string | undefined {
  if (state === "failed") {
    // The engine reports a missing object as a warning.
    const cause = problems.find(isError) ?? problems.find(({ code }) => code === "GMR312");
    return cause?.what ?? "it failed; see the log of the run";
  }
  if (state === "unfinished") return "the run ended before this cluster was done";
  if (command !== "drift") return undefined;
  if (state === "unhealthy" || state === "unknown") return [state, health?.why].filter(Boolean).join(": ");
  if (state === "changes" || state === "leaves") {
    const changed = changes.map(({ resource, operation }) => `${operation} ${resource}`).join(", ");
    return `differs from what the stack declares: ${plan.join("; ") || changed}`;
  }
  const due = certificates.filter((one) => one.due && one.clusters.includes(name));
  const words = due.map(({ kind, notAfter, actBy }) => `${kind} certificate expires ${notAfter}, act by ${actBy}`);
  return words.join("; ") || undefined;
}

/** How many clusters are in each state, the worst first, such as `1 failed, 2 proven`. */
export function stateCounts(clusters: readonly ClusterReport[]): string {
  const counts = clusterStates.map((state) => [clusters.filter((one) => one.state === state).length, state] as const);
  return counts
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${countedAs[state] ?? state}`)
    .join(", ");
}

/** States whose names do not fit every number. */
const countedAs: Readonly<Partial<Record<ClusterState, string>>> = {
  changes: "to change",
  leaves: "to deregister",
  left: "deregistered",
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

/** Lists each certificate once, since the clusters share those of the management cluster. */
function certificatesOf(clusters: readonly ClusterReport[], now: Date, leadDays: number): ReportedCertificate[] {
  const byFingerprint = new Map<string, { expiry: RememberedExpiry; clusters: string[] }>();
  for (const { name, certificates } of clusters) {
    for (const expiry of certificates) {
      const key = `${expiry.kind} ${expiry.fingerprint}`;
      const known = byFingerprint.get(key) ?? { expiry, clusters: [] };
      const latest = isSeenLater(expiry, known.expiry) ? expiry : known.expiry;
      const names = known.clusters.includes(name) ? known.clusters : [...known.clusters, name];
      byFingerprint.set(key, { expiry: latest, clusters: names });
    }
  }
  return [...byFingerprint.values()]
    .flatMap(({ expiry, clusters: users }) =>
      dueDates([expiry], now, leadDays).map((due) => ({ ...due, clusters: users })),
    )
    .sort((one, other) => one.notAfter.localeCompare(other.notAfter) || compareNames(one.subject, other.subject));
}

/** What this run has read is later than what any earlier run recorded. */
function isSeenLater({ seenAt }: RememberedExpiry, other: RememberedExpiry): boolean {
  if (other.seenAt === undefined) return false;
  return seenAt === undefined || seenAt > other.seenAt;
}
