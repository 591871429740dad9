import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { type Secret, secretValue } from "../kubernetes/objects";
import { certificateFacts, certificatesIn, chainsTo, dnsNames, isValidAt, type NamedCertificate } from "./x509";

/** What a client certificate must fulfil to be accepted. */
export interface Expectation {
  readonly clusterName: string;
  /** PEM of the root CA that was copied from the management cluster; may be a bundle. */
  readonly rootCertificate: string;
  /** False for a PKI whose client certificates come from another root CA than the relay server's. */
  readonly chainToRoot: boolean;
  readonly now: Date;
}

export type Verdict =
  | {
      readonly accepted: true;
      readonly facts: NamedCertificate;
      /** The other certificates of the Secret: those that follow in `tls.crt`, and `ca.crt`. */
      readonly issuers: readonly NamedCertificate[];
    }
  | { readonly accepted: false; readonly missing: boolean; readonly fault: string };

/** Tolerated difference between the clock of the management cluster, which issues the certificate, and this machine's. */
export const clockToleranceSeconds = 300;

/**
 * Judges the Secret that the relay agent wrote. That it exists proves nothing (it may be of an earlier registration), so every part is checked:
 * the Secret has all three keys, the private key belongs to the certificate, and the certificate names this cluster, is valid now, and chains to
 * its own `ca.crt` and to the root CA that was copied to the remote cluster.
 */
export function judgeClientCertificate(secret: Secret | undefined, expected: Expectation): Verdict {
  if (!secret) return { accepted: false, missing: true, fault: "the Secret does not exist" };
  const reject = (fault: string): Verdict => ({ accepted: false, missing: false, fault });

  const [certificatePem, keyPem, caPem] = ["tls.crt", "tls.key", "ca.crt"].map((key) => secretValue(secret, key));
  if (!certificatePem || !keyPem || !caPem) {
    const empty = ["tls.crt", "tls.key", "ca.crt"].filter((key) => !secretValue(secret, key));
    return reject(`the Secret lacks ${empty.join(", ")}`);
  }

  const chain = certificatesUnlessBroken(certificatePem);
  const authorities = certificatesUnlessBroken(caPem);
  const [leaf] = chain;
  if (!leaf) return reject("tls.crt is not a certificate in PEM form");
  if (authorities.length === 0) return reject("ca.crt is not a certificate in PEM form");

  const key = privateKeyOf(keyPem);
  if (!key) return reject("tls.key is not a private key in PEM form");
  if (!leaf.checkPrivateKey(key)) return reject("tls.key does not belong to tls.crt");

  const names = dnsNames(leaf);
  if (!names.includes(expected.clusterName)) {
    return reject(`the certificate is for ${names.length === 0 ? "no DNS name" : names.join(", ")}`);
  }
  if (!isValidAt(leaf, expected.now, clockToleranceSeconds)) return reject(validityFault(leaf, expected.now));

  if (!chainsTo(leaf, authorities, chain.slice(1), expected.now, clockToleranceSeconds)) {
    return reject("the certificate does not chain to its own ca.crt");
  }
  if (expected.chainToRoot) {
    const roots = certificatesUnlessBroken(expected.rootCertificate);
    const between = [...chain.slice(1), ...authorities];
    if (!chainsTo(leaf, roots, between, expected.now, clockToleranceSeconds)) {
      return reject("the certificate was issued by another root CA than the relay's present one");
    }
  }
  const issuers = [...chain.slice(1), ...authorities].map(certificateFacts);
  return { accepted: true, facts: certificateFacts(leaf), issuers };
}

function validityFault(leaf: X509Certificate, now: Date): string {
  return now.getTime() > leaf.validToDate.getTime()
    ? `the certificate expired on ${leaf.validToDate.toISOString()}`
    : `the certificate is valid only from ${leaf.validFromDate.toISOString()} on`;
}

/** The certificates of a PEM string; none if a block is unreadable, because it is unknown how the agent treats the rest. */
function certificatesUnlessBroken(pem: Buffer | string): readonly X509Certificate[] {
  const { certificates, unreadable } = certificatesIn(pem);
  return unreadable > 0 ? [] : certificates;
}

function privateKeyOf(pem: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
