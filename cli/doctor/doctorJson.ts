import { type DoctorReport, exitCodeOf, findingsOf, resultOf } from "./doctorReport";

/** The report for programs. `format` is raised when a field is removed or changes its meaning; fields may be added at any time. */
export function renderJson(report: DoctorReport): string {
  const { clusterName, management, remote, registration, why, owner, checks, reasons, certificates, notes } = report;
  const document = {
    format: 1,
    clusterName,
    management,
    remote,
    registration,
    why,
    owner,
    good: exitCodeOf(report) === 0,
    checks: checks.map((check) => ({
      group: check.group,
      name: check.name,
      result: resultOf(check),
      seen: check.skipped ?? check.detail,
      follows: check.follows,
    })),
    findings: findingsOf(report),
    reasons,
    certificates,
    notes,
  };
  return JSON.stringify(document, undefined, 2);
}
