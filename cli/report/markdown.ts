import { count } from "../../components/base/text";
import { cut, day, someOf } from "../output/shortForms";
import { escapeXml } from "../output/xml";
import { type ClusterReport, type FleetReport, phases, type ReportedCertificate, worstFirst } from "./fleetReport";
import { type ProblemGroup, problemGroups } from "./problemGroups";
import { certificateInWords, changesInWords, headline, proofInWords, secondsInWords } from "./words";

/** Longest comment: GitHub takes 65 536 characters. In bytes, so that it holds for every alphabet. */
export const markdownLimit = 60_000;

const longestPart = 600;
const tableShare = 0.6;

/** By this line the comment of an earlier run is found again. */
export function commentMark({ command, project, stack }: Pick<FleetReport, "command" | "project" | "stack">): string {
  const name = `${project}/${stack}`.replace(/--+|[<>\s]/g, "-");
  return `<!-- gloo-mesh-relay-registration: ${command} of ${name} -->`;
}

/** The report as one comment for a pull request, at most {@link markdownLimit} bytes. What does not fit is left out and counted. */
export function toMarkdown(report: FleetReport, limit = markdownLimit): string {
  const { command, project, stack, seconds } = report;
  const page = new Page(limit);
  page.must(
    `${commentMark(report)}\n## ${titles[command]} of ${escaped(`${project}/${stack}`)}\n\n` +
      `**${report.good ? "Good" : "To look at"}.** ${escaped(headline(report))} ${escaped(sentence(changesInWords(report)))} ${seconds} s.\n`,
  );
  page.rows(
    tableHead,
    worstFirst(report.clusters).map(row),
    tableShare,
    (number) => `${count(number, "cluster")} in this table`,
  );
  page.section("### Problems", problemGroups(report).map(problemItem), counting("problem"));
  page.section("### Plan", planItems(report), counting("plan"));
  page.rows(certificateHead(report), report.certificates.map(certificateRow), 1, counting("certificate"));
  page.section("### Notes", noteItems(report), counting("note"));
  return page.end();
}

const titles = { preview: "Preview", apply: "Registration", drift: "Drift" } as const;

const tableHead = `| cluster | state | proof | agent | certificate ends | seconds: ${phases.join(" / ")} |\n|---|---|---|---|---|---|\n`;

function row(cluster: ClusterReport): string {
  const { name, state, agentVersion = "" } = cluster;
  const facts = [proofInWords(cluster), agentVersion, certificateInWords(cluster), secondsInWords(cluster)];
  return `| ${[name, marks[state], ...facts].map(escaped).join(" | ")} |\n`;
}

const marks = {
  failed: "❌ failed",
  unfinished: "❔ unfinished",
  changes: "✏️ changes",
  leaves: "👋 leaves",
  left: "👋 left",
  proven: "✅ proven",
  unchanged: "✅ unchanged",
} as const;

function problemItem({ problem, clusters }: ProblemGroup): string {
  const { severity, code, what, where, cause, next } = problem;
  const who = clusters.length === 0 ? "the stack" : someOf(clusters, 10);
  const parts = [
    ["where", where],
    ["likely cause", cause],
    ["next", next],
  ].flatMap(([label, text]) => (text === undefined ? [] : [`  - ${label}: ${escaped(short(text))}\n`]));
  const head = `- **${escaped(who)}**: ${severity === "warning" ? "warning " : ""}${code === undefined ? "" : `\`${code}\` `}`;
  return `${head}${escaped(short(what))}\n${parts.join("")}`;
}

/** Clusters with nothing to do are in the table already. */
function planItems({ clusters, plan }: FleetReport): string[] {
  const changing = clusters.filter(({ state, plan: lines }) => lines.length > 0 && state !== "unchanged");
  return [
    ...plan.map((line) => `- ${escaped(short(line))}\n`),
    ...changing.map(({ name, plan: lines }) => {
      const inner = lines.map((line) => `  - ${escaped(short(line))}\n`).join("");
      return `- **${escaped(name)}**\n${inner}`;
    }),
  ];
}

function noteItems({ clusters }: FleetReport): string[] {
  return clusters.flatMap(({ name, notes }) =>
    notes.map((note) => `<details><summary>${inHtml(name)}</summary>\n\n${fenced(note)}\n</details>\n`),
  );
}

function certificateHead({ leadDays }: FleetReport): string {
  return `\n### Certificates, due ${count(leadDays, "day")} before their end\n\n| certificate | ends | days left | act by | clusters |\n|---|---|---|---|---|\n`;
}

function certificateRow({ kind, subject, notAfter, daysLeft, actBy, due, clusters }: ReportedCertificate): string {
  const cells = [
    `${kind} ${short(subject)}`,
    day(notAfter),
    daysLeft,
    due ? `⏰ ${actBy}` : actBy,
    someOf(clusters, 5),
  ];
  return `| ${cells.map((cell) => escaped(String(cell))).join(" | ")} |\n`;
}

/** So many of something, in words. */
type Counted = (number: number) => string;

function counting(noun: string): Counted {
  return (number) => count(number, noun);
}

/** A comment that grows as long as there is room. */
class Page {
  private text = "";
  private readonly omitted: string[] = [];

  constructor(private readonly limit: number) {}

  must(text: string): void {
    this.text += text;
  }

  /** A table, with as many of its rows as fit into a share of the limit. */
  rows(head: string, rows: readonly string[], share: number, name: Counted): void {
    if (rows.length === 0) return;
    this.fill(`\n${head.trimStart()}`, rows, this.limit * share, name);
  }

  section(head: string, items: readonly string[], name: Counted): void {
    if (items.length === 0) return;
    this.fill(`\n${head}\n\n`, items, this.limit, name);
  }

  end(): string {
    if (this.omitted.length === 0) return this.text;
    return `${this.text}\n_Left out here, because a comment has its limit: ${this.omitted.join(", ")}. The report's HTML and JSON files hold all of it._\n`;
  }

  private fill(head: string, items: readonly string[], until: number, name: Counted): void {
    const room = Math.min(until, this.limit - reserve) - bytes(this.text) - bytes(head);
    let taken = "";
    let used = 0;
    let number = 0;
    for (const item of items) {
      used += bytes(item);
      if (used > room) break;
      taken += item;
      number += 1;
    }
    if (number > 0) this.text += head + taken;
    if (number < items.length) this.omitted.push(`${items.length - number} of ${name(items.length)}`);
  }
}

/** Bytes kept for the line about what is left out. */
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
 * Text that Markdown shows as it is: no markup, no HTML, no mention of people, no link to an issue, one line. What is between backticks is
 * shown as code.
 */
export function escaped(text: string): string {
  // The odd parts are those that the pattern holds. A table would take a bar within code for the end of its cell.
  return text
    .replace(/\s+/g, " ")
    .split(/(`[^`|]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : withoutMarkup(part)))
    .join("");
}

function withoutMarkup(text: string): string {
  return text
    .replace(/[\\*_{}[\]|~]|^[-+](?= )/g, "\\$&")
    .replace(/[&<>@`]|#(?=\d)|:(?=\/\/)/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The same within an element of HTML, where Markdown's own escapes do not count. */
function inHtml(text: string): string {
  return escapeXml(text.replace(/\s+/g, " ")).replaceAll("@", "&#64;");
}

/** A block of code, with a fence that is longer than any within. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}
