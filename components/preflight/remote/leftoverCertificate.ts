import { certificateFacts, certificatesIn } from "../../certificates/x509";
import { ownerOf } from "../../glooMesh/ownership";
import { type Secret, secretValue } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { RemoteExpectation, RemoteObjects } from "./remoteObjects";

/**
 * A client certificate that was there before this registration: GMR311, a warning. It carries no mark, since the agent writes it; with none
 * of a registration's objects beside it, it is of an earlier one.
 */
export function leftoverCertificate(
  found: RemoteObjects,
  expected: RemoteExpectation,
  /** The hub has the KubernetesCluster of this very registration. */
  registered: boolean,
): Finding | undefined {
  const { where, namespace, root, certificate, release } = found;
  if (!certificate || expected.certificate !== "issued") return undefined;
  const isMarked = [namespace, root].some((object) => object && ownerOf(object) !== undefined);
  if (registered || release || isMarked) return undefined;
  const place = expected.settings.clientCertificate.secret;
  return {
    code: "GMR311",
    severity: "warning",
    what: `A client certificate of an earlier registration lies in Secret ${place.namespace}/${place.name} (${describe(certificate)})`,
    where,
    cause: "it proves nothing now: an agent would use it, whoever issued it",
    next: "nothing; pulumi up removes it and has a new one issued",
  };
}

function describe(secret: Secret): string {
  const { certificates, unreadable } = certificatesIn(secretValue(secret, "tls.crt"));
  const [leaf] = certificates;
  if (!leaf || unreadable > 0) return `it holds no ${unreadable > 0 ? "readable " : ""}certificate`;
  const { dnsNames, notAfter, fingerprint } = certificateFacts(leaf);
  return `for ${dnsNames.join(", ")}, valid until ${notAfter}, SHA-256 ${fingerprint}`;
}
