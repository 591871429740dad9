import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { withoutBrackets } from "../base/text";

/** Seconds for connection and handshake together: a reachable server answers in far less. */
const handshakeSeconds = 3;

/** What Go offers. Source: crypto/tls, defaults.go. */
const ciphers = [
  ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
  ...["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA"].flatMap((cipher) => [
    `ECDHE-ECDSA-${cipher}`,
    `ECDHE-RSA-${cipher}`,
  ]),
].join(":");

export type PeerChain =
  | { /** In DER, as the server sends them. */ readonly chain: readonly [Buffer, ...Buffer[]] }
  | {
      /** Why no certificate could be read. */ readonly why: string /** A TLS server itself is the reason. */;
      readonly isTls: boolean;
    };

/**
 * Reads the certificates that a TLS server shows, its own first. Trusts nothing and sends nothing: the connection ends with the handshake.
 * A server that ends the handshake because it wants a client certificate has shown its own before.
 * Throws only the signal's reason, when that aborts.
 */
export async function readPeerChain(address: string, serverName: string, signal?: AbortSignal): Promise<PeerChain> {
  signal?.throwIfAborted();
  if (!URL.canParse(`relay://${address}`)) return { why: `${JSON.stringify(address)} is not host:port`, isTls: false };
  const { hostname, port } = new URL(`relay://${address}`);
  const host = withoutBrackets(hostname);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port),
      // Neither an IP address nor a final dot is part of a server name (RFC 6066).
      ...(isIP(withoutBrackets(serverName)) === 0 ? { servername: serverName.replace(/\.+$/, "") } : {}),
      ciphers,
      ecdhCurve: "X25519:P-256:P-384:P-521",
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
    const stop = (why: string, isTls = false) => end(() => resolve({ why, isTls }));
    const limit = setTimeout(
      () => stop(`no answer from ${address} within ${handshakeSeconds} s`),
      handshakeSeconds * 1000,
    );
    const onAbort = () => end(() => reject(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", () => {
      const chain = chainOf(socket);
      if (chain) end(() => resolve({ chain }));
      else stop(`${address} shows no certificate`);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const { code = error.message } = error;
      const chain = showsChain.test(code) ? chainOf(socket) : undefined;
      if (chain) end(() => resolve({ chain }));
      else stop(`no TLS handshake with ${address} (${code})`, code.startsWith("ERR_SSL_") && !noTls.test(code));
    });
    socket.once("close", () => stop(`${address} closed the connection`));
  });
}

/**
 * How OpenSSL names an end of the handshake after which the certificate can be judged: an alert of the server, or that an ECDSA certificate's key usage
 * does not include signatures, of which Go takes no notice.
 */
const showsChain = /_ALERT_|ECC_CERT_NOT_FOR_SIGNING/;

/** How OpenSSL names an answer of a server that speaks something else, or sends more than OpenSSL takes. */
const noTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP|UNEXPECTED_EOF|EXCESSIVE|RECORD|UNEXPECTED_MESSAGE/;

/** All certificates that the server has sent, in its order. */
function chainOf(socket: TLSSocket): readonly [Buffer, ...Buffer[]] | undefined {
  const chain: Buffer[] = [];
  for (let next = socket.getPeerX509Certificate(); next; next = next.issuerCertificate) chain.push(next.raw);
  const [first, ...rest] = chain;
  return first && [first, ...rest];
}
