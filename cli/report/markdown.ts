import { count } from "../../components/base/text";
import { subjectsApart } from "../../components/certificates/subjects";
import { cut } from "../output/shortForms";
import { codeUrl } from "./codeUrl";
import { type ClusterReport, type FleetReport, phases, type ReportedCertificate, stateCounts } from "./fleetReport";
import { judge } from "./judgement";
import { LimitedComment } from "./limitedComment";
import { escaped, fenced, inHtml, tableRow } from "./markdownText";
import type { ReportFinding } from "./reportFinding";
import {
  certificateInWords,
  changesInWords,
  detailsOf,
  expiryInWords,
  headline,
  proofInWords,
  secondsInWords,
  setApartInWords,
  someNames,
  whoOf,
} from "./words";

/** Limit of a comment in bytes: GitHub allows 65 536 characters, of any alphabet. */
export const markdownLimit = 60_000;

const longestPart = 600;

/** Clusters that a finding names. */
const mostNamed = 5;

/** The first line of the comment, by which later runs find it. */
export function commentMark({ command, project, stack }: Pick<FleetReport, "command" | "project" | "stack">): string {
  const name = `${project}/${stack}`.replace(/--+|[<>\s]/g, "-");
  return `<!-- gloo-mesh-relay-registration: ${command} of ${name} -->`;
}

/** The report as a comment for a pull request, of at most {@link markdownLimit} bytes: leaves out what does not fit, and counts it. */
export function toMarkdown(report: FleetReport, limit = markdownLimit): string {
  const { command, project, stack, seconds } = report;
  const { verdict, tone, findings, shown, folded } = judge(report);
  const page = new LimitedComment(
    limit,
    `${commentMark(report)}\n## ${titles[command]} of ${escaped(`${project}/${stack}`)}\n\n` +
      `${tones[tone]} **${escaped(verdict)}.** ${escaped(headline(report))} ${escaped(sentence(changesInWords(report)))} ${seconds} s.\n`,
  );
  const head = tableHead(command);
  page.add("### What to know and do\n\n", findings.map(findingItem), "problem", { share: 0.45 });
  page.add(
    head,
    shown.map((cluster) => row(command, cluster)),
    "cluster",
    { share: 0.85, where: " in this table" },
  );
  page.add("### Plan\n\n", planItems(report, shown), "plan");
  page.add(
    folding(escaped(stateCounts(folded)), head),
    folded.map((cluster) => row(command, cluster)),
    "cluster",
    { where: " with nothing to do", tail: foldingEnd },
  );
  page.add(certificateHead(report), certificateRows(report), "certificate", { tail: foldingEnd });
  page.add("### Notes\n\n", noteItems(report), "note");
  return page.end();
}

const titles = { preview: "Preview", apply: "Registration", drift: "Drift" } as const;

const tones = { good: "✅", attention: "⚠️", bad: "❌" } as const;

/** What opens and closes by a click. */
function folding(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}`;
}

const foldingEnd = "\n</details>\n";

function tableHead(command: FleetReport["command"]): string {
  const titles = ["cluster", "state", "proof", "agent", "certificate expires"];
  const all = command === "apply" ? [...titles, `seconds: ${phases.join(" / ")}`] : titles;
  return `| ${all.join(" | ")} |\n|${"---|".repeat(all.length)}\n`;
}

function row(command: FleetReport["command"], cluster: ClusterReport): string {
  const { name, state, agentVersion = "", setApart } = cluster;
  const facts = [proofInWords(cluster), agentVersion, certificateInWords(cluster)];
  const seconds = command === "apply" ? [secondsInWords(command, cluster)] : [];
  return tableRow([name, setApart ? `${marks[state]}, ${setApartInWords}` : marks[state], ...facts, ...seconds]);
}

const marks = {
  failed: "❌ failed",
  unfinished: "❔ unfinished",
  changes: "✏️ changes",
  leaves: "👋 to deregister",
  left: "👋 deregistered",
  "hands-over": "🤝 to hand over",
  "handed-over": "🤝 handed over",
  proven: "✅ proven",
  unhealthy: "🔴 unhealthy",
  unknown: "❔ unknown",
  unchanged: "✅ unchanged",
} as const;

function findingItem(finding: ReportFinding): string {
  const { severity, kind, code, what } = finding;
  const parts = detailsOf(finding).map(([label, text]) => `  - ${label}: ${escaped(short(text))}\n`);
  const sign = kind === "due" ? "⏰ " : severity === "warning" ? "⚠️ " : "❌ ";
  const link = code === undefined ? "" : `${codeLink(code)} `;
  return `- ${sign}**${escaped(whoOf(finding, mostNamed))}**: ${link}${escaped(short(what))}\n${parts.join("")}`;
}

function codeLink(code: string): string {
  const url = codeUrl(code);
  return url === undefined ? `\`${code}\`` : `[\`${code}\`](${url})`;
}

/** The plans of the stack, and of clusters that change. */
function planItems({ plan }: FleetReport, shown: readonly ClusterReport[]): string[] {
  const changing = shown.filter(({ state, plan: lines }) => lines.length > 0 && state !== "unchanged");
  return [
    ...plan.map((line) => `- ${escaped(short(line))}\n`),
    ...changing.map(
      ({ name, plan: lines }) =>
        `- **${escaped(name)}**\n${lines.map((line) => `  - ${escaped(short(line))}\n`).join("")}`,
    ),
  ];
}

function noteItems({ clusters }: FleetReport): string[] {
  return clusters.flatMap(({ name, notes }) =>
    notes.map((note) => `<details><summary>${inHtml(name)}</summary>\n\n${fenced(note)}\n</details>\n`),
  );
}

function certificateHead({ certificates, leadDays }: FleetReport): string {
  const summary = `${count(certificates.length, "certificate")}, due ${count(leadDays, "day")} before they expire`;
  return folding(summary, "| certificate | expires | days left | act by | clusters |\n|---|---|---|---|---|\n");
}

function certificateRows({ certificates }: FleetReport): string[] {
  const subjectOf = subjectsApart(certificates);
  return certificates.map((certificate: ReportedCertificate) => {
    const { kind, daysLeft, actBy, due, clusters } = certificate;
    const act = due ? `⏰ ${actBy}` : actBy;
    const cells = [`${kind} ${short(subjectOf(certificate))}`, expiryInWords(certificate), `${daysLeft}`, act];
    return tableRow([...cells, someNames(clusters, 5)]);
  });
}

function short(text: string): string {
  return cut(text, longestPart);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
