import { formatProblem } from "../../components/base/problems";
import { junitXml, type TestOutcome } from "../output/junit";
import { tenths } from "../output/shortForms";
import { anyName } from "./alike";
import { type ClusterReport, type FleetReport, phases } from "./fleetReport";
import { findingOn, type Judgement, judge } from "./judgement";
import { dueInWords, setApartInWords } from "./words";

/**
 * The report as JUnit XML: a test case for each cluster, the worst first; the suite's property `verdict`; `system-err` has the problems that belong to no
 * single cluster.
 */
export function toJunit(report: FleetReport): string {
  const { project, stack, command, seconds, startedAt, problems } = report;
  const judgement = judge(report);
  const xml = junitXml({
    name: `${project} ${stack} ${command}`,
    classname: `${project}.${stack}.${command}`,
    timestamp: startedAt,
    seconds,
    properties: { verdict: judgement.verdict },
    cases: [...judgement.shown, ...judgement.folded].map((cluster) => ({
      name: cluster.name,
      seconds: tenths(phases.reduce((sum, phase) => sum + (cluster.seconds[phase] ?? 0), 0)),
      outcome: outcomeOf(report, judgement, cluster),
      output: [...(cluster.setApart ? [setApartInWords] : []), ...cluster.plan, ...cluster.notes],
    })),
    errors: problems.map(formatProblem),
  });
  return `${xml}\n`;
}

function outcomeOf(report: FleetReport, { findings }: Judgement, cluster: ClusterReport): TestOutcome | undefined {
  const finding = findingOn(findings, cluster);
  if (finding === undefined) return undefined;
  const { code, kind, what } = finding;
  const due = report.certificates.filter((one) => one.due && one.clusters.includes(cluster.name));
  return {
    kind: kind === "unfinished" ? "error" : "failure",
    message: kind === "due" ? due.map((one) => dueInWords(one)).join("; ") : what.replaceAll(anyName, cluster.name),
    type: code ?? (kind === "failure" ? cluster.state : kind),
    text: cluster.problems.map(formatProblem).join("\n") || [what, ...cluster.plan].join("\n"),
  };
}
