import type { Due } from "../../components/certificates/expiry";
import type { CauseId } from "../../components/diagnosis/causes";
import type { Finding } from "../../components/preflight/findings/finding";
import { type ExitCode, exitCodes } from "../command";
import { isError } from "../output/severity";

/** A finding, with the root cause by its stable id where the diagnosis names one. */
export interface DoctorFinding extends Finding {
  readonly rootCause?: CauseId;
}

/** The groups of checks, in the order of the report. */
export const checkGroups = ["clusters", "registration", "takeOver", "pulumi"] as const;
export type CheckGroup = (typeof checkGroups)[number];

/** One row of the doctor's report. */
export interface Check {
  readonly group: CheckGroup;
  readonly name: string;
  readonly findings: readonly DoctorFinding[];
  /** What the doctor saw, in words. */
  readonly detail?: string | undefined;
  /** Why the doctor did not look at it. */
  readonly skipped?: string | undefined;
  /** The check whose fault explains this one. */
  readonly follows?: string | undefined;
  /** `pulumi up` would change something; `detail` says what. */
  readonly changes?: boolean;
}

/** The doctor's report. Holds public facts alone. */
export interface DoctorReport {
  readonly clusterName: string;
  /** How messages name the clusters. */
  readonly management: string;
  readonly remote: string;
  /** `unknown` where something could not be looked at that decides it. */
  readonly registration: "healthy" | "unhealthy" | "not registered" | "unknown";
  /** One clause: the first cause, or what could not be looked at; empty if there is nothing to say. */
  readonly why: string;
  /** Mark of the registration, its URN; undefined where there is none. */
  readonly owner: string | undefined;
  readonly checks: readonly Check[];
  /** Why `pulumi up` has work to do although no argument has changed, `<id>: <sentence>` as in Pulumi's diff. */
  readonly reasons: readonly string[];
  readonly certificates: readonly Due[];
  /** Further messages, such as a Role that grants missing rights. */
  readonly notes: readonly string[];
}

export type CheckResult = "good" | "changes" | "warning" | "error" | "not checked";

export function resultOf({ findings, skipped, changes }: Check): CheckResult {
  if (findings.length > 0) return findings.some(isError) ? "error" : "warning";
  if (skipped !== undefined) return "not checked";
  return changes ? "changes" : "good";
}

/** All findings, causes before what follows from them. */
export function findingsOf({ checks }: Pick<DoctorReport, "checks">): readonly DoctorFinding[] {
  return checks.flatMap(({ findings }) => findings);
}

/** 0 where the verdict is good: healthy, or not registered and without a problem that a registration would meet. */
export function exitCodeOf(report: DoctorReport): ExitCode {
  const isBad =
    report.registration === "unhealthy" || report.registration === "unknown" || findingsOf(report).some(isError);
  return isBad ? exitCodes.findings : exitCodes.good;
}
