import type { CauseId } from "./causes";
import type { Diagnosis } from "./diagnosis";

/** Causes on the way to the relay server. An agent logs one until it gives up, exits and restarts. */
const aboutTheRelay: ReadonlySet<CauseId> = new Set([
  "dns",
  "refused",
  "no-route",
  "no-answer",
  "connection-broken",
  "proxy-answers",
  "plaintext-mismatch",
  "unknown-authority",
  "san-mismatch",
  "server-certificate-expired",
  "server-certificate-not-yet-valid",
  "server-certificate-validity",
  "token-rejected",
  "cluster-unknown",
  "client-certificate-refused",
  "hub-not-running",
]);

/** Causes that are seen between the exit of an agent and its next message. */
const inBetween: ReadonlySet<CauseId> = new Set(["unknown", "crash", "starting"]);

/**
 * The diagnosis that counts after a further look in the same wait. A cause on the way to the relay server stays while the agent restarts. A crash
 * stays for one look, since a new pod has no exit to show yet. Other faults of the pod are over once it runs, so they never stay.
 *
 * @param before the diagnosis that the previous look found by itself
 */
export function stickyDiagnosis(earlier: Diagnosis | undefined, found: Diagnosis, before?: Diagnosis): Diagnosis {
  if (!earlier || !inBetween.has(found.id)) return found;
  const isFirstAfterCrash = before?.id === "crash" && found.id !== "crash";
  return aboutTheRelay.has(earlier.id) || isFirstAfterCrash ? earlier : found;
}
