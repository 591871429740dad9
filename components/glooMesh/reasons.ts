/** The reasons for which a resource has work to do although no argument has changed, by names that never change. The checks find them on the clusters. */
export const reasonIds = [
  "release-taken-over",
  "objects-taken-over",
  "certificate-missing",
  "certificate-not-acceptable",
  "token-left-behind",
  "release-missing",
  "release-pending",
  "release-failed",
  "release-not-recorded",
  "release-uninstalled",
  "label-missing",
  "release-edited",
  "agent-scaled-to-zero",
] as const;

export type ReasonId = (typeof reasonIds)[number];

export interface Reason {
  readonly id: ReasonId;
  /** One sentence without a full stop; holds no secret. */
  readonly sentence: string;
}

/** Whether what exists on the clusters is to be taken over first. */
export function isTakeOver(formatted: unknown): boolean {
  const id = reasonIdOf(formatted);
  return id === "release-taken-over" || id === "objects-taken-over";
}

/** Formats a reason as an input of a dynamic resource, which Pulumi's own diff shows: `<id>: <sentence>`, empty for none. */
export function formatReason(reason: Reason | undefined): string {
  return reason === undefined ? "" : `${reason.id}: ${reason.sentence}`;
}

/** The sentence of a formatted reason. */
export function sentenceOf(formatted: string): string {
  return formatted.slice(formatted.indexOf(": ") + 2);
}

/** The id of a formatted reason; undefined for any other value. */
export function reasonIdOf(formatted: unknown): ReasonId | undefined {
  if (typeof formatted !== "string") return undefined;
  return reasonIds.find((id) => formatted.startsWith(`${id}: `));
}
