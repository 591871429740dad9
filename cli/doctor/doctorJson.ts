import { type DoctorReport, exitCodeOf, findingsOf } from "./doctorReport";

/** The report for programs. `format` is raised when a field changes its meaning or goes; fields may be added at any time. */
export function renderJson(report: DoctorReport): string {
  const { clusterName, management, remote, registration, owner, checks, certificates, notes } = report;
  const document = {
    format: 1,
    clusterName,
    management,
    remote,
    registration,
    owner,
    good: exitCodeOf(report) === 0,
    checks: checks.map(({ name, findings, detail, skipped }) => ({
      name,
      result: skipped === undefined ? resultOf(findings) : "not checked",
      seen: skipped ?? detail,
    })),
    findings: findingsOf(report),
    certificates,
    notes,
  };
  return JSON.stringify(document, undefined, 2);
}

function resultOf(findings: DoctorReport["checks"][number]["findings"]): "good" | "warning" | "error" {
  if (findings.length === 0) return "good";
  return findings.some(({ severity }) => severity === "error") ? "error" : "warning";
}
