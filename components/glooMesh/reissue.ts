import { fingerprintsOf } from "../certificates/x509";
import { contentChangedAt, type Secret, secretValue } from "../kubernetes/objects";

/** What the run before decided by. */
export interface EarlierTrust {
  readonly rootCertificate: string;
  /** A state from before there was this argument has none. */
  readonly reissue?: string;
}

/**
 * Why a certificate that is good is issued anew all the same; undefined when it stays.
 *
 * An agent that has a certificate trusts by the `ca.crt` beside it, not by the copied root CA (solo-io/gloo-mesh#1622): one that bootstrapped
 * before a second root was staged is cut off as soon as the relay server shows a certificate of that root. Only a *change* of the root is a
 * reason: a relay server that never puts the whole bundle into `ca.crt` would be asked in each run otherwise.
 */
export function reasonToReissue(
  earlier: EarlierTrust | undefined,
  { rootCertificate, reissue }: { readonly rootCertificate: string; readonly reissue: string },
  secret: Secret | undefined,
): string | undefined {
  if (!earlier || !secret) return undefined;
  // Taken back to nothing it asks for nothing.
  if (reissue !== "" && reissue !== (earlier.reissue ?? "")) return "clientCertificate.reissue has changed";
  const wanted = fingerprintsOf(rootCertificate);
  if (sameSet(fingerprintsOf(earlier.rootCertificate), wanted)) return undefined;
  return lackedRoots(rootCertificate, secret).length > 0
    ? "the ca.crt beside it, by which the agent trusts, lacks a root CA that the hub has now"
    : undefined;
}

/** SHA-256 fingerprints of the root CAs that the `ca.crt` beside the certificate lacks. */
export function lackedRoots(rootCertificate: string, secret: Secret): readonly string[] {
  const trusted = new Set(fingerprintsOf(secretValue(secret, "ca.crt")));
  return fingerprintsOf(rootCertificate).filter((fingerprint) => !trusted.has(fingerprint));
}

/**
 * Whether the certificate was issued for a token that was written then, by the API server's clock; `""` is never. What is in the same second
 * counts as before: an issue too many does less harm than one that is forgotten.
 */
export function isIssuedAfter(secret: Secret, tokenWrittenAt: string): boolean {
  return tokenWrittenAt !== "" && contentChangedAt(secret) > new Date(tokenWrittenAt);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((fingerprint) => other.includes(fingerprint));
}
