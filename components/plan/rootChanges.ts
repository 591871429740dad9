import { shortFingerprints } from "../certificates/shortFingerprints";
import { fingerprintsOf } from "../certificates/x509";
import { lackedRoots } from "../glooMesh/reissue";
import type { CurrentState } from "./currentState";
import type { DesiredState } from "./desiredState";
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
  const lacked = lackedOnChange(desired, current);
  if (lacked.length > 0) {
    const [roots] = compareFingerprints(lacked, after);
    return [change, changed(`client certificate: reissued, ${token}, because ${beside} lacks ${roots}`)];
  }
  const contains = after.every((fingerprint) => certificate.authorities.includes(fingerprint));
  const why = contains ? `${beside} contains the new root CA already` : "the root CAs are the same in another order";
  return [change, known(`client certificate: kept, because ${why}`)];
}

function newRoot(desired: DesiredState, { release }: CurrentState): readonly PlanLine[] {
  if (desired.rootCertificate === "" || release?.usesRootSecret !== false) return [];
  return [created(`root CA ${describeRoot(desired)} on the remote cluster`)];
}

/** The fingerprints of the root CA that is copied. */
export function describeRoot({ rootCertificate }: Pick<DesiredState, "rootCertificate">): string {
  return compareFingerprints([], fingerprintsOf(rootCertificate))[1];
}

/** True if a good certificate is reissued, since the agent would not trust the changed root CA. */
export function isReissued(desired: DesiredState, current: CurrentState): boolean {
  return (
    desired.certificate === "issued" &&
    current.certificate.verdict.accepted &&
    lackedOnChange(desired, current).length > 0
  );
}

function lackedOnChange(
  { rootCertificate }: DesiredState,
  { rootFingerprints, certificate }: CurrentState,
): readonly string[] {
  if (rootFingerprints === undefined) return [];
  return lackedRoots(rootFingerprints, fingerprintsOf(rootCertificate), certificate.authorities);
}

/**
 * Describes two sets of certificates by the first 8 bytes of their fingerprints, or by as many as make them differ. A bundle reads `A + B`.
 */
export function compareFingerprints(before: readonly string[], after: readonly string[]): readonly [string, string] {
  const shorten = shortFingerprints([...before, ...after], 8);
  const describe = (fingerprints: readonly string[]) =>
    fingerprints.length === 0 ? "(no certificate)" : fingerprints.map(shorten).join(" + ");
  return [describe(before), describe(after)];
}
