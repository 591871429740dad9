import { count } from "../../components/base/text";
import { subjectsApart } from "../../components/certificates/subjects";
import { escapeXml as e, withCode } from "../output/xml";
import { codeUrl } from "./codeUrl";
import { drawingHtml } from "./drawing";
import { type ClusterReport, type FleetReport, phases, type ReportedProblem, stateCounts } from "./fleetReport";
import { type Cell, htmlTable } from "./htmlTable";
import { findingOn, type Judgement, judge } from "./judgement";
import type { ReportFinding } from "./reportFinding";
import { style } from "./style";
import { timelineHtml } from "./timeline";
import {
  certificateInWords,
  changesInWords,
  detailsOf,
  expiryInWords,
  headline,
  proofInWords,
  setApartInWords,
  someNames,
  stateInWords,
  whoOf,
} from "./words";

/** The report as one page of HTML, without scripts and external content. */
export function toHtml(report: FleetReport): string {
  const { command, project, stack, startedAt, seconds } = report;
  const title = `${command}: ${project}/${stack}`;
  const judgement = judge(report);
  const { verdict, tone } = judgement;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${e(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${e(title)}</h1>
<p class="verdict"><strong class="${tone}">${tones[tone]} ${e(verdict)}</strong> ${e(headline(report))}</p>
<p class="faint">Gloo Mesh relay registrations · <time datetime="${e(startedAt)}">${e(startedAt)}</time> · ${seconds} s · ${e(changesInWords(report))}</p>
<nav><a href="#problems">What to know and do</a><a href="#clusters">Clusters</a><a href="#graph">Management cluster and agents</a><a href="#certificates">Certificates</a><a href="#details">Plan and details</a></nav>
</header>
<main>
${problemsSection(judgement)}
${clustersSection(report, judgement)}
<section id="graph"><h2>Management cluster and agents</h2>
${drawingHtml(report)}</section>
${certificatesSection(report)}
${detailsSection(report, judgement)}
</main>
</body>
</html>
`;
}

const tones = { good: "✓", attention: "!", bad: "✗" } as const;

/** Further findings are folded, so that the page can be scanned. */
const mostOpen = 10;

/** Clusters that the head of a finding names. */
const mostNamed = 3;

function problemsSection({ findings }: Judgement): string {
  const body = findings.map((finding, index) => findingDetails(finding, index < mostOpen)).join("\n");
  return `<section id="problems"><h2>What to know and do</h2>\n${body || "<p>Nothing.</p>"}</section>`;
}

function findingDetails(finding: ReportFinding, isOpen: boolean): string {
  const { clusters } = finding;
  const all =
    clusters.length > mostNamed
      ? `\n<details><summary>${count(clusters.length, "cluster")}</summary>${e(clusters.join(", "))}</details>`
      : "";
  const details = detailsOf(finding).map(([label, text]) => `<dt>${label}</dt><dd>${withCode(text)}</dd>`);
  const head = problemHead(finding, ` <strong>${e(whoOf(finding, mostNamed))}</strong>:`);
  if (all === "" && details.length === 0) return `<p class="finding ${finding.severity}">${head}</p>`;
  return `<details class="finding ${finding.severity}"${isOpen ? " open" : ""}><summary>${head}</summary>\n<dl>${details.join("")}</dl>${all}</details>`;
}

/** `who` is markup, which names the clusters. */
function problemHead({ severity, code, what }: ReportedProblem, who = ""): string {
  const kind = severity === "error" ? "failed" : "warning";
  return `<span class="state ${kind}">${severity}</span>${who} ${code === undefined ? "" : `${codeLink(code)} `}${withCode(what)}`;
}

function codeLink(code: string): string {
  const url = codeUrl(code);
  return url === undefined ? e(code) : `<a href="${e(url)}">${e(code)}</a>`;
}

function clustersSection(report: FleetReport, { shown, folded }: Judgement): string {
  const { command } = report;
  const quiet =
    folded.length === 0
      ? ""
      : `\n<details><summary>${e(stateCounts(folded))}</summary>\n${clusterTable(command, folded)}</details>`;
  const table = shown.length === 0 && quiet !== "" ? "" : clusterTable(command, shown);
  return `<section id="clusters"><h2>Clusters</h2>\n${table}${quiet}</section>`;
}

function clusterTable(command: FleetReport["command"], clusters: readonly ClusterReport[]): string {
  const heads = ["cluster", "state", "proof", "agent", "certificate expires", ""];
  // A run that writes nothing has no phases, and exposes no token.
  const ofApply = ["token exposed", ...phases.map((phase) => `${phase}, s`)];
  return htmlTable(
    command === "apply" ? [...heads, ...ofApply] : heads,
    clusters.map((cluster) => clusterCells(command, cluster)),
  );
}

function clusterCells(command: FleetReport["command"], cluster: ClusterReport): readonly Cell[] {
  const { name, state, agentVersion = "", tokenExposureSeconds: exposure, seconds, setApart } = cluster;
  const cells = [
    { text: name, look: "name" },
    { text: stateInWords(cluster), look: `state ${state}` },
    { text: proofInWords(cluster) },
    { text: agentVersion },
    { text: certificateInWords(cluster), look: "whole" },
    { text: setApart ? setApartInWords : "" },
  ];
  if (command !== "apply") return cells;
  const times = phases.map((phase) => ({ text: `${seconds[phase] ?? ""}`, look: "number" }));
  return [...cells, { text: exposure === undefined ? "" : `${exposure} s`, look: "number" }, ...times];
}

function certificatesSection(report: FleetReport): string {
  const { certificates, leadDays } = report;
  if (certificates.length === 0) {
    return '<section id="certificates"><h2>Certificates</h2>\n<p>None known yet.</p></section>';
  }
  return `<section id="certificates"><h2>Certificates</h2>
<p class="faint">${certificates.some(({ renewedBy }) => renewedBy === "agent") ? "Agents of 2.x renew their client certificates, and nothing renews the others." : "Gloo Mesh renews none of them."} Act ${count(leadDays, "day")} before they expire, on the day that the drawing marks with a stroke.</p>
${timelineHtml(report)}
<details><summary>Table of ${count(certificates.length, "certificate")}</summary>
${certificateTable(report)}</details></section>`;
}

function certificateTable({ certificates }: FleetReport): string {
  const subjectOf = subjectsApart(certificates);
  return htmlTable(
    ["kind", "subject", "expires", "days left", "act by", "clusters", "where"],
    certificates.map((certificate) => {
      const { kind, daysLeft, actBy, due, clusters, where } = certificate;
      return [
        { text: kind },
        { text: subjectOf(certificate), look: "name" },
        { text: expiryInWords(certificate), look: "whole" },
        { text: String(daysLeft), look: "number" },
        due ? { text: `due: ${actBy}`, look: "state due" } : { text: actBy, look: "whole" },
        { text: someNames(clusters, 5), look: "long", title: clusters.join(", ") },
        { text: where, look: "long" },
      ];
    }),
  );
}

function detailsSection(report: FleetReport, judgement: Judgement): string {
  const { shown, folded } = judgement;
  const plan = report.plan.length === 0 ? "" : `<ul>${items(report.plan)}</ul>`;
  const details = shown.map((cluster) => clusterDetails(judgement, cluster));
  const quiet = folded.map((cluster) => clusterDetails(judgement, cluster)).join("\n");
  const foldedDetails =
    quiet === "" ? "" : `\n<details><summary>${e(stateCounts(folded))}</summary>\n${quiet}</details>`;
  return `<section id="details"><h2>Plan and details</h2>\n${plan}\n${details.join("\n")}${foldedDetails}</section>`;
}

function clusterDetails({ findings }: Judgement, cluster: ClusterReport): string {
  const { name, state, plan, notes, changes, problems, certificateFingerprint: fingerprint, setApart } = cluster;
  const finding = findingOn(findings, cluster);
  const facts = [
    ["relay server", cluster.relayServerAddress],
    ["certificate", fingerprint],
  ].flatMap(([term, text]) => (text ? [`<dt>${term}</dt><dd>${e(text)}</dd>`] : []));
  const changed = changes.map(
    ({ resource, operation, properties }) =>
      `${operation} ${resource}${properties.length === 0 ? "" : ` (${properties.join(", ")})`}`,
  );
  return [
    `<details><summary>${e(name)} <span class="state ${state}">${stateInWords(cluster)}</span></summary>`,
    setApart ? `<p>${setApartInWords}</p>` : "",
    finding === undefined ? "" : `<p class="failed">${withCode(finding.what)}</p>`,
    facts.length === 0 ? "" : `<dl>${facts.join("")}</dl>`,
    problems.length === 0 ? "" : `<ul>${problems.map((problem) => `<li>${problemHead(problem)}</li>`).join("")}</ul>`,
    plan.length === 0 ? "" : `<ul>${items(plan)}</ul>`,
    changed.length === 0 ? "" : `<p class="faint">Resources:</p><ul>${items(changed)}</ul>`,
    ...notes.map((note) => `<pre>${e(note)}</pre>`),
    "</details>",
  ].join("");
}

function items(lines: readonly string[]): string {
  return lines.map((line) => `<li>${withCode(line)}</li>`).join("");
}
