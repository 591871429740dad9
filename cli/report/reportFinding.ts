import type { ReportedProblem } from "./fleetReport";

/**
 * The kinds of what someone has to know, the most urgent first: a failure, a registration that does not work, one that could not be looked at, one that the
 * run did not come to, one that differs from what the stack declares, one that will be deregistered, a certificate that is due, and any other warning.
 */
export const findingKinds = [
  "failure",
  "unhealthy",
  "unknown",
  "unfinished",
  "differs",
  "deregistration",
  "due",
  "notice",
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** What someone has to know or do, and the clusters that it is about; none for the stack. An error makes the run bad. */
export interface ReportFinding extends ReportedProblem {
  readonly kind: FindingKind;
  readonly clusters: readonly string[];
}
