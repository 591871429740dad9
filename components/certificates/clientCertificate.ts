import { type Secret, secretValue } from "../kubernetes/objects";
import { type Certificate, certificateOf, isCertificate } from "./certificate";
import { chainFault } from "./chain";
import { pemBlocks } from "./pem";
import { privateKeyFault } from "./privateKey";
import { certificateFacts, certificatesIn, dnsNames, isValidAt, type NamedCertificate, validityFault } from "./x509";

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

/** Go's limit for the certificates of one side. Source: crypto/tls, common.go (maxHandshakeCertificateMsg). */
const messageLimit = 262144;

/**
 * Judges the Secret that the relay agent wrote, as Go does on both sides of the relay: the agent, which loads and sends it, and the relay server,
 * which verifies it. That it exists proves nothing (it may be of an earlier registration), so every part is checked: the Secret has all three
 * keys, the private key belongs to the certificate, and the certificate names this cluster, is valid now, and chains to the root CA that was
 * copied to the remote cluster.
 */
export function judgeClientCertificate(secret: Secret | undefined, expected: Expectation): Verdict {
  if (!secret) return { accepted: false, missing: true, fault: "the Secret does not exist" };
  const reject = (fault: string): Verdict => ({ accepted: false, missing: false, fault });

  const [certificatePem, keyPem, caPem] = ["tls.crt", "tls.key", "ca.crt"].map((key) => secretValue(secret, key));
  if (!certificatePem || !keyPem || !caPem) {
    const empty = ["tls.crt", "tls.key", "ca.crt"].filter((key) => !secretValue(secret, key));
    return reject(`the Secret lacks ${empty.join(", ")}`);
  }

  const sent = pemBlocks(certificatePem).filter(({ label }) => label === "CERTIFICATE");
  if (sent.length === 0) return reject("tls.crt is not a certificate in PEM form");
  if (sent.reduce((sum, { der }) => sum + der.length + 5, 4) > messageLimit) {
    return reject(`tls.crt is too large: Go sends certificates of ${messageLimit} bytes at most`);
  }
  const [leaf, ...others] = sent.map(({ der }) => certificateOf(der));
  if (!leaf || !isCertificate(leaf)) return reject(`tls.crt is not a certificate that Go reads: ${leaf?.fault}`);
  const authorities = certificatesIn(caPem).certificates;
  if (authorities.length === 0) return reject("ca.crt is not a certificate in PEM form");

  const keyFault = privateKeyFault(keyPem, leaf);
  if (keyFault !== undefined) return reject(keyFault);

  if (!leaf.alternativeNames?.dns.includes(expected.clusterName)) {
    const names = dnsNames(leaf);
    return reject(`the certificate is for ${names.length === 0 ? "no DNS name" : names.join(", ")}`);
  }
  if (!isValidAt(leaf, expected.now, clockToleranceSeconds)) {
    return reject(`the certificate ${validityFault(leaf, expected.now)}`);
  }
  const intermediates: Certificate[] = [];
  for (const one of others) {
    if (!isCertificate(one)) return reject(`tls.crt holds a further certificate that Go does not read: ${one.fault}`);
    if (one.publicKey?.kind === "RSA" && one.publicKey.bits > 8192)
      return reject("tls.crt holds an RSA key of more than 8192 bits");
    intermediates.push(one);
  }

  const roots = expected.chainToRoot ? certificatesIn(expected.rootCertificate).certificates : authorities;
  const { now } = expected;
  const question = {
    leaf,
    intermediates,
    roots,
    usage: "client",
    now,
    toleranceSeconds: clockToleranceSeconds,
  } as const;
  const fault = chainFault(question);
  // The agent sends nothing if no certificate names one of the root CAs as its issuer.
  const isSent = [leaf, ...intermediates].some(({ issuer }) => roots.some(({ subject }) => subject.equals(issuer)));
  if (fault || !isSent) {
    const root = expected.chainToRoot ? "the relay's present root CA" : "its own ca.crt";
    if (fault?.why) return reject(`the certificate does not chain to ${root}: ${fault.why}`);
    if (!chainFault({ ...question, intermediates: [...intermediates, ...authorities] })) {
      return reject("tls.crt lacks an intermediate certificate: it is only in ca.crt, which the agent does not send");
    }
    return reject(
      expected.chainToRoot
        ? "the certificate was issued by another root CA than the relay's present one"
        : "the certificate does not chain to its own ca.crt",
    );
  }
  const issuers = [...intermediates, ...authorities].map(certificateFacts);
  return { accepted: true, facts: certificateFacts(leaf), issuers };
}
