import type { CertificateExpiry } from "../../certificates/expiry";
import { hubExpiries } from "../../certificates/expiryList";
import type { NamedCertificate } from "../../certificates/x509";
import type { Collected } from "../findings/collected";
import type { Finding } from "../findings/finding";
import type { PreflightRequest, Side } from "../request";
import type { HubFacts } from "./inspectHub";
import { checkRootCertificateEnd } from "./rootCertificateEnd";
import { checkServerCertificate } from "./serverCertificate";

/** The relay server as this machine reaches it. */
export interface RelayServerView {
  /** Why this machine could not check the relay server's certificate; undefined where it did, or where there is none. */
  readonly leftToTheAgent: string | undefined;
  /** Whether this machine made a TLS handshake with it. */
  readonly answers: boolean;
  /** What is wrong with that handshake, or with the certificate in it. */
  readonly faults: readonly Finding[];
  /** When the root CAs expire, and the certificates of the relay server where this machine can reach it. */
  readonly certificates: readonly CertificateExpiry[];
}

/** Checks the root CA, and the relay server's certificate against it. */
export async function judgeRelayServer(
  { cluster, access }: Side,
  { settings, modes }: PreflightRequest,
  { where, rootCertificate, serverAddress }: HubFacts,
  collected: Collected,
): Promise<RelayServerView> {
  if (modes.tls === "none" || rootCertificate === undefined) {
    return { leftToTheAgent: undefined, answers: false, faults: [], certificates: [] };
  }
  const now = new Date();
  const { source } = settings.rootCertificate;
  const { value: address = "" } = serverAddress ?? {};
  const expiries = (chain: readonly NamedCertificate[]) => hubExpiries(rootCertificate, source, { address, chain });
  if (rootCertificate !== "") {
    const place = `${where}, Secret ${source.namespace}/${source.name}, key ${source.key}`;
    collected.add(checkRootCertificateEnd(rootCertificate, place, now));
  }
  if (!serverAddress) return { leftToTheAgent: undefined, answers: false, faults: [], certificates: expiries([]) };
  const question = {
    serverAddress: address,
    authority: settings.relay.authority,
    rootCertificate: rootCertificate === "" ? undefined : rootCertificate,
  };
  // One look at a relay server is enough for all agents that get the same root CA.
  const { findings, leftToTheAgent, chain } = await cluster.lookUp(
    access,
    JSON.stringify({ relayServer: question }),
    () => checkServerCertificate({ ...question, now }),
  );
  collected.add(findings);
  return { leftToTheAgent, answers: leftToTheAgent === undefined, faults: findings, certificates: expiries(chain) };
}

/** Warns on each run about a relay without TLS: GMR214. */
export function relayWithoutTls({ settings }: PreflightRequest): Finding {
  return {
    code: "GMR214",
    severity: "warning",
    what: `The relay of ${settings.clusterName} works without TLS`,
    where: "[identity]",
    cause:
      "no peer authentication: anyone who reaches the relay server can impersonate this cluster, and read its traffic",
    next: "leave [identity] out, except for a trial",
  };
}
