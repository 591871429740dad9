import { count, someOf } from "../../components/base/text";
import { day } from "../output/shortForms";
import { escapeXml as e, withCode } from "../output/xml";
import {
  type ClusterReport,
  type FleetReport,
  findingOf,
  phases,
  type ReportedCertificate,
  type ReportedProblem,
  worstFirst,
} from "./fleetReport";
import { graphSvg } from "./graph";
import { type ProblemGroup, problemGroups } from "./problemGroups";
import { style } from "./style";
import { timelineSvg } from "./timeline";
import { certificateInWords, changesInWords, detailsOf, headline, proofInWords } from "./words";

/** The report as one page of HTML, without scripts and external content. */
export function toHtml(report: FleetReport): string {
  const { command, project, stack, startedAt, seconds, good } = report;
  const title = `${command}: ${project}/${stack}`;
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
<p class="faint">Gloo Mesh relay registrations · <time datetime="${e(startedAt)}">${e(startedAt)}</time> · ${seconds} s · ${e(changesInWords(report))}</p>
<p class="verdict"><strong class="${good ? "good" : "bad"}">${good ? "✓ Good" : "✗ Action needed"}</strong> ${e(headline(report))}</p>
<nav><a href="#problems">Problems</a><a href="#clusters">Clusters</a><a href="#graph">Management cluster and agents</a><a href="#certificates">Certificates</a><a href="#details">Plan and details</a></nav>
</header>
<main>
${problemsSection(report)}
${clustersSection(report)}
<section id="graph"><h2>Management cluster and agents</h2>
<div class="scroll">${graphSvg(report)}</div></section>
${certificatesSection(report)}
${detailsSection(report)}
</main>
</body>
</html>
`;
}

function problemsSection(report: FleetReport): string {
  const groups = problemGroups(report);
  const body = groups.map((group, index) => problemDetails(group, index < mostOpen)).join("\n") || "<p>None.</p>";
  return `<section id="problems"><h2>Problems</h2>\n${body}</section>`;
}

/** Further problems are folded, so that the page can be scanned. */
const mostOpen = 10;

function problemDetails({ problem, clusters }: ProblemGroup, isOpen: boolean): string {
  const who = clusters.length === 0 ? "the stack" : someOf(clusters, 5);
  const all = clusters.length > 5 ? `<dt>clusters</dt><dd>${e(clusters.join(", "))}</dd>` : "";
  const details = detailsOf(problem).map(([label, text]) => `<dt>${label}</dt><dd>${withCode(text)}</dd>`);
  return `<details${isOpen ? " open" : ""}><summary><strong>${e(who)}</strong>: ${problemHead(problem)}</summary>\n<dl>${all}${details.join("")}</dl></details>`;
}

function problemHead({ severity, code, what }: ReportedProblem): string {
  const kind = severity === "error" ? "failed" : "warning";
  return `<span class="state ${kind}">${severity}${code === undefined ? "" : ` ${e(code)}`}</span> ${withCode(what)}`;
}

function clustersSection(report: FleetReport): string {
  const times = phases.map((phase) => `<th class="number">${phase}, s</th>`).join("");
  const head = `<th>cluster</th><th>state</th><th>proof</th><th>agent</th><th>certificate expires</th><th>token exposed</th>${times}`;
  return `<section id="clusters"><h2>Clusters</h2>\n${table(head, worstFirst(report.clusters).map(clusterRow))}</section>`;
}

function table(head: string, rows: readonly string[]): string {
  return `<div class="scroll"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}

function clusterRow(cluster: ClusterReport): string {
  const { name, state, agentVersion = "", tokenExposureSeconds, seconds } = cluster;
  const exposure = tokenExposureSeconds === undefined ? "" : `${tokenExposureSeconds} s`;
  const times = phases.map((phase) => `<td class="number">${seconds[phase] ?? ""}</td>`).join("");
  return `<tr><td>${e(name)}</td><td class="state ${state}">${state}</td><td>${e(proofInWords(cluster))}</td><td>${e(agentVersion)}</td><td class="whole">${e(certificateInWords(cluster))}</td><td>${exposure}</td>${times}</tr>`;
}

function certificatesSection(report: FleetReport): string {
  const { certificates, leadDays } = report;
  if (certificates.length === 0) {
    return '<section id="certificates"><h2>Certificates</h2>\n<p>None known yet.</p></section>';
  }
  const head =
    '<th>kind</th><th>subject</th><th>expires</th><th class="number">days left</th><th>act by</th><th>clusters</th><th>where</th>';
  return `<section id="certificates"><h2>Certificates</h2>
<p class="faint">Gloo Mesh 1.x renews none of them. Act ${count(leadDays, "day")} before they expire, on the day that the drawing marks with a stroke.</p>
<div class="scroll">${timelineSvg(report)}</div>
${table(head, certificates.map(certificateRow))}</section>`;
}

function certificateRow(certificate: ReportedCertificate): string {
  const { kind, subject, notAfter, daysLeft, actBy, due, clusters, where } = certificate;
  const act = due ? `<td class="state due">due: ${e(actBy)}</td>` : `<td class="whole">${e(actBy)}</td>`;
  const title = ` title="${e(clusters.join(", "))}"`;
  return `<tr><td>${kind}</td><td>${e(subject)}</td><td class="whole">${e(day(notAfter))}</td><td class="number">${daysLeft}</td>${act}<td${title}>${e(someOf(clusters, 5))}</td><td>${e(where)}</td></tr>`;
}

function detailsSection(report: FleetReport): string {
  const plan = report.plan.length === 0 ? "" : `<ul>${items(report.plan)}</ul>`;
  const details = worstFirst(report.clusters).map((cluster) => clusterDetails(report, cluster));
  return `<section id="details"><h2>Plan and details</h2>\n${plan}\n${details.join("\n")}</section>`;
}

function clusterDetails(report: FleetReport, cluster: ClusterReport): string {
  const { name, state, plan, notes, changes, problems, certificateFingerprint: fingerprint } = cluster;
  const finding = findingOf(report, cluster);
  const facts = [
    ["relay server", cluster.relayServerAddress],
    ["certificate", fingerprint],
  ].flatMap(([term, text]) => (text ? [`<dt>${term}</dt><dd>${e(text)}</dd>`] : []));
  const changed = changes.map(
    ({ resource, operation, properties }) =>
      `${operation} ${resource}${properties.length === 0 ? "" : ` (${properties.join(", ")})`}`,
  );
  return [
    `<details><summary>${e(name)} <span class="state ${state}">${state}</span></summary>`,
    finding === undefined ? "" : `<p class="failed">${withCode(finding)}</p>`,
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
