import type { SecretKeyPlace, SecretPlace } from "../kubernetes/objects";
import { type Secret, secretValue } from "../kubernetes/objects";
import type { Verdict } from "./clientCertificate";
import type { CertificateExpiry, CertificateKind } from "./expiry";
import { certificateFacts, certificatesIn, type NamedCertificate } from "./x509";

/**
 * When the certificates of the relay's side end: the root CAs that the hub gives, then those that the relay server shows, its own last.
 * Where they were read is told without a kubeconfig's path, so that it is the same on every machine.
 */
export function hubExpiries(
  /** PEM, empty where the agent is given none. */
  rootCertificate: string,
  rootSource: SecretKeyPlace,
  /** What the relay server shows, its own certificate first; empty where it was not seen. */
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

/** When the client certificate ends, and those that lie with it in its Secret; the client certificate comes first. */
export function clientExpiries(
  { facts, issuers }: Pick<Extract<Verdict, { accepted: true }>, "facts" | "issuers">,
  clusterName: string,
  secret: SecretPlace,
): CertificateExpiry[] {
  const where = `cluster ${clusterName}, Secret ${secret.namespace}/${secret.name}`;
  return distinct([
    expiryOf(facts, "client", where),
    ...issuers.map((issuer) => expiryOf(issuer, kindOfIssuer(issuer), where)),
  ]);
}

/** The same of a Secret whatever it holds: for one that is not accepted, since it has ended perhaps. */
export function clientExpiriesIn(
  secret: Secret | undefined,
  clusterName: string,
  place: SecretPlace,
): CertificateExpiry[] {
  const [facts, ...rest] = factsIn(secret, "tls.crt");
  return facts ? clientExpiries({ facts, issuers: [...rest, ...factsIn(secret, "ca.crt")] }, clusterName, place) : [];
}

function factsIn(secret: Secret | undefined, key: string): NamedCertificate[] {
  return certificatesIn(secretValue(secret, key)).certificates.map(certificateFacts);
}

/** All of a registration, each certificate once: where it was met first. From the root down to the agent. */
export function inOrder(expiries: readonly CertificateExpiry[]): CertificateExpiry[] {
  const order: readonly CertificateKind[] = ["root", "intermediate", "server", "client"];
  return distinct(expiries).toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

function distinct(expiries: readonly CertificateExpiry[]): CertificateExpiry[] {
  const seen = new Set<string>();
  return expiries.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
}

/** What signs itself is nobody's intermediate. */
function kindOfIssuer({ subject, issuer }: NamedCertificate): CertificateKind {
  return subject === issuer ? "root" : "intermediate";
}

function expiryOf(facts: NamedCertificate, kind: CertificateKind, where: string): CertificateExpiry {
  const { subject, dnsNames, fingerprint, notAfter } = facts;
  return { kind, subject: subject === "" ? (dnsNames[0] ?? "") : subject, fingerprint, notAfter, where };
}
