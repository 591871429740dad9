import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** What a server of charts asks of its clients. Default: nothing, and plain HTTP. */
export interface Protection {
  /** Certificate for `localhost`. */
  readonly certificate?: { readonly certificatePem: string; readonly privateKeyPem: () => string };
  /** HTTP basic authentication for every path. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** Starts a server on 127.0.0.1. Its host is `localhost` with TLS, for which certificates have names. */
export async function startProtected(
  { certificate, login }: Protection,
  answer: RequestListener,
): Promise<{ readonly host: string; readonly url: string; stop(): Promise<void> }> {
  const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  const listener: RequestListener = (request, response) => {
    if (wanted === undefined || request.headers.authorization === wanted) return answer(request, response);
    response.writeHead(401, { "www-authenticate": 'Basic realm="charts"' }).end();
  };
  const server: Server = certificate
    ? createTlsServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem() }, listener)
    : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = `${certificate ? "localhost" : "127.0.0.1"}:${port}`;
  return {
    host,
    url: `${certificate ? "https" : "http"}://${host}/`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
