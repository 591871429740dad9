import { escapeXml } from "../output/xml";
import { type ClusterReport, type FleetReport, findingOf, phases } from "./fleetReport";
import { problemLine } from "./problemText";

/** One testcase per cluster, as the test reports of GitLab, Jenkins and others read it. Problems of no single cluster stand in `system-err`. */
export function toJunit(report: FleetReport): string {
  const { project, stack, command, clusters, seconds, startedAt, problems } = report;
  const cases = clusters.map((cluster) => testcase(report, cluster));
  const failed = clusters.filter((cluster) => isFailure(report, cluster)).length;
  const errors = clusters.filter(({ state }) => state === "unfinished").length;
  const counts = attributes({ tests: clusters.length, failures: failed, errors, time: seconds });
  const suite = attributes({ name: `${project} ${stack} ${command}`, timestamp: startedAt });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${counts}>`,
    `  <testsuite${suite}${counts}>`,
    ...cases,
    ...(problems.length === 0
      ? []
      : [`    <system-err>${escapeXml(problems.map(problemLine).join("\n"))}</system-err>`]),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testcase(report: FleetReport, cluster: ClusterReport): string {
  const { command, project, stack } = report;
  const time = phases.reduce((sum, phase) => sum + (cluster.seconds[phase] ?? 0), 0);
  const named = attributes({ classname: `${project}.${stack}.${command}`, name: cluster.name, time: round(time) });
  const inside = [...findingElement(report, cluster), ...told(cluster)];
  if (inside.length === 0) return `    <testcase${named}/>`;
  return [`    <testcase${named}>`, ...inside.map((line) => `      ${line}`), "    </testcase>"].join("\n");
}

function findingElement(report: FleetReport, cluster: ClusterReport): string[] {
  const finding = findingOf(report, cluster);
  if (finding === undefined) return [];
  const error = cluster.problems.find(({ severity }) => severity === "error");
  const element = cluster.state === "unfinished" ? "error" : "failure";
  const type = error?.code ?? (cluster.state === "proven" || cluster.state === "unchanged" ? "due" : cluster.state);
  const text = cluster.problems.map(problemLine).join("\n") || finding;
  return [`<${element}${attributes({ type, message: finding })}>${escapeXml(text)}</${element}>`];
}

function told({ plan, notes }: ClusterReport): string[] {
  const lines = [...plan, ...notes];
  return lines.length === 0 ? [] : [`<system-out>${escapeXml(lines.join("\n"))}</system-out>`];
}

function isFailure(report: FleetReport, cluster: ClusterReport): boolean {
  return cluster.state !== "unfinished" && findingOf(report, cluster) !== undefined;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replace(/\s+/g, " ")}"`)
    .join("");
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
