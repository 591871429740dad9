import type { Due } from "../../components/certificates/expiry";
import type { CauseId } from "../../components/diagnosis/causes";
import type { Finding } from "../../components/preflight/findings/finding";
import { type ExitCode, exitCodes } from "../command";

/** A finding, with the root cause by its stable id where the diagnosis names one. */
export interface DoctorFinding extends Finding {
  readonly rootCause?: CauseId;
}

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly findings: readonly DoctorFinding[];
  /** What was seen, in words. */
  readonly detail?: string | undefined;
  /** Why it was not looked at. */
  readonly skipped?: string | undefined;
}

/** The doctor's report. Holds public facts alone. */
export interface DoctorReport {
  readonly clusterName: string;
  /** How the clusters are named in messages. */
  readonly management: string;
  readonly remote: string;
  /** `unknown` where the remote cluster cannot be looked at. */
  readonly registration: "healthy" | "unhealthy" | "not registered" | "unknown";
  /** Mark of the registration, `<project>/<stack>/<name>`; undefined where there is none. */
  readonly owner: string | undefined;
  readonly checks: readonly Check[];
  readonly certificates: readonly Due[];
  /** What belongs beside the findings, such as a Role to apply. */
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

export function findingsOf({ checks }: Pick<DoctorReport, "checks">): readonly DoctorFinding[] {
  return checks.flatMap(({ findings }) => findings);
}

export function exitCodeOf(report: DoctorReport): ExitCode {
  const isBad = findingsOf(report).some(({ severity }) => severity === "error");
  return isBad || report.registration === "unhealthy" ? exitCodes.findings : exitCodes.good;
}
