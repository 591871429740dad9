import { X509Certificate } from "node:crypto";

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

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM string. The caller decides what an unreadable block means. */
export interface PemContent {
  /** The readable certificates, in their order. */
  readonly certificates: readonly X509Certificate[];
  /** Number of blocks that are not certificates or have invalid dates. */
  readonly unreadable: number;
}

/** Reads all certificates of a PEM string; never throws. */
export function certificatesIn(pem: string | Buffer | undefined): PemContent {
  const blocks = pem?.toString("utf8").match(pemCertificate) ?? [];
  const certificates = blocks.flatMap(readCertificate);
  return { certificates, unreadable: blocks.length - certificates.length };
}

function readCertificate(block: string): X509Certificate[] {
  try {
    const certificate = new X509Certificate(block);
    const hasDates = ![certificate.validFromDate, certificate.validToDate].some((date) => Number.isNaN(date.getTime()));
    return hasDates ? [certificate] : [];
  } catch {
    return [];
  }
}

/** SHA-256 fingerprints of a PEM string's certificates, in their order; none if a block is unreadable. */
export function fingerprintsOf(pem: string | Buffer | undefined): readonly string[] {
  const { certificates, unreadable } = certificatesIn(pem);
  return unreadable > 0 ? [] : certificates.map(({ fingerprint256 }) => fingerprint256);
}

export function certificateFacts(certificate: X509Certificate): NamedCertificate {
  return {
    fingerprint: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    dnsNames: dnsNames(certificate),
  };
}

export function dnsNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "")
    .split(", ")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice("DNS:".length));
}

/** Whether a certificate is valid at `now`; a start up to `toleranceSeconds` ahead counts as begun. */
export function isValidAt(certificate: X509Certificate, now: Date, toleranceSeconds = 0): boolean {
  return (
    now.getTime() + toleranceSeconds * 1000 >= certificate.validFromDate.getTime() &&
    now.getTime() <= certificate.validToDate.getTime()
  );
}

/**
 * Whether a chain of valid signatures leads from `leaf` to one of `anchors`, through any of `intermediates`. Each issuer must be a CA and valid
 * at `now`. An anchor need not be self-signed (as in Go's verifier, which the relay uses).
 */
export function chainsTo(
  leaf: X509Certificate,
  anchors: readonly X509Certificate[],
  intermediates: readonly X509Certificate[],
  now: Date,
  toleranceSeconds = 0,
): boolean {
  const seen = new Set<string>();
  const climb = (certificate: X509Certificate): boolean => {
    if (anchors.some((anchor) => issued(anchor, certificate) && isValidAt(anchor, now, toleranceSeconds))) return true;
    for (const intermediate of intermediates) {
      if (seen.has(intermediate.fingerprint256) || !isValidAt(intermediate, now, toleranceSeconds)) continue;
      if (!issued(intermediate, certificate)) continue;
      seen.add(intermediate.fingerprint256);
      if (climb(intermediate)) return true;
    }
    return false;
  };
  return climb(leaf);
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

/** A distinguished name on one line. It is undefined for a certificate without a subject, which cert-manager issues without a common name. */
function oneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ");
}
