import type { CauseId } from "./causes";
import type { Diagnosis } from "./diagnosis";

/** What an agent says of its way to the relay server. It says so until it gives up, ends and is started again. */
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

/** What a look finds that comes between the end of an agent and its next words. */
const inBetween: ReadonlySet<CauseId> = new Set(["unknown", "crash", "starting"]);

/**
 * The diagnosis that counts after a further look of the same wait: a look in between takes nothing back that the agent has said of the relay
 * server. A crash stays for one such look, since the pod that comes after a restart has no past. Other trouble with the pod itself is over when the
 * pod is seen to run, so that is never kept.
 *
 * @param before what the look before this one found
 */
export function stickyDiagnosis(earlier: Diagnosis | undefined, found: Diagnosis, before?: Diagnosis): Diagnosis {
  if (!earlier || !inBetween.has(found.id)) return found;
  const isFirstAfterCrash = before?.id === "crash" && found.id !== "crash";
  return aboutTheRelay.has(earlier.id) || isFirstAfterCrash ? earlier : found;
}
