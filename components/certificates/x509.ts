import { createHash, X509Certificate } from "node:crypto";
import { cleanLine } from "../base/foreignText";
import { type Certificate, certificateOf, isCertificate } from "./certificate";
import { pemBlocks } from "./pem";

/** The public facts of a certificate. */
export interface CertificateFacts {
  /** SHA-256 of the DER form, upper-case hex with colons, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  /** Serial number, upper-case hex. */
  readonly serialNumber: string;
  /** Distinguished name of the issuer, on one line. */
  readonly issuer: string;
  /** Start of the validity, ISO 8601 in UTC. */
  readonly notBefore: string;
  /** End of the validity, ISO 8601 in UTC. Gloo Mesh 1.x does not renew a client certificate; `clientCertificate.reissue` does. */
  readonly notAfter: string;
  /** DNS names of the subject alternative name; relay takes the identity from these, never from the common name. */
  readonly dnsNames: readonly string[];
}

/** The public facts of a certificate, with the distinguished name of its holder. */
export interface NamedCertificate extends CertificateFacts {
  readonly subject: string;
}

/** The certificates of a PEM string. The caller decides what an unreadable block means. */
export interface PemContent {
  /** The readable certificates, in their order. */
  readonly certificates: readonly Certificate[];
  /** Number of blocks that are not certificates or have invalid dates. */
  readonly unreadable: number;
}

/** Reads all certificates of a PEM string as Go reads a bundle, which skips what it does not understand; never throws. */
export function certificatesIn(pem: string | Buffer | undefined): PemContent {
  const blocks = pemBlocks(pem ?? "").filter(({ label, hasHeaders }) => label === "CERTIFICATE" && !hasHeaders);
  const certificates = blocks.map(({ der }) => certificateOf(der)).filter(isCertificate);
  return { certificates, unreadable: blocks.length - certificates.length };
}

/** SHA-256 fingerprints of a PEM string's certificates, in their order. */
export function fingerprintsOf(pem: string | Buffer | undefined): readonly string[] {
  return certificatesIn(pem).certificates.map(fingerprintOf);
}

/** SHA-256 of the DER form, as in CertificateFacts. */
export function fingerprintOf({ der }: Certificate): string {
  return createHash("sha256")
    .update(der)
    .digest("hex")
    .toUpperCase()
    .replace(/..(?=.)/g, "$&:");
}

/** PEM of a certificate alone. */
export function pemOf({ der }: Certificate): string {
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

export function certificateFacts(certificate: Certificate): NamedCertificate {
  const { notBefore, notAfter } = certificate;
  return {
    fingerprint: fingerprintOf(certificate),
    serialNumber: serialNumberOf(certificate),
    ...namesOf(certificate),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    dnsNames: dnsNames(certificate),
  };
}

/** In hexadecimal, with an even number of digits. */
function serialNumberOf({ serialNumber }: Certificate): string {
  const digits = serialNumber.toString(16).toUpperCase();
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

/** The distinguished names, each on one clean line; empty for none, as cert-manager issues without a common name, and where OpenSSL reads less than Go. */
function namesOf({ der }: Certificate): { readonly subject: string; readonly issuer: string } {
  const oneLine = (name: string | undefined) => cleanLine((name ?? "").split("\n").join(", "));
  try {
    const { subject, issuer } = new X509Certificate(der);
    return { subject: oneLine(subject), issuer: oneLine(issuer) };
  } catch {
    return { subject: "", issuer: "" };
  }
}

/** The DNS names of the subject alternative name, with a question mark for each character that no name has. */
export function dnsNames({ alternativeNames }: Certificate): string[] {
  return (alternativeNames?.dns ?? []).map((name) => name.replace(/[^!-~]/g, "?"));
}

/** How messages name a certificate. */
export function nameOf(certificate: Certificate): string {
  const name = namesOf(certificate).subject || dnsNames(certificate)[0];
  return (name || `the certificate with the serial number ${serialNumberOf(certificate)}`).slice(0, 100);
}

/** Whether a certificate is valid at `now`; a start up to `toleranceSeconds` ahead counts as begun. */
export function isValidAt({ notBefore, notAfter }: Certificate, now: Date, toleranceSeconds = 0): boolean {
  return now.getTime() + toleranceSeconds * 1000 >= notBefore.getTime() && now.getTime() <= notAfter.getTime();
}

/** Why a certificate is not valid at `now`, for a sentence that begins with its name. */
export function validityFault({ notBefore, notAfter }: Certificate, now: Date): string {
  return now.getTime() > notAfter.getTime()
    ? `expired on ${notAfter.toISOString()}`
    : `is valid only from ${notBefore.toISOString()} on`;
}
