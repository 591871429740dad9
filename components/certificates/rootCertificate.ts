import { isAuthority } from "./certificate";
import { certificatesIn, fingerprintOf, isValidAt } from "./x509";

/**
 * Checks the relay's root CA before it is copied: PEM with one or several certificates (a bundle occurs during a rollover), of which at least one
 * is a CA and valid. Like Go, it skips what stands beside that. Returns the fault, or undefined.
 */
export function rootCertificateFault(pem: string, now: Date): string | undefined {
  const { certificates, unreadable } = certificatesIn(pem);
  const [first] = certificates;
  if (!first) {
    return unreadable > 0 ? "it holds a block that is not an X.509 certificate" : "it holds no certificate in PEM form";
  }
  const authorities = certificates.filter(isAuthority);
  if (authorities.length === 0) return `the certificate ${fingerprintOf(first).slice(0, 23)}… in it is not a CA`;
  if (!authorities.some((certificate) => isValidAt(certificate, now, 300))) {
    const latest = Math.max(...authorities.map(({ notAfter }) => notAfter.getTime()));
    return latest < now.getTime()
      ? `it expired on ${new Date(latest).toISOString()}`
      : "it is not valid yet by the clock of this machine";
  }
  return undefined;
}
