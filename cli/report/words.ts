import { count } from "../../components/base/text";
import { isError } from "../output/severity";
import { day } from "../output/shortForms";
import { type ClusterReport, type FleetReport, phases, type ReportedProblem, stateCounts } from "./fleetReport";

/** The run in one sentence: how many clusters are in each state. */
export function headline({ clusters, problems, certificates }: FleetReport): string {
  const errors = problems.filter(isError).length;
  const states =
    clusters.length === 0 ? "No cluster" : `${count(clusters.length, "cluster")}: ${stateCounts(clusters)}`;
  const due = certificates.filter((one) => one.due).length;
  const parts = [
    states,
    ...(errors === 0 ? [] : [`${count(errors, "problem")} of the stack`]),
    ...(due === 0 ? [] : [`${count(due, "certificate")} due`]),
  ];
  return `${parts.join("; ")}.`;
}

/** The changes of the engine, such as `resources: 12 create, 3 update`. */
export function changesInWords({ resourceChanges }: FleetReport): string {
  const changes = Object.entries(resourceChanges).filter(([operation, number]) => operation !== "same" && number > 0);
  if (changes.length === 0) return "no resource changes";
  return `resources: ${changes.map(([operation, number]) => `${number} ${operation}`).join(", ")}`;
}

/** The seconds of the four phases, with a dash for a phase with nothing to do. */
export function secondsInWords({ seconds }: ClusterReport): string {
  if (phases.every((phase) => seconds[phase] === undefined)) return "";
  return phases.map((phase) => seconds[phase] ?? "–").join(" / ");
}

/** Level of the proof, or why there is none. */
export function proofInWords({ state, proof, certificateLoss }: ClusterReport): string {
  if (proof !== undefined) return proof;
  if (state === "failed" || certificateLoss !== undefined) return "none";
  return state === "changes" || state === "unfinished" ? "not yet" : "";
}

/** The day on which the client certificate expires, or why it no longer holds. */
export function certificateInWords({ certificateNotAfter, certificateLoss }: ClusterReport): string {
  return certificateLoss ?? day(certificateNotAfter);
}

/** The details of a problem with their labels. */
export function detailsOf({ where, cause, next }: ReportedProblem): (readonly [label: string, text: string])[] {
  const all = Object.entries({ where, "likely cause": cause, next });
  return all.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]));
}
