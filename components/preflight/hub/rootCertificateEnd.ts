import { certificatesIn, isValidAt } from "../../certificates/x509";
import type { Finding } from "../findings/finding";

/**
 * Every run warns from this many days before the root CA expires. Linkerd's check warns 60 days before; here every agent needs the new root
 * beside the old one, cluster by cluster, before the relay server's certificate can change, and 90 days give a quarter for that.
 */
const warnDays = 90;

const day = 24 * 60 * 60 * 1000;

/**
 * Warns before the relay's root CA expires, which Gloo Mesh 1.x never renews: GMR212. In a bundle the valid certificate that expires last
 * counts. GMR204 reports a string without a valid certificate.
 */
export function checkRootCertificateEnd(pem: string, where: string, now: Date): Finding | undefined {
  const newest = certificatesIn(pem)
    .certificates.filter((certificate) => certificate.ca && isValidAt(certificate, now))
    .sort((a, b) => b.validToDate.getTime() - a.validToDate.getTime())[0];
  if (!newest) return undefined;
  const days = Math.floor((newest.validToDate.getTime() - now.getTime()) / day);
  if (days >= warnDays) return undefined;
  return {
    code: "GMR212",
    severity: "warning",
    what: `The relay's root CA expires on ${newest.validToDate.toISOString()}, in ${days} ${days === 1 ? "day" : "days"}`,
    where,
    cause: `SHA-256 ${newest.fingerprint256}; Gloo Mesh 1.x does not renew it, and no agent can connect after that`,
    next: "create a new root CA, store the old and the new one as a bundle in the management cluster's Secret, run pulumi up for every cluster, then replace the relay server's certificate",
  };
}
