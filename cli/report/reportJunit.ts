import { formatProblem } from "../../components/base/problems";
import { junitXml, type TestOutcome } from "../output/junit";
import { isError } from "../output/severity";
import { tenths } from "../output/shortForms";
import { type ClusterReport, type FleetReport, findingOf, phases } from "./fleetReport";

/** The report as JUnit XML: a test case for each cluster; `system-err` has the problems that belong to no single cluster. */
export function toJunit(report: FleetReport): string {
  const { project, stack, command, clusters, seconds, startedAt, problems } = report;
  const xml = junitXml({
    name: `${project} ${stack} ${command}`,
    classname: `${project}.${stack}.${command}`,
    timestamp: startedAt,
    seconds,
    cases: clusters.map((cluster) => ({
      name: cluster.name,
      seconds: tenths(phases.reduce((sum, phase) => sum + (cluster.seconds[phase] ?? 0), 0)),
      outcome: outcomeOf(report, cluster),
      output: [...cluster.plan, ...cluster.notes],
    })),
    errors: problems.map(formatProblem),
  });
  return `${xml}\n`;
}

function outcomeOf(report: FleetReport, cluster: ClusterReport): TestOutcome | undefined {
  const message = findingOf(report, cluster);
  if (message === undefined) return undefined;
  const { state, problems } = cluster;
  const error = problems.find(isError);
  return {
    kind: state === "unfinished" ? "error" : "failure",
    message,
    type: error?.code ?? (state === "proven" || state === "unchanged" ? "due" : state),
    text: problems.map(formatProblem).join("\n") || message,
  };
}
