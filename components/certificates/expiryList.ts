import type { SecretKeyPlace, SecretPlace } from "../kubernetes/objects";
import { type Secret, secretValue } from "../kubernetes/objects";
import type { Verdict } from "./clientCertificate";
import type { CertificateExpiry, CertificateKind } from "./expiry";
import { certificateFacts, certificatesIn, type NamedCertificate } from "./x509";

/**
 * Lists when the certificates of the management cluster expire: the root CAs, then those that the relay server shows, its own last.
 * The places carry no path of a kubeconfig, so that they are the same on every machine.
 */
export function hubExpiries(
  /** PEM; empty if the registration reads no root CA. */
  rootCertificate: string,
  rootSource: SecretKeyPlace,
  /** The chain that the relay server shows, its own certificate first; empty if it could not be read. */
  server: { readonly address: string; readonly chain: readonly NamedCertificate[] },
): CertificateExpiry[] {
  const roots = certificatesIn(rootCertificate).certificates.map(certificateFacts);
  const [own, ...issuers] = server.chain;
  return distinct([
    ...roots.map((facts) =>
      expiryOf(facts, "root", `management cluster, Secret ${rootSource.namespace}/${rootSource.name}`),
    ),
    ...issuers.map((facts) => expiryOf(facts, kindOfIssuer(facts), server.address)),
    ...(own ? [expiryOf(own, "server", server.address)] : []),
  ]);
}

/** Lists when the client certificate and the other certificates of its Secret expire; the client certificate comes first. */
export function clientExpiries(
  { facts, issuers }: Pick<Extract<Verdict, { accepted: true }>, "facts" | "issuers">,
  clusterName: string,
  secret: SecretPlace,
  isRenewed: boolean,
): CertificateExpiry[] {
  const where = `cluster ${clusterName}, Secret ${secret.namespace}/${secret.name}`;
  return distinct([
    { ...expiryOf(facts, "client", where), ...(isRenewed ? { renewedBy: "agent" as const } : {}) },
    ...issuers.map((issuer) => expiryOf(issuer, kindOfIssuer(issuer), where)),
  ]);
}

/** Lists when the certificates of a client certificate's Secret expire, even if it is not accepted, such as an expired one. */
export function clientExpiriesIn(
  secret: Secret | undefined,
  clusterName: string,
  place: SecretPlace,
  isRenewed: boolean,
): CertificateExpiry[] {
  const [facts, ...rest] = factsIn(secret, "tls.crt");
  const issuers = [...rest, ...factsIn(secret, "ca.crt")];
  return facts ? clientExpiries({ facts, issuers }, clusterName, place, isRenewed) : [];
}

function factsIn(secret: Secret | undefined, key: string): NamedCertificate[] {
  return certificatesIn(secretValue(secret, key)).certificates.map(certificateFacts);
}

/** Sorts the certificates of a registration from the root down to the agent, and keeps each once: where it was found first. */
export function inOrder(expiries: readonly CertificateExpiry[]): CertificateExpiry[] {
  const order: readonly CertificateKind[] = ["root", "intermediate", "server", "client"];
  return distinct(expiries).toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

function distinct(expiries: readonly CertificateExpiry[]): CertificateExpiry[] {
  const seen = new Set<string>();
  return expiries.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
}

/** A self-signed issuer is a root, every other one an intermediate. */
function kindOfIssuer({ subject, issuer }: NamedCertificate): CertificateKind {
  return subject === issuer ? "root" : "intermediate";
}

function expiryOf(facts: NamedCertificate, kind: CertificateKind, where: string): CertificateExpiry {
  const { subject, dnsNames, fingerprint, notAfter } = facts;
  return { kind, subject: subject === "" ? (dnsNames[0] ?? "") : subject, fingerprint, notAfter, where };
}
