import type { CertificateExpiry } from "./expiry";
import { shortFingerprints } from "./shortFingerprints";

/**
 * How a table names each certificate: by its subject, and by the first bytes of its fingerprint where another certificate of the table has the same
 * subject, as the old and the new root CA do while a root CA is replaced.
 */
export function subjectsApart<C extends Pick<CertificateExpiry, "kind" | "subject" | "fingerprint">>(
  certificates: readonly C[],
): (certificate: C) => string {
  return ({ kind, subject, fingerprint }) => {
    const alike = certificates.filter((one) => one.kind === kind && one.subject === subject);
    const fingerprints = alike.map((one) => one.fingerprint);
    if (new Set(fingerprints).size < 2) return subject;
    return `${subject} (${shortFingerprints(fingerprints, 4)(fingerprint)})`;
  };
}
