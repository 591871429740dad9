import { formatProblem } from "../../components/base/problems";
import { columns } from "../output/columns";
import { day } from "../output/shortForms";
import { type ClusterReport, type FleetReport, phases, type ReportedProblem, worstFirst } from "./fleetReport";
import { certificateInWords, changesInWords, headline, secondsInWords } from "./words";

/** The report for a terminal or a log: a line for each cluster, with its problems below. */
export function summary(report: FleetReport): string {
  const clusters = worstFirst(report.clusters);
  const rows = columns(clusters.map((cluster) => [cluster.name, cluster.state, factsInWords(cluster)]));
  const due = report.certificates.filter((one) => one.due);
  return [
    "",
    `${report.command} of ${report.stack}: ${headline(report)} ${changesInWords(report)}; ${report.seconds} s`,
    ...clusters.flatMap(({ problems }, index) => [
      `  ${rows[index]}`,
      ...problems.map((problem) => `      ${problemLine(problem)}`),
    ]),
    ...report.problems.map((problem) => `  ${problemLine(problem)}`),
    ...due.map(
      ({ kind, subject, notAfter, actBy }) => `  due: ${kind} ${subject} expires ${day(notAfter)}, act by ${actBy}`,
    ),
  ].join("\n");
}

function factsInWords(cluster: ClusterReport): string {
  const { agentVersion, certificateLoss } = cluster;
  const [certificate, seconds] = [certificateInWords(cluster), secondsInWords(cluster)];
  return [
    ...(agentVersion === undefined ? [] : [`agent ${agentVersion}`]),
    ...(certificate === "" ? [] : [`certificate ${certificateLoss === undefined ? "until " : ""}${certificate}`]),
    ...(seconds === "" ? [] : [`${phases.join("/")} ${seconds} s`]),
  ].join(", ");
}

function problemLine(problem: ReportedProblem): string {
  return `${problem.severity}: ${formatProblem(problem)}`;
}
