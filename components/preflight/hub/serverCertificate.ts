import type { Problem } from "../../base/problems";
import { someOf } from "../../base/text";
import {
  type Certificate,
  certificateOf,
  isCertificate,
  type UnreadableCertificate,
} from "../../certificates/certificate";
import { chainFault } from "../../certificates/chain";
import { coversHost } from "../../certificates/hostName";
import { readPeerChain } from "../../certificates/peerChain";
import {
  certificateFacts,
  certificatesIn,
  dnsNames,
  fingerprintOf,
  isValidAt,
  type NamedCertificate,
  nameOf,
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
 * Checks the relay server's certificate as the agent does, by the rules of Go, if this machine can reach the address: GMR209 (not from the root
 * CA, or not for a server), GMR210 (another name), GMR211 (expired, or not valid yet), GMR215 (no TLS handshake). It makes a TLS handshake
 * only, and never sends the token.
 * Never fails: the remote cluster may reach a server that this machine cannot reach.
 */
export async function checkServerCertificate(question: ServerQuestion, signal?: AbortSignal): Promise<ServerAnswer> {
  const { serverAddress, authority } = question;
  const where = `${serverAddress}, authority ${authority}`;
  const seen = await readPeerChain(serverAddress, authority, signal);
  const found = (faults: readonly ServerFault[], chain: readonly Certificate[]): ServerAnswer => ({
    findings: faults
      .flatMap((fault) => (fault ? [{ ...fault, where, severity: "error" as const }] : []))
      .sort((one, other) => one.code.localeCompare(other.code)),
    leftToTheAgent: undefined,
    chain: chain.map(certificateFacts),
  });
  if ("why" in seen) {
    return seen.isTls ? found([handshakeFault(seen.why)], []) : { findings: [], leftToTheAgent: seen.why, chain: [] };
  }
  const all = seen.chain.map(certificateOf);
  const readable = all.filter(isCertificate);
  const unreadable = all.find((one): one is UnreadableCertificate => !isCertificate(one));
  const [leaf, ...intermediates] = readable;
  if (!leaf || unreadable) {
    return found([unreadableFault(`it sends a certificate that Go does not read: ${unreadable?.fault}`)], readable);
  }
  return found([...chainFaults(leaf, intermediates, question), nameFault(leaf, question)], readable);
}

const unverified = "The relay server's certificate cannot be verified with the root CA that the agent gets";

type ServerFault = Omit<Problem, "where"> | undefined;

function handshakeFault(why: string): ServerFault {
  return {
    code: "GMR215",
    what: "The TLS handshake with the relay server fails",
    cause: `${why}; the agent offers TLS 1.2 and 1.3, and HTTP/2`,
    next: "check that the address is this management cluster's relay server, and which TLS versions and protocols (ALPN h2) a proxy before it takes",
  };
}

function unreadableFault(cause: string): ServerFault {
  return {
    code: "GMR209",
    what: unverified,
    cause,
    next: "replace the certificate on the management cluster (Secret relay-server-tls-secret), then restart the relay server",
  };
}

/** Faults of the chain to the root CA, and of its validity now. */
function chainFaults(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  question: ServerQuestion,
): ServerFault[] {
  const { rootCertificate, now } = question;
  const odd = [leaf, ...intermediates].find(({ publicKey: key }) => key?.kind === "RSA" && key.bits > 8192);
  if (odd) return [unreadableFault(`${nameOf(odd)} has an RSA key of more than 8192 bits, which Go does not take`)];
  const { kind = "other", bits = 0 } = leaf.publicKey ?? {};
  if (kind === "other" || (kind === "RSA" && bits < 1024)) {
    return [unreadableFault(`${nameOf(leaf)} has a key of a kind or size that Go does not take`)];
  }
  const expired = isValidAt(leaf, now) ? undefined : timeFault(leaf, "certificate", now);
  if (rootCertificate === undefined) return [expired];
  const roots = certificatesIn(rootCertificate).certificates;
  const search = { leaf, intermediates, roots, usage: "server" } as const;
  // Whether the chain is good is one question, whether it is good now another.
  const foreign = chainFault({ ...search, now: undefined });
  const outdated = foreign || expired ? undefined : chainFault({ ...search, now });
  if (outdated?.outdated) {
    const kind = intermediates.includes(outdated.outdated) ? "intermediate certificate" : "root CA";
    return [timeFault(outdated.outdated, `${kind} ${nameOf(outdated.outdated)}`, now)];
  }
  const fault = foreign ?? outdated;
  if (!fault) return [expired];
  const expected = roots.map(fingerprintOf).join(", ") || "none, since none is readable";
  const cause = `${fault.why || `it was issued by ${certificateFacts(leaf).issuer}`}; the root CA of the agent has SHA-256 ${expected}`;
  return [
    {
      code: "GMR209",
      what: fault.why
        ? unverified
        : "The relay server's certificate does not come from the root CA that the agent gets",
      cause,
      next: "check that the address is this management cluster's relay server and that no proxy terminates TLS before it; else correct the root CA Secret on the management cluster",
    },
    expired,
  ];
}

function nameFault(leaf: Certificate, { authority }: ServerQuestion): ServerFault {
  if (coversHost(leaf, authority)) return undefined;
  const names = dnsNames(leaf);
  return {
    code: "GMR210",
    what: `The relay server's certificate does not cover the authority ${authority}`,
    cause: names.length === 0 ? "it holds no DNS name" : `it is for ${someOf(names, 5)}`,
    next: "set [relay.authority] to a name that it covers, or add the name to the certificate on the management cluster (relay.additionalSans)",
  };
}

function timeFault({ notBefore, notAfter }: Certificate, which: string, now: Date): ServerFault {
  const isExpired = now.getTime() > notAfter.getTime();
  return {
    code: "GMR211",
    what: `The relay server's ${which} ${isExpired ? "has expired" : "is not valid yet"}`,
    cause: isExpired
      ? `it was valid until ${notAfter.toISOString()}; Gloo Mesh does not renew it`
      : `it is valid from ${notBefore.toISOString()} on, and this machine's clock says ${now.toISOString()}`,
    next: isExpired
      ? "renew it on the management cluster (Secret relay-server-tls-secret), then restart the relay server"
      : "check the clocks of this machine and of the management cluster",
  };
}
