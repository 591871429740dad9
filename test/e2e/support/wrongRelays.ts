import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import {
  type CertificateAuthority,
  createRootAuthority,
  issueServerCertificate,
  type Validity,
} from "../../sandbox/relay";

/** What listens where the relay server is expected. */
export interface WrongRelay {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Takes connections and never says a word. */
export function silentRelay(): Promise<WrongRelay> {
  return listen(createTcpServer());
}

/** Closes each connection at once, as a load balancer does that has no backend. */
export function closingRelay(): Promise<WrongRelay> {
  return listen(createTcpServer((socket) => socket.resume().end()));
}

/** A web server without TLS. */
export function webServer(): Promise<WrongRelay> {
  return listen(createHttpServer((_request, response) => response.end("hello")));
}

/** Answers as a web server does, until it is corrected: from then on it passes everything on to a port of this machine. */
export async function correctable(port: number): Promise<WrongRelay & { correct(target: number): void }> {
  let target: number | undefined;
  const server = createTcpServer((client) => {
    if (target === undefined) {
      client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    upstream.on("error", () => client.destroy()).once("close", () => client.destroy());
    client.once("close", () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  const relay = await listen(server, port);
  return {
    ...relay,
    correct: (right) => {
      target = right;
    },
  };
}

/** A TLS server for the names of a relay server, of another root CA unless one is given. */
export async function tlsServer(
  options: { readonly root?: CertificateAuthority; readonly validity?: Validity } = {},
): Promise<WrongRelay> {
  const { root = await createRootAuthority(), validity } = options;
  const { certificatePem, privateKeyPem } = await issueServerCertificate(root, validity ? { validity } : {});
  const server = createTlsServer({ cert: certificatePem, key: privateKeyPem(), ALPNProtocols: ["h2"] });
  server.on("tlsClientError", () => undefined);
  return listen(server);
}

async function listen(server: Server, port = 0): Promise<WrongRelay> {
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.on("error", () => undefined).once("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host: "127.0.0.1", port }, resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}
