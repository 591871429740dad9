import { count, someOf } from "../../components/base/text";
import { cut, day } from "../output/shortForms";
import { escapeXml } from "../output/xml";
import { type ClusterReport, type FleetReport, phases, type ReportedCertificate, worstFirst } from "./fleetReport";
import { type ProblemGroup, problemGroups } from "./problemGroups";
import { certificateInWords, changesInWords, detailsOf, headline, proofInWords, secondsInWords } from "./words";

/** Limit of a comment in bytes: GitHub allows 65 536 characters, of any alphabet. */
export const markdownLimit = 60_000;

const longestPart = 600;

/** The first line of the comment, by which later runs find it. */
export function commentMark({ command, project, stack }: Pick<FleetReport, "command" | "project" | "stack">): string {
  const name = `${project}/${stack}`.replace(/--+|[<>\s]/g, "-");
  return `<!-- gloo-mesh-relay-registration: ${command} of ${name} -->`;
}

/** The report as a comment for a pull request, of at most {@link markdownLimit} bytes: leaves out what does not fit, and counts it. */
export function toMarkdown(report: FleetReport, limit = markdownLimit): string {
  const { command, project, stack, seconds } = report;
  const page = new LimitedComment(
    limit,
    `${commentMark(report)}\n## ${titles[command]} of ${escaped(`${project}/${stack}`)}\n\n` +
      `**${report.good ? "Good" : "Action needed"}.** ${escaped(headline(report))} ${escaped(sentence(changesInWords(report)))} ${seconds} s.\n`,
  );
  page.add(tableHead, worstFirst(report.clusters).map(row), "cluster", { share: 0.6, where: " in this table" });
  page.add("### Problems\n\n", problemGroups(report).map(problemItem), "problem");
  page.add("### Plan\n\n", planItems(report), "plan");
  page.add(certificateHead(report), report.certificates.map(certificateRow), "certificate");
  page.add("### Notes\n\n", noteItems(report), "note");
  return page.end();
}

const titles = { preview: "Preview", apply: "Registration", drift: "Drift" } as const;

const tableHead = `| cluster | state | proof | agent | certificate expires | seconds: ${phases.join(" / ")} |\n|---|---|---|---|---|---|\n`;

function row(cluster: ClusterReport): string {
  const { name, state, agentVersion = "" } = cluster;
  const facts = [proofInWords(cluster), agentVersion, certificateInWords(cluster), secondsInWords(cluster)];
  return tableRow([name, marks[state], ...facts]);
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(escaped).join(" | ")} |\n`;
}

const marks = {
  failed: "❌ failed",
  unfinished: "❔ unfinished",
  changes: "✏️ changes",
  leaves: "👋 to deregister",
  left: "👋 deregistered",
  proven: "✅ proven",
  unhealthy: "🔴 unhealthy",
  unknown: "❔ unknown",
  unchanged: "✅ unchanged",
} as const;

function problemItem({ problem, clusters }: ProblemGroup): string {
  const { severity, code, what } = problem;
  const who = clusters.length === 0 ? "the stack" : someOf(clusters, 10);
  const parts = detailsOf(problem).map(([label, text]) => `  - ${label}: ${escaped(short(text))}\n`);
  const head = `- **${escaped(who)}**: ${severity === "warning" ? "warning " : ""}${code === undefined ? "" : `\`${code}\` `}`;
  return `${head}${escaped(short(what))}\n${parts.join("")}`;
}

/** The plans of clusters that change. */
function planItems({ clusters, plan }: FleetReport): string[] {
  const changing = clusters.filter(({ state, plan: lines }) => lines.length > 0 && state !== "unchanged");
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

function certificateHead({ leadDays }: FleetReport): string {
  return `### Certificates, due ${count(leadDays, "day")} before they expire\n\n| certificate | expires | days left | act by | clusters |\n|---|---|---|---|---|\n`;
}

function certificateRow({ kind, subject, notAfter, daysLeft, actBy, due, clusters }: ReportedCertificate): string {
  const act = due ? `⏰ ${actBy}` : actBy;
  return tableRow([`${kind} ${short(subject)}`, day(notAfter), `${daysLeft}`, act, someOf(clusters, 5)]);
}

/** A comment that grows up to its limit. */
class LimitedComment {
  private readonly omitted: string[] = [];

  constructor(
    private readonly limit: number,
    private text: string,
  ) {}

  /** Adds as many items as fit into a share of the limit, below their head. */
  add(head: string, items: readonly string[], noun: string, { share = 1, where = "" } = {}): void {
    const room = Math.min(this.limit * share, this.limit - reserve) - bytes(this.text) - bytes(head);
    let taken = "";
    let used = 0;
    let number = 0;
    for (const item of items) {
      used += bytes(item);
      if (used > room) break;
      taken += item;
      number += 1;
    }
    if (number > 0) this.text += `\n${head}${taken}`;
    const omitted = items.length - number;
    if (omitted > 0) this.omitted.push(`${omitted} of ${count(items.length, noun)}${where}`);
  }

  end(): string {
    if (this.omitted.length === 0) return this.text;
    return `${this.text}\n_Left out, because the size of a comment is limited: ${this.omitted.join(", ")}. The report's HTML and JSON files are complete._\n`;
  }
}

/** Bytes reserved for the line that counts what is left out. */
const reserve = 400;

function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function short(text: string): string {
  return cut(text, longestPart);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/**
 * Escapes text so that Markdown shows it literally on one line: no markup, HTML, mention, link, emoji, formula or quick action. Text between backticks is shown as
 * code.
 */
export function escaped(text: string): string {
  // The odd parts are code. A bar within code would end the cell of a table, so it is no code.
  return text
    .replace(/\s+/g, " ")
    .split(/(`[^`|]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : withoutMarkup(part)))
    .join("");
}

function withoutMarkup(text: string): string {
  return text
    .replace(/[\\*_{}[\]|~$]|^[-+](?= )|(?<=^\d{1,9})[.)](?= )/g, "\\$&")
    .replace(/[&<>@`]|^[#/=-]|#(?=\d)|:(?=\/\/|\w+:)|\bw(?=ww\.)/gi, (character) => `&#${character.charCodeAt(0)};`);
}

/** Escapes text within an element of HTML, where Markdown's escapes have no effect. */
function inHtml(text: string): string {
  return escapeXml(text.replace(/\s+/g, " ")).replaceAll("@", "&#64;");
}

/** A block of code, with a fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}
