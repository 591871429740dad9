import { count } from "../../components/base/text";
import type { Due } from "../../components/certificates/expiry";
import { columns } from "../output/columns";
import { isError } from "../output/severity";
import { day } from "../output/shortForms";
import { type Check, type DoctorFinding, type DoctorReport, findingsOf, resultOf } from "./doctorReport";

const certificateHead = ["CERTIFICATE", "SUBJECT", "ENDS", "DAYS LEFT", "ACT BY", "READ FROM"];

/** The report as a person reads it on a terminal. */
export function renderTable(report: DoctorReport): string {
  const { clusterName, registration, owner, management, remote, checks, certificates, notes } = report;
  const findings = findingsOf(report);
  return [
    `${clusterName}: ${registration}${owner === undefined ? "" : ` (registration ${owner})`}`,
    `  management cluster: ${management}`,
    `  remote cluster:     ${remote}`,
    "",
    ...columns([["CHECK", "RESULT", "SEEN"], ...checks.map(checkRow)]),
    ...(certificates.length === 0 ? [] : ["", ...columns([certificateHead, ...certificates.map(dueRow)])]),
    ...(findings.length === 0 ? [] : ["", counted(findings), ...findings.flatMap(findingLines)]),
    ...notes.flatMap((note) => ["", note]),
  ].join("\n");
}

function checkRow(check: Check): readonly string[] {
  const codes = [...new Set(check.findings.map(({ code }) => code))].join(", ");
  return [check.name, resultOf(check), check.skipped ?? (codes || (check.detail ?? ""))];
}

function dueRow({ kind, subject, notAfter, daysLeft, actBy, due, where }: Due): readonly string[] {
  return [kind, subject, day(notAfter), String(daysLeft), due ? `${actBy} DUE` : actBy, where];
}

function counted(findings: readonly DoctorFinding[]): string {
  const errors = findings.filter(isError).length;
  const warnings = findings.length - errors;
  const some = (number: number, noun: string) => (number === 0 ? [] : [count(number, noun)]);
  return `${[...some(errors, "error"), ...some(warnings, "warning")].join(", ")}:`;
}

function findingLines({ severity, code, what, where, cause, next }: DoctorFinding): readonly string[] {
  return [
    "",
    `${severity} ${code} ${what}`,
    `  where: ${where}`,
    ...(cause === undefined ? [] : [`  cause: ${cause}`]),
    `  next:  ${next}`,
  ];
}
