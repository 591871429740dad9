import type { Due } from "../../components/certificates/expiry";
import { subjectsApart } from "../../components/certificates/subjects";
import { columns } from "../output/columns";
import { day } from "../output/shortForms";
import { codePage } from "../report/codeUrl";
import {
  type Check,
  type CheckGroup,
  type CheckResult,
  checkGroups,
  type DoctorFinding,
  type DoctorReport,
  resultOf,
} from "./doctorReport";
import { type Paint, plain } from "./paint";

const certificateHead = ["CERTIFICATE", "SUBJECT", "ENDS", "DAYS LEFT", "ACT BY", "READ FROM"];

/**
 * The report as a person reads it on a terminal: groups of rows with a sign each, findings below their row, certificates, and the verdict at the end. With
 * `isShort`, only the rows that are not good.
 */
export function renderTable(report: DoctorReport, paint: Paint = plain, isShort = false): string {
  const { clusterName, owner, checks, certificates, notes } = report;
  const shown = isShort ? checks.filter((check) => !["good", "not checked"].includes(resultOf(check))) : checks;
  return [
    `${clusterName}${owner === undefined ? "" : ` (registration ${owner})`}`,
    ...checkGroups.flatMap((group) => groupLines(group, shown, paint)),
    ...(isShort || certificates.length === 0
      ? []
      : ["", ...headline("certificates"), ...columns([certificateHead, ...dueRows(certificates)])]),
    ...(isShort ? [] : notes.flatMap((note) => ["", note])),
    "",
    verdictLine(report, paint),
  ].join("\n");
}

/** `cluster-1 is unhealthy: the agent's Deployment is scaled to 0` */
export function verdictLine({ clusterName, registration, why }: DoctorReport, paint: Paint = plain): string {
  const result = ({ healthy: "good", "not registered": "warning" } as const)[registration as string] ?? "error";
  return paint(result, `${clusterName} is ${registration}${why === "" ? "" : `: ${why}`}`);
}

const titles: Readonly<Record<CheckGroup, string>> = {
  clusters: "clusters",
  registration: "registration",
  takeOver: "taking over",
  pulumi: "pulumi up",
};

const signs: Readonly<Record<CheckResult, string>> = {
  good: "√",
  changes: "±",
  warning: "‼",
  error: "×",
  "not checked": "–",
};

function groupLines(group: CheckGroup, checks: readonly Check[], paint: Paint): readonly string[] {
  const rows = checks.filter((check) => check.group === group);
  if (rows.length === 0) return [];
  return ["", ...headline(titles[group]), ...rows.flatMap((check) => checkLines(check, paint))];
}

function headline(title: string): readonly string[] {
  return [title, "-".repeat(title.length)];
}

function checkLines(check: Check, paint: Paint): readonly string[] {
  const result = resultOf(check);
  const { name, detail, skipped, follows, findings } = check;
  const row = `${paint(result, signs[result])} ${name}`;
  const reason = follows === undefined ? "" : `, follows from: ${follows}`;
  if (findings.length > 0) return [`${row}${reason}`, ...findings.flatMap((finding) => findingLines(finding, paint))];
  if (skipped !== undefined) return [`${row}: not looked at${reason} (${skipped})`];
  return [detail === undefined || detail === "" ? row : `${row}: ${detail}`];
}

function findingLines({ severity, code, what, where, cause, next }: DoctorFinding, paint: Paint): readonly string[] {
  return [
    `    ${paint(severity, `${code} ${what}`)}`,
    `    where: ${where}`,
    ...(cause === undefined ? [] : [`    cause: ${cause}`]),
    `    next:  ${next}`,
    `    see:   ${codePage(code)}`,
  ];
}

function dueRows(certificates: readonly Due[]): readonly string[][] {
  const subjectOf = subjectsApart(certificates);
  return certificates.map((certificate) => {
    const { kind, notAfter, daysLeft, actBy, due, where } = certificate;
    return [kind, subjectOf(certificate), day(notAfter), String(daysLeft), due ? `${actBy} DUE` : actBy, where];
  });
}
