import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";

/** Seconds for connection and handshake together: a reachable server answers in far less. */
const handshakeSeconds = 3;

export type PeerChain =
  | { readonly chain: readonly [X509Certificate, ...X509Certificate[]] }
  | { /** Why no certificate could be read. */ readonly why: string };

/**
 * Reads the certificates that a TLS server shows, its own first. Trusts nothing and sends nothing: the connection ends with the handshake.
 * Throws only the signal's reason, when that aborts.
 */
export async function readPeerChain(address: string, serverName: string, signal?: AbortSignal): Promise<PeerChain> {
  signal?.throwIfAborted();
  if (!URL.canParse(`relay://${address}`)) return { why: `${JSON.stringify(address)} is not host:port` };
  const { hostname, port } = new URL(`relay://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port),
      // An IP address is not a server name (RFC 6066).
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      // gRPC uses HTTP/2, and a server may refuse clients that do not offer it.
      ALPNProtocols: ["h2"],
      // The caller judges the certificate.
      rejectUnauthorized: false,
    });
    const end = (settle: () => void) => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", onAbort);
      socket.on("error", () => undefined);
      // After an orderly close the server logs no broken handshake.
      if (socket.getCipher()?.name === undefined) socket.destroy();
      else socket.end(() => socket.destroy());
      settle();
    };
    const limit = setTimeout(
      () => end(() => resolve({ why: `no answer from ${address} within ${handshakeSeconds} s` })),
      handshakeSeconds * 1000,
    );
    const onAbort = () => end(() => reject(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", () => {
      const chain = chainOf(socket.getPeerCertificate(true));
      end(() => resolve(chain ? { chain } : { why: `${address} shows no certificate` }));
    });
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(() => resolve({ why: `no TLS handshake with ${address} (${error.code ?? error.message})` })),
    );
    socket.once("close", () => end(() => resolve({ why: `${address} closed the connection` })));
  });
}

/** Follows the issuers. Node links each certificate to its issuer's, and a self-signed one to itself. */
function chainOf(peer: DetailedPeerCertificate): readonly [X509Certificate, ...X509Certificate[]] | undefined {
  if (!peer.raw) return undefined;
  const chain: [X509Certificate, ...X509Certificate[]] = [new X509Certificate(peer.raw)];
  const seen = new Set([peer.fingerprint256]);
  for (let next = peer.issuerCertificate; next?.raw && !seen.has(next.fingerprint256); next = next.issuerCertificate) {
    seen.add(next.fingerprint256);
    chain.push(new X509Certificate(next.raw));
  }
  return chain;
}
