/** Why a registration needs work, as an input of its resources: programs read the id, people the sentence. */
export const reasonIds = [
  "certificate-missing",
  "certificate-not-acceptable",
  "certificate-expired",
  "token-left-behind",
  "release-missing",
  "release-not-proven",
  "release-pending",
  "release-failed",
  "release-not-recorded",
  "label-missing",
] as const;
export type ReasonId = (typeof reasonIds)[number];

/** `<id>: <sentence>`. */
export function formatReason(id: ReasonId, sentence: string): string {
  return `${id}: ${sentence}`;
}

/** The id of a reason; undefined for an empty one, and for one that another version wrote. */
export function reasonIdOf(reason: string): ReasonId | undefined {
  return reasonIds.find((id) => reason.startsWith(`${id}: `));
}
