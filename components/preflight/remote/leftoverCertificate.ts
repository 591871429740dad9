import { certificateFacts, certificatesIn } from "../../certificates/x509";
import { ownerOf } from "../../glooMesh/ownership";
import { type Secret, secretValue } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { RemoteExpectation, RemoteObjects } from "./remoteObjects";

/**
 * Warns about a client certificate of an earlier registration: GMR311. A certificate carries no mark, since the agent writes it; without any
 * object of this registration beside it, it counts as an earlier one's.
 */
export function leftoverCertificate(
  found: RemoteObjects,
  expected: RemoteExpectation,
  /** The KubernetesCluster of this registration exists. */
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
    what: `An earlier registration left a client certificate in Secret ${place.namespace}/${place.name} (${describe(certificate)})`,
    where,
    cause: "it proves nothing: an agent uses an existing certificate, whoever issued it",
    next: "nothing to do: pulumi up removes it, and the relay server issues a new one",
  };
}

function describe(secret: Secret): string {
  const { certificates, unreadable } = certificatesIn(secretValue(secret, "tls.crt"));
  const [leaf] = certificates;
  if (!leaf || unreadable > 0) return `it holds no ${unreadable > 0 ? "readable " : ""}certificate`;
  const { dnsNames, notAfter, fingerprint } = certificateFacts(leaf);
  return `for ${dnsNames.join(", ")}, valid until ${notAfter}, SHA-256 ${fingerprint}`;
}
