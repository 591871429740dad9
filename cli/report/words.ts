import { count } from "../../components/base/text";
import { day } from "../output/shortForms";
import { type ClusterReport, type FleetReport, phases, stateCounts } from "./fleetReport";

/** The run in one sentence: how many clusters, and how they are. */
export function headline({ clusters, problems, certificates }: FleetReport): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
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

/** What the engine changes, such as `12 create, 3 update`. */
export function changesInWords({ resourceChanges }: FleetReport): string {
  const changes = Object.entries(resourceChanges).filter(([operation, number]) => operation !== "same" && number > 0);
  if (changes.length === 0) return "no resource changes";
  return `resources: ${changes.map(([operation, number]) => `${number} ${operation}`).join(", ")}`;
}

/** The seconds of the four phases, a dash for one with nothing to do. */
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

/** The day on which the client certificate ends, or that it does not hold. */
export function certificateInWords({ certificateNotAfter, certificateLoss }: ClusterReport): string {
  return certificateLoss ?? day(certificateNotAfter);
}
