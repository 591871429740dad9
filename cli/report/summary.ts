import { columns } from "../output/columns";
import { type ClusterReport, type FleetReport, phases, stateCounts } from "./fleetReport";
import { judge } from "./judgement";
import type { ReportFinding } from "./reportFinding";
import {
  certificateInWords,
  changesInWords,
  detailsOf,
  headline,
  secondsInWords,
  setApartInWords,
  someNames,
  stateInWords,
  whoOf,
} from "./words";

/** The report for a terminal or a log: the verdict, what to do, and a line for each cluster with which something happens. */
export function summary(report: FleetReport): string {
  const { command, stack, seconds } = report;
  const { verdict, findings, shown, folded } = judge(report);
  const rows = columns(
    shown.map((cluster) => [cluster.name, stateInWords(cluster), factsInWords(report, cluster)] as const),
  );
  return [
    "",
    `${command} of ${stack}: ${verdict}. ${headline(report)} ${changesInWords(report)}; ${seconds} s`,
    ...findings.flatMap(findingLines),
    ...rows.map((row) => `  ${row}`),
    ...(folded.length === 0
      ? []
      : [
          `  ${stateCounts(folded)}: ${someNames(
            folded.map(({ name }) => name),
            5,
          )}`,
        ]),
  ].join("\n");
}

/** The signs of the doctor. */
const signs = { error: "×", warning: "‼" } as const;

function findingLines(finding: ReportFinding): readonly string[] {
  const { severity, code, what } = finding;
  return [
    `  ${signs[severity]} ${whoOf(finding, 3)}: ${code === undefined ? "" : `${code} `}${what}`,
    ...detailsOf(finding).map(([label, text]) => `      ${label}: ${text}`),
  ];
}

function factsInWords({ command }: FleetReport, cluster: ClusterReport): string {
  const { agentVersion, certificateLoss, setApart, state, plan } = cluster;
  if (state === "changes" && plan[0] !== undefined) return plan[0];
  const [certificate, seconds] = [certificateInWords(cluster), secondsInWords(command, cluster)];
  return [
    ...(setApart ? [setApartInWords] : []),
    ...(agentVersion === undefined ? [] : [`agent ${agentVersion}`]),
    ...(certificate === "" ? [] : [`certificate ${certificateLoss === undefined ? "until " : ""}${certificate}`]),
    ...(seconds === "" ? [] : [`${phases.join("/")} ${seconds} s`]),
  ].join(", ");
}
