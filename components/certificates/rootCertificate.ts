import { certificatesIn, isValidAt } from "./x509";

/**
 * Checks the relay's root CA before it is copied: it must be one or several CA certificates in PEM (a bundle occurs during a rollover), at
 * least one of them valid. Returns the fault, or undefined.
 */
export function rootCertificateFault(pem: string, now: Date): string | undefined {
  const { certificates, unreadable } = certificatesIn(pem);
  if (unreadable > 0) return "it holds a block that is not an X.509 certificate";
  if (certificates.length === 0) return "it holds no certificate in PEM form";
  const leaf = certificates.find((certificate) => !certificate.ca);
  if (leaf) return `the certificate ${leaf.fingerprint256.slice(0, 23)}… in it is not a CA`;
  if (!certificates.some((certificate) => isValidAt(certificate, now, 300))) {
    const latest = certificates.map((one) => one.validToDate.getTime()).sort((a, b) => b - a)[0] ?? 0;
    return latest < now.getTime()
      ? `it expired on ${new Date(latest).toISOString()}`
      : "it is not valid yet by the clock of this machine";
  }
  return undefined;
}
