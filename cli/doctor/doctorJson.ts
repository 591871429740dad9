import { type DoctorReport, exitCodeOf, findingsOf, resultOf } from "./doctorReport";

/** The report for programs. `format` is raised when a field is removed or changes its meaning; fields may be added at any time. */
export function renderJson(report: DoctorReport): string {
  const { clusterName, management, remote, registration, owner, checks, reasons, certificates, notes } = report;
  const document = {
    format: 1,
    clusterName,
    management,
    remote,
    registration,
    owner,
    good: exitCodeOf(report) === 0,
    checks: checks.map((check) => ({ name: check.name, result: resultOf(check), seen: check.skipped ?? check.detail })),
    findings: findingsOf(report),
    reasons,
    certificates,
    notes,
  };
  return JSON.stringify(document, undefined, 2);
}
