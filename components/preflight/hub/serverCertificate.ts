import type { X509Certificate } from "node:crypto";
import type { Problem } from "../../base/problems";
import { someOf } from "../../base/text";
import { coversHost } from "../../certificates/hostName";
import { readPeerChain } from "../../certificates/peerChain";
import {
  certificateFacts,
  certificatesIn,
  chainsTo,
  dnsNames,
  isValidAt,
  type NamedCertificate,
} from "../../certificates/x509";
import type { Finding } from "../findings/finding";

/** What the relay server's certificate is checked against. */
export interface ServerQuestion {
  /** `host:port` of the relay server, as the agent dials it. */
  readonly serverAddress: string;
  /** The DNS name that the agent expects in the certificate. */
  readonly authority: string;
  /** PEM of the root CA that the agent gets, one certificate or a bundle; undefined where this registration copies none. */
  readonly rootCertificate: string | undefined;
  readonly now: Date;
}

export interface ServerAnswer {
  readonly findings: readonly Finding[];
  /** Why this machine cannot reach the server; undefined where it checked the certificate. */
  readonly leftToTheAgent: string | undefined;
  /** The certificates that the server presented, its own first; empty where it was not reached. */
  readonly chain: readonly NamedCertificate[];
}

/**
 * Checks the relay server's certificate as the agent does, if this machine can reach the address: GMR209 (another root CA), GMR210 (another
 * name), GMR211 (expired, or not valid yet). It makes a TLS handshake only, and never sends the token.
 * Never fails: the remote cluster may reach a server that this machine cannot reach.
 */
export async function checkServerCertificate(question: ServerQuestion, signal?: AbortSignal): Promise<ServerAnswer> {
  const { serverAddress, authority } = question;
  const seen = await readPeerChain(serverAddress, authority, signal);
  if ("why" in seen) return { findings: [], leftToTheAgent: seen.why, chain: [] };
  const { chain } = seen;
  return { findings: judge(chain, question), leftToTheAgent: undefined, chain: chain.map(certificateFacts) };
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function judge(chain: Chain, question: ServerQuestion): Finding[] {
  const where = `${question.serverAddress}, authority ${question.authority}`;
  const problems = [rootFault(chain, question), nameFault(chain, question), validityFault(chain, question)];
  return problems.flatMap((problem) => (problem ? [{ ...problem, where, severity: "error" as const }] : []));
}

type ServerFault = Omit<Problem, "where"> | undefined;

function rootFault(chain: Chain, { rootCertificate, now }: ServerQuestion): ServerFault {
  if (rootCertificate === undefined) return undefined;
  const [leaf, ...intermediates] = chain;
  // GMR204 reports an unreadable root CA.
  const roots = certificatesIn(rootCertificate).certificates;
  if (roots.length === 0) return undefined;
  // GMR211 reports an expired certificate; the issuer is checked at a time at which all were valid.
  const time = whenAllAreValid(chain, now);
  const isRoot = roots.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256);
  if (isRoot || chainsTo(leaf, roots, intermediates, time)) return undefined;
  const expected = roots.map(({ fingerprint256 }) => fingerprint256).join(", ");
  return {
    code: "GMR209",
    what: "The relay server's certificate does not come from the root CA that the agent gets",
    cause: `it was issued by ${certificateFacts(leaf).issuer}; the root CA of the agent has SHA-256 ${expected}`,
    next: "check that the address is this management cluster's relay server and that no proxy terminates TLS before it; else correct the root CA Secret on the management cluster",
  };
}

function nameFault([leaf]: Chain, { authority }: ServerQuestion): ServerFault {
  if (coversHost(leaf, authority)) return undefined;
  const names = dnsNames(leaf);
  return {
    code: "GMR210",
    what: `The relay server's certificate does not cover the authority ${authority}`,
    cause: names.length === 0 ? "it holds no DNS name" : `it is for ${someOf(names, 5)}`,
    next: "set [relay.authority] to a name that it covers, or add the name to the certificate on the management cluster (relay.additionalSans)",
  };
}

function validityFault(chain: Chain, { now }: ServerQuestion): ServerFault {
  const bad = chain.find((certificate) => !isValidAt(certificate, now));
  if (!bad) return undefined;
  const which = bad === chain[0] ? "certificate" : `intermediate certificate ${certificateFacts(bad).subject}`;
  const expired = now.getTime() > bad.validToDate.getTime();
  return {
    code: "GMR211",
    what: `The relay server's ${which} ${expired ? "has expired" : "is not valid yet"}`,
    cause: expired
      ? `it was valid until ${bad.validToDate.toISOString()}; Gloo Mesh 1.x does not renew it`
      : `it is valid from ${bad.validFromDate.toISOString()} on, and this machine's clock says ${now.toISOString()}`,
    next: expired
      ? "renew it on the management cluster (Secret relay-server-tls-secret), then restart the relay server"
      : "check the clocks of this machine and of the management cluster",
  };
}

function whenAllAreValid(chain: Chain, now: Date): Date {
  const from = Math.max(...chain.map((certificate) => certificate.validFromDate.getTime()));
  const to = Math.min(...chain.map((certificate) => certificate.validToDate.getTime()));
  return new Date(Math.min(Math.max(now.getTime(), from), to));
}
