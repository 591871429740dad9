import { enumerate } from "../../base/text";
import { isAuthority } from "../../certificates/certificate";
import { clockToleranceSeconds, judgeClientCertificate } from "../../certificates/clientCertificate";
import { shortFingerprints } from "../../certificates/shortFingerprints";
import { certificatesIn, fingerprintOf, fingerprintsOf, isValidAt, pemOf } from "../../certificates/x509";
import { expectationOf } from "../../glooMesh/liveCertificate";
import { lackedRoots } from "../../glooMesh/reissue";
import { secretValue } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";
import type { RemoteObjects } from "./remoteObjects";

/**
 * Warns while the root CA is replaced in stages: GMR320. The management cluster has a new root CA beside the old one, and a good client certificate
 * that this run keeps would not work under the new one alone: its agent is cut off in the next stage, or in the last one.
 */
export function checkStagedRoot(
  { where, root, certificate }: Pick<RemoteObjects, "where" | "root" | "certificate">,
  { settings, modes, generation }: Pick<PreflightRequest, "settings" | "modes" | "generation">,
  rootCertificate: string,
  now: Date,
): Finding | undefined {
  if (!modes.copyRoot) return undefined;
  const authorities = certificatesIn(rootCertificate).certificates.filter(
    (one) => isAuthority(one) && isValidAt(one, now, clockToleranceSeconds),
  );
  // Of two that begin at the same moment, the later one in the bundle was added to it.
  const [newest, ...older] = authorities.toReversed().toSorted((a, b) => b.notBefore.getTime() - a.notBefore.getTime());
  if (!newest || older.length === 0) return undefined;

  const { clusterName, proof, clientCertificate } = settings;
  const isAcceptedBy = (roots: string) => {
    const expected = expectationOf({ clusterName, rootCertificate: roots, chainToRoot: proof.chainToRoot });
    return judgeClientCertificate(certificate, expected).accepted;
  };
  // Any other certificate is reissued by this run, with the roots that the relay server has then.
  const trusted = fingerprintsOf(secretValue(certificate, "ca.crt"));
  const copied = root ? fingerprintsOf(secretValue(root, generation.rootSecret.key)) : undefined;
  const isReissued = copied && lackedRoots(copied, fingerprintsOf(rootCertificate), trusted).length > 0;
  if (!isAcceptedBy(rootCertificate) || isReissued) return undefined;

  const isTrusted = trusted.includes(fingerprintOf(newest));
  const isIssued = isAcceptedBy(pemOf(newest));
  if (isTrusted && isIssued) return undefined;
  const shorten = shortFingerprints(authorities.map(fingerprintOf), 8);
  const faults = [
    ...(isTrusted ? [] : ["the ca.crt beside it, which the agent trusts, lacks it"]),
    ...(isIssued ? [] : ["the certificate was issued under an older one"]),
  ];
  const until = isTrusted
    ? "once the relay server signs with the new root CA, and before the old one is removed"
    : "before the relay server's certificate comes from the new root CA";
  return {
    code: "GMR320",
    severity: "warning",
    what: `The client certificate of ${clusterName} does not survive the last stage of a root change`,
    where: `${where}, Secret ${clientCertificate.secret.namespace}/${clientCertificate.secret.name}`,
    cause: `the management cluster has the new root CA ${shorten(fingerprintOf(newest))} beside ${enumerate(older.map((one) => shorten(fingerprintOf(one))))}; ${enumerate(faults)}`,
    next: `${until}: give [clientCertificate.reissue] another value and run pulumi up`,
  };
}
