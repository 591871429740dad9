import { type FleetReport, phases, worstFirst } from "./fleetReport";
import { problemLine } from "./problemText";
import { certificateInWords, changesInWords, day, headline, secondsInWords } from "./words";

/** The report for a terminal or a log: a line for each cluster, and below it what is wrong. */
export function summary(report: FleetReport): string {
  const width = Math.max(0, ...report.clusters.map(({ name }) => name.length));
  const lines = worstFirst(report.clusters).flatMap((cluster) => {
    const { name, state, agentVersion, certificateLoss, problems } = cluster;
    const certificate = certificateInWords(cluster);
    const facts = [
      agentVersion === undefined ? "" : `agent ${agentVersion}`,
      certificate === "" ? "" : `certificate ${certificateLoss === undefined ? "until " : ""}${certificate}`,
      secondsInWords(cluster) === "" ? "" : `${phases.join("/")} ${secondsInWords(cluster)} s`,
    ].filter((fact) => fact !== "");
    return [
      `  ${name.padEnd(width)}  ${state.padEnd(10)}  ${facts.join(", ")}`.trimEnd(),
      ...problems.map((problem) => `      ${problem.severity}: ${problemLine(problem)}`),
    ];
  });
  const due = report.certificates.filter((one) => one.due);
  return [
    "",
    `${report.command} of ${report.stack}: ${headline(report)} ${changesInWords(report)}; ${report.seconds} s`,
    ...lines,
    ...report.problems.map((problem) => `  ${problem.severity}: ${problemLine(problem)}`),
    ...due.map(
      ({ kind, subject, notAfter, actBy }) => `  due: ${kind} ${subject} ends ${day(notAfter)}, act by ${actBy}`,
    ),
  ].join("\n");
}
