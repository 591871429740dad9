import { fingerprintsOf } from "../certificates/x509";
import { contentChangedAt, type Secret, secretValue } from "../kubernetes/objects";

/** The inputs by which the previous run decided. */
export interface EarlierTrust {
  readonly rootCertificate: string;
  /** Missing in a state from before this argument existed. */
  readonly reissue?: string;
}

/**
 * Why a good certificate must be reissued; undefined if it need not be.
 *
 * An agent that has a certificate trusts by the `ca.crt` beside it, not by the copied root CA (solo-io/gloo-mesh#1622): one that bootstrapped
 * before a second root was staged is cut off as soon as the relay server shows a certificate of that root. Only a *change* of the root is a
 * reason: otherwise, if the relay server never puts the whole bundle into `ca.crt`, every run would reissue the certificate.
 */
export function reasonToReissue(
  earlier: EarlierTrust | undefined,
  { rootCertificate, reissue }: { readonly rootCertificate: string; readonly reissue: string },
  secret: Secret | undefined,
): string | undefined {
  if (!earlier || !secret) return undefined;
  // A removed argument requests nothing.
  if (reissue !== "" && reissue !== (earlier.reissue ?? "")) return "clientCertificate.reissue has changed";
  const lacked = lackedRoots(
    fingerprintsOf(earlier.rootCertificate),
    fingerprintsOf(rootCertificate),
    fingerprintsOf(secretValue(secret, "ca.crt")),
  );
  return lacked.length === 0
    ? undefined
    : "the ca.crt beside it, which the agent trusts, lacks a root CA of the management cluster";
}

/**
 * The fingerprints of root CAs that an agent needs after a change of the root CA and does not trust. None without a change, and another order of the
 * same ones is none.
 */
export function lackedRoots(
  before: readonly string[],
  after: readonly string[],
  trusted: readonly string[],
): readonly string[] {
  return sameSet(before, after) ? [] : after.filter((fingerprint) => !trusted.includes(fingerprint));
}

/**
 * Whether the certificate was issued after the token was written, by the API server's clock; false for `""`. False within the same second: to
 * reissue once too often does less harm than to miss it.
 */
export function isIssuedAfter(secret: Secret, tokenWrittenAt: string): boolean {
  return tokenWrittenAt !== "" && contentChangedAt(secret) > new Date(tokenWrittenAt);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((fingerprint) => other.includes(fingerprint));
}
