import { isAuthority } from "../../certificates/certificate";
import { certificatesIn, fingerprintOf, isValidAt } from "../../certificates/x509";
import type { Finding } from "../findings/finding";

/**
 * Every run warns from this many days before the root CA expires. Linkerd's check warns 60 days before; here every agent needs the new root
 * beside the old one, cluster by cluster, before the relay server's certificate can change, and 90 days give a quarter for that.
 */
const warnDays = 90;

const day = 24 * 60 * 60 * 1000;

/**
 * Warns before the relay's root CA expires, which Gloo Mesh never renews: GMR212. In a bundle the valid certificate that expires last
 * counts. GMR204 reports a string without a valid certificate.
 */
export function checkRootCertificateEnd(pem: string, where: string, now: Date): Finding | undefined {
  const newest = certificatesIn(pem)
    .certificates.filter((one) => isAuthority(one) && isValidAt(one, now))
    .sort((a, b) => b.notAfter.getTime() - a.notAfter.getTime())[0];
  if (!newest) return undefined;
  const days = Math.floor((newest.notAfter.getTime() - now.getTime()) / day);
  if (days >= warnDays) return undefined;
  return {
    code: "GMR212",
    severity: "warning",
    what: `The relay's root CA expires on ${newest.notAfter.toISOString()}, in ${days} ${days === 1 ? "day" : "days"}`,
    where,
    cause: `SHA-256 ${fingerprintOf(newest)}; Gloo Mesh does not renew it, and no agent can connect after that`,
    next: "create a new root CA, store the old and the new one as a bundle in the management cluster's Secret, run pulumi up for every cluster, then replace the relay server's certificate",
  };
}
