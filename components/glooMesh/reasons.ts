/** Why a resource has work to do although no argument has changed: what the checks have seen on the clusters, by a name that never changes. */
export const reasonIds = [
  "certificate-missing",
  "certificate-not-acceptable",
  "token-left-behind",
  "release-missing",
  "release-pending",
  "release-failed",
  "release-not-recorded",
  "label-missing",
] as const;

export type ReasonId = (typeof reasonIds)[number];

export interface Reason {
  readonly id: ReasonId;
  /** One sentence without a full stop; holds no secret. */
  readonly sentence: string;
}

/** The form in which a reason is an input of a dynamic resource, and so part of Pulumi's own diff: `<id>: <sentence>`, empty for none. */
export function formatReason(reason: Reason | undefined): string {
  return reason === undefined ? "" : `${reason.id}: ${reason.sentence}`;
}

/** The id of a formatted reason; undefined for none, and for what is no reason. */
export function reasonIdOf(formatted: unknown): ReasonId | undefined {
  if (typeof formatted !== "string") return undefined;
  return reasonIds.find((id) => formatted.startsWith(`${id}: `));
}
