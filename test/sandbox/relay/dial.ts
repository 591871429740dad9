import { X509Certificate } from "node:crypto";
import * as net from "node:net";
import * as tls from "node:tls";
import { errorText } from "./log";
import { connectionError } from "./relayError";
import { lookup } from "./reservedNames";

const DEFAULT_DIAL_SECONDS = 5;

/** Whom a client trusts and, once it has a certificate, what it proves itself with. All PEM. */
export interface TransportIdentity {
  readonly ca: string;
  readonly certificate?: string;
  readonly privateKey?: () => string;
}

/** A relay server as an agent reaches it. */
export interface RelayEndpoint {
  /** host:port. */
  readonly address: string;
  /** SNI and the name that the certificate has to hold. */
  readonly authority: string;
  /** Undefined: plain text. */
  readonly transport: tls.SecureContext | undefined;
  /** Longest wait for the connection, and again for the handshake. Default: 5. */
  readonly dialSeconds?: number | undefined;
}

/**
 * The TLS settings of an identity.
 *
 * @throws with Go's words when `ca.crt` holds no certificate or key and certificate do not fit
 */
export function secureContext(identity: TransportIdentity): tls.SecureContext {
  try {
    new X509Certificate(identity.ca);
  } catch {
    throw new Error("failed to append root CA: ca.crt holds no PEM certificate");
  }
  try {
    return tls.createSecureContext({
      ca: identity.ca,
      ...(identity.certificate === undefined ? {} : { cert: identity.certificate }),
      ...(identity.privateKey === undefined ? {} : { key: identity.privateKey() }),
    });
  } catch (error) {
    const mismatch = /key values mismatch/i.test(errorText(error));
    const reason = mismatch ? "tls: private key does not match public key" : "tls: failed to parse certificate or key";
    throw new Error(`failed to load client certificate: ${reason}`);
  }
}

/**
 * Connects and shakes hands once, as a blocking dial of grpc-go does, and closes again. grpc-js tells the reason of a
 * failed connection only as a sentence; here it is known exactly.
 *
 * @throws RelayError with the text that grpc-go would log
 */
export async function dial(endpoint: RelayEndpoint, signal: AbortSignal): Promise<void> {
  const limit = (endpoint.dialSeconds ?? DEFAULT_DIAL_SECONDS) * 1000;
  const socket = await connect(endpoint.address, limit, signal);
  try {
    if (endpoint.transport) await shakeHands(socket, endpoint.transport, endpoint.authority, limit, signal);
  } finally {
    socket.destroy();
  }
}

/** Splits host:port at the last colon. Go takes an empty host for this machine; so do we. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  const port = Number(address.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw connectionError(`Error while dialing dial tcp: address ${address}: missing or invalid port in address`);
  }
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { host: host || "127.0.0.1", port };
}

/**
 * Checks the host name as Go does. Node's own check refuses `*.gloo-mesh` because it looks like a wildcard for a whole
 * top-level domain, yet that is the very name in the product's certificates.
 */
export function checkAuthority(
  authority: string,
  peer: Pick<tls.PeerCertificate, "subjectaltname">,
): Error | undefined {
  const entries = (peer.subjectaltname ?? "").split(", ");
  const values = (type: string): string[] =>
    entries.filter((entry) => entry.startsWith(type)).map((entry) => entry.slice(type.length));
  const names = values("DNS:");
  const addresses = values("IP Address:");
  if (net.isIP(authority) ? addresses.includes(authority) : names.some((name) => matches(authority, name)))
    return undefined;
  if (names.length + addresses.length === 0) {
    return new Error("x509: certificate relies on legacy Common Name field, use SANs instead");
  }
  return new Error(`x509: certificate is valid for ${[...names, ...addresses].join(", ")}, not ${authority}`);
}

function matches(host: string, pattern: string): boolean {
  const hostLabels = host.toLowerCase().split(".");
  const patternLabels = pattern.toLowerCase().split(".");
  if (hostLabels.length !== patternLabels.length) return false;
  return patternLabels.every((label, index) => (index === 0 && label === "*") || label === hostLabels[index]);
}

function connect(address: string, limit: number, signal: AbortSignal): Promise<net.Socket> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, lookup });
    const fail = (reason: string): void => {
      finish();
      socket.destroy();
      reject(connectionError(`Error while dialing ${reason}`));
    };
    const onError = (error: NodeJS.ErrnoException): void => fail(connectReason(address, host, error));
    const onTimeout = (): void => fail(`dial tcp ${address}: i/o timeout`);
    const onAbort = (): void => fail(`dial tcp ${address}: operation was canceled`);
    const finish = (): void => {
      clearTimeout(timer);
      socket.removeListener("error", onError);
      signal.removeEventListener("abort", onAbort);
    };
    const timer = setTimeout(onTimeout, limit);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError);
    socket.once("connect", () => {
      finish();
      resolve(socket);
    });
  });
}

function shakeHands(
  socket: net.Socket,
  context: tls.SecureContext,
  authority: string,
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      secureContext: context,
      ALPNProtocols: ["h2"],
      ...(net.isIP(authority) ? {} : { servername: authority }),
      checkServerIdentity: (_host, peer) => checkAuthority(authority, peer),
      // Judged below, while the certificate can still be looked at.
      rejectUnauthorized: false,
    });
    const settle = (problem?: string): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      secured.removeAllListeners("close");
      secured.destroy();
      if (problem === undefined) resolve();
      else reject(connectionError(`authentication handshake failed: ${problem}`));
    };
    const onAbort = (): void => settle("context canceled");
    const timer = setTimeout(() => settle("context deadline exceeded"), limit);
    signal.addEventListener("abort", onAbort, { once: true });
    secured.once("secureConnect", () => settle(secured.authorized ? undefined : verificationReason(secured)));
    secured.on("error", (error: NodeJS.ErrnoException) => settle(handshakeReason(error)));
    secured.once("close", () => settle("EOF"));
  });
}

function connectReason(address: string, host: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${address}: connect: connection refused`;
    case "EHOSTUNREACH":
      return `dial tcp ${address}: connect: no route to host`;
    case "ENETUNREACH":
      return `dial tcp ${address}: connect: network is unreachable`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${host}: no such host`;
    default:
      return `dial tcp ${address}: ${errorText(error)}`;
  }
}

const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Go tells which of both it is by the times; node tells it by the code. */
function validityReason(code: string, leaf: tls.PeerCertificate, now: Date): string {
  const time = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");
  const current = `current time ${time(now)} is`;
  if (code === "CERT_HAS_EXPIRED") return `${current} after ${time(new Date(leaf.valid_to))}`;
  return `${current} before ${time(new Date(leaf.valid_from))}`;
}

/** Why the server's certificate is not accepted: node tells a code of OpenSSL, or the words of {@link checkAuthority}. */
function verificationReason(secured: tls.TLSSocket): string {
  const verification = (problem: string): string => `tls: failed to verify certificate: ${problem}`;
  const told = String(secured.authorizationError);
  if (UNKNOWN_AUTHORITY.has(told)) return verification("x509: certificate signed by unknown authority");
  if (told === "CERT_HAS_EXPIRED" || told === "CERT_NOT_YET_VALID") {
    const reason = validityReason(told, secured.getPeerCertificate(), new Date());
    return verification(`x509: certificate has expired or is not yet valid: ${reason}`);
  }
  return verification(told);
}

function handshakeReason(error: NodeJS.ErrnoException): string {
  const code = error.code ?? "";
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return "tls: first record does not look like a TLS handshake";
  }
  if (code === "ECONNRESET") return "EOF";
  return errorText(error);
}
