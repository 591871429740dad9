import { certificatesIn, isValidAt } from "../../certificates/x509";
import type { Finding } from "../findings/finding";

/**
 * Days before the end of the root CA from which on every run says so. Linkerd's check says it 60 days before; here every agent needs the new
 * root beside the old one before the relay server changes over, cluster by cluster, and 90 days leave a quarter for that.
 */
const warnDays = 90;

const day = 24 * 60 * 60 * 1000;

/**
 * Says when the relay's root CA comes to its end: GMR212, a warning. Gloo Mesh 1.x never renews it. Of a bundle the certificate counts
 * that lasts longest among the valid ones. A text without a valid certificate is GMR204's business.
 */
export function checkRootCertificateEnd(pem: string, where: string, now: Date): Finding[] {
  const newest = certificatesIn(pem)
    .certificates.filter((certificate) => certificate.ca && isValidAt(certificate, now))
    .sort((a, b) => b.validToDate.getTime() - a.validToDate.getTime())[0];
  if (!newest) return [];
  const days = Math.floor((newest.validToDate.getTime() - now.getTime()) / day);
  if (days >= warnDays) return [];
  return [
    {
      code: "GMR212",
      severity: "warning",
      what: `The relay's root CA ends on ${newest.validToDate.toISOString()}, in ${days} ${days === 1 ? "day" : "days"}`,
      where,
      cause: `SHA-256 ${newest.fingerprint256}; Gloo Mesh 1.x does not renew it, and from then on no agent connects`,
      next: "make a new root CA, put old and new one into the hub's Secret as a bundle, run pulumi up for every cluster, then change the relay server's certificate",
    },
  ];
}
