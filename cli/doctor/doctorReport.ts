import type { Due } from "../../components/certificates/expiry";
import type { CauseId } from "../../components/diagnosis/causes";
import type { Finding } from "../../components/preflight/findings/finding";
import { type ExitCode, exitCodes } from "../command";
import { isError } from "../output/severity";

/** A finding, with the root cause by its stable id where the diagnosis names one. */
export interface DoctorFinding extends Finding {
  readonly rootCause?: CauseId;
}

/** One row of the doctor's report. */
export interface Check {
  readonly name: string;
  readonly findings: readonly DoctorFinding[];
  /** What the doctor saw, in words. */
  readonly detail?: string | undefined;
  /** Why the doctor did not check it. */
  readonly skipped?: string | undefined;
  /** `pulumi up` would change something; `detail` says what. */
  readonly changes?: boolean;
}

/** The doctor's report. Holds public facts alone. */
export interface DoctorReport {
  readonly clusterName: string;
  /** How messages name the clusters. */
  readonly management: string;
  readonly remote: string;
  /** `unknown` where the remote cluster cannot be read. */
  readonly registration: "healthy" | "unhealthy" | "not registered" | "unknown";
  /** Mark of the registration, `<project>/<stack>/<name>`; undefined where there is none. */
  readonly owner: string | undefined;
  readonly checks: readonly Check[];
  /** Why `pulumi up` has work to do although no argument has changed, `<id>: <sentence>` as in Pulumi's diff. */
  readonly reasons: readonly string[];
  readonly certificates: readonly Due[];
  /** Further messages, such as a Role that grants missing rights. */
  readonly notes: readonly string[];
}

export function passed(name: string, detail: string | undefined): Check {
  return { name, findings: [], detail };
}

export function notChecked(name: string, skipped: string): Check {
  return { name, findings: [], skipped };
}

export function failed(name: string, finding: DoctorFinding): Check {
  return { name, findings: [finding] };
}

/** The result of a check in one word or two. */
export function resultOf({ findings, skipped, changes }: Check): string {
  if (skipped !== undefined) return "not checked";
  if (findings.length > 0) return findings.some(isError) ? "error" : "warning";
  return changes ? "changes" : "good";
}

export function findingsOf({ checks }: Pick<DoctorReport, "checks">): readonly DoctorFinding[] {
  return checks.flatMap(({ findings }) => findings);
}

export function exitCodeOf(report: DoctorReport): ExitCode {
  const isBad = findingsOf(report).some(isError) || report.registration === "unhealthy";
  return isBad ? exitCodes.findings : exitCodes.good;
}
