import { fingerprintsOf } from "../certificates/x509";
import type { CurrentState } from "./currentState";
import type { DesiredState } from "./desiredState";
import { compareFingerprints } from "./fingerprints";
import { changed, created, known, type PlanLine, removed } from "./planMessage";

/** Lists the changes of the copied root CA, and of a client certificate that depends on it. `token`: how the agent gets a new certificate. */
export function rootChanges(desired: DesiredState, current: CurrentState, token: string): readonly PlanLine[] {
  const { rootFingerprints: before, certificate } = current;
  if (before === undefined) return newRoot(desired, current);
  if (desired.rootCertificate === "") return [removed("root CA on the remote cluster")];
  const after = fingerprintsOf(desired.rootCertificate);
  if (before.join() === after.join()) return [];
  const [from, to] = compareFingerprints(before, after);
  const change = changed(`root CA ${from} → ${to}; the agent restarts once`);
  if (desired.certificate !== "issued" || !certificate.verdict.accepted) return [change];
  const beside = "the ca.crt beside it, which the agent trusts,";
  const [lacked] = compareFingerprints(lackedBeside(desired, current), after);
  return isReissued(desired, current)
    ? [change, changed(`client certificate: reissued, ${token}, because ${beside} lacks ${lacked}`)]
    : [change, known(`client certificate: kept, because ${beside} contains the new root CA already`)];
}

function newRoot({ rootCertificate }: DesiredState, { release }: CurrentState): readonly PlanLine[] {
  if (rootCertificate === "" || release?.usesRootSecret !== false) return [];
  const [, root] = compareFingerprints([], fingerprintsOf(rootCertificate));
  return [created(`root CA ${root} on the remote cluster`)];
}

/** True if a good certificate is reissued, since the agent would not trust the changed root CA. */
export function isReissued(desired: DesiredState, current: CurrentState): boolean {
  const { rootFingerprints: before, certificate } = current;
  if (desired.certificate !== "issued" || before === undefined || !certificate.verdict.accepted) return false;
  return before.join() !== fingerprintsOf(desired.rootCertificate).join() && lackedBeside(desired, current).length > 0;
}

function lackedBeside(
  { rootCertificate }: DesiredState,
  { certificate: { authorities } }: CurrentState,
): readonly string[] {
  return fingerprintsOf(rootCertificate).filter((fingerprint) => !authorities.includes(fingerprint));
}
