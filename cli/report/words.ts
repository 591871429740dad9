import { count, someOf } from "../../components/base/text";
import { isError } from "../output/severity";
import { cutMiddle, day } from "../output/shortForms";
import {
  type ClusterReport,
  type FleetReport,
  isEnd,
  phases,
  type ReportedCertificate,
  stateCount,
  stateCounts,
} from "./fleetReport";
import type { ReportFinding } from "./reportFinding";

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

/** The longest name of a cluster in a list of several. */
const longestName = 40;

/** The clusters that a finding is about: their number if they are many, and the first of them. */
export function whoOf({ clusters }: ReportFinding, most: number): string {
  if (clusters.length === 0) return "the stack";
  const names = someNames(clusters, most);
  return clusters.length > most ? `${count(clusters.length, "cluster")} (${names})` : names;
}

/** The state of a cluster, in words that say what becomes of it. */
export function stateInWords({ state }: Pick<ClusterReport, "state">): string {
  return isEnd(state) ? stateCount(state) : state;
}

/** Lists the first names, with long ones cut in their middle. */
export function someNames(names: readonly string[], most: number): string {
  return someOf(names.length === 1 ? names : names.map((name) => cutMiddle(name, longestName)), most);
}

/** What a cluster was set apart for, behind its state. */
export const setApartInWords = "set apart: neither refreshed nor planned";

/** The seconds of the four phases, with a dash for a phase with nothing to do; a run that writes nothing has no phases. */
export function secondsInWords(command: FleetReport["command"], { seconds }: ClusterReport): string {
  if (command !== "apply" || phases.every((phase) => seconds[phase] === undefined)) return "";
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

/** The day on which a certificate expires, and on which an earlier run saw it if this one could not. */
export function expiryInWords(certificate: ReportedCertificate): string {
  return [day(certificate.notAfter), ...memoryOf(certificate)].join(", ");
}

function memoryOf({ remembered, seenAt }: ReportedCertificate): readonly string[] {
  if (seenAt !== undefined) return [`seen ${day(seenAt)}`];
  return remembered ? ["seen by an earlier run"] : [];
}

/** When a certificate expires, and when to act; by default it is named by its kind. */
export function dueInWords(certificate: ReportedCertificate, name = `${certificate.kind} certificate`): string {
  const { notAfter, daysLeft, actBy } = certificate;
  const end =
    daysLeft < 0 ? `expired on ${day(notAfter)}` : `expires on ${day(notAfter)}, in ${count(daysLeft, "day")}`;
  const seen = memoryOf(certificate)
    .map((words) => ` (${words})`)
    .join("");
  return `${name} ${end}, act by ${actBy}${seen}`;
}

/** The details of a problem with their labels. */
export function detailsOf({
  where,
  cause,
  next,
}: Pick<ReportFinding, "where" | "cause" | "next">): (readonly [label: string, text: string])[] {
  const all = Object.entries({ where, "likely cause": cause, next });
  return all.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]));
}
