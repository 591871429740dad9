import { once } from "node:events";
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Credential } from "../sandbox/controlplane/authority";

/** Proxies that resolve api.test and plain.test, the API server without TLS, which nobody else does. Each counts the connections that it made. */
export interface TestProxies {
  readonly http: string;
  readonly https: string;
  readonly socks: string;
  /** Wants the user `u` and the password `p w`. */
  readonly socksWithLogin: string;
  readonly httpWithLogin: string;
  /** Answers every CONNECT with 502. */
  readonly broken: string;
  /** Hosts to which a connection was asked for, with their ports. */
  readonly asked: string[];
  stop(): Promise<void>;
}

export async function startProxies(ports: Ports, serving: Credential): Promise<TestProxies> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const dial = (target: string): Socket => {
    asked.push(target);
    const [, name = "", given] = /^(.*):(\d+)$/.exec(target) ?? [];
    const port = { "api.test": ports.api, "plain.test": ports.plain }[name] ?? Number(given);
    return kept(connect(port, "127.0.0.1"));
  };
  const kept = (socket: Socket) => {
    sockets.add(socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket)));
    return socket;
  };
  const login = `Basic ${Buffer.from("u:p w").toString("base64")}`;
  const proxying = <T extends Server | HttpServer>(server: T, wanted?: string) =>
    server.on("connect", tunnelTo(dial, wanted)).on("request", forwardTo(dial, wanted));
  const servers = {
    http: proxying(createHttpServer()),
    https: proxying(createHttpsServer(serving)),
    httpWithLogin: proxying(createHttpServer(), login),
    broken: createHttpServer((_, response) => response.writeHead(502).end()).on("connect", (_, socket: Socket) =>
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    ),
    socks: createServer((socket) => void socksServer(socket, dial, false)),
    socksWithLogin: createServer((socket) => void socksServer(socket, dial, true)),
  };
  for (const server of Object.values<Server | HttpServer>(servers)) {
    server.on("connection", kept).listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const at = (scheme: string, server: Server | HttpServer) =>
    `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    http: at("http", servers.http),
    https: at("https", servers.https),
    httpWithLogin: at("http", servers.httpWithLogin),
    broken: at("http", servers.broken),
    socks: at("socks5", servers.socks),
    socksWithLogin: at("socks5", servers.socksWithLogin),
    asked,
    stop: async () => {
      const all = Object.values<Server | HttpServer>(servers);
      const closed = all.map((server) => once(server, "close"));
      for (const server of all) server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

interface Ports {
  readonly api: number;
  readonly plain: number;
}

type Dial = (target: string) => Socket;

/** What goes to a server without TLS is forwarded: the proxy gets the request itself, with the whole address. */
function forwardTo(dial: Dial, wanted?: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const { "proxy-authorization": login, ...headers } = request.headers;
    if (wanted !== undefined && login !== wanted) {
      response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
      return;
    }
    const url = URL.parse(request.url ?? "");
    if (!url) {
      response.writeHead(400).end();
      return;
    }
    const createConnection = () => dial(`${url.hostname}:${url.port || 80}`);
    const { method = "" } = request;
    const path = `${url.pathname}${url.search}`;
    const forwarded = httpRequest({ createConnection, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  };
}

function tunnelTo(dial: Dial, wanted?: string) {
  return (request: IncomingMessage, socket: Socket) => {
    if (wanted !== undefined && request.headers["proxy-authorization"] !== wanted) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
      return;
    }
    if (request.url?.startsWith("plain.test:")) {
      socket.end("HTTP/1.1 405 Method Not Allowed\r\n\r\n");
      return;
    }
    const target = dial(request.url ?? "");
    target.once("connect", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
  };
}

async function socksServer(socket: Socket, dial: Dial, withLogin: boolean): Promise<void> {
  const next = async () => ((await once(socket, "data")) as [Buffer])[0];
  const methods = (await next()).subarray(2);
  const method = withLogin ? 2 : 0;
  socket.write(Buffer.from([5, methods.includes(method) ? method : 255]));
  if (!methods.includes(method)) return;
  if (withLogin) {
    const isKnown = (await next()).equals(Buffer.from("\x01\x01u\x03p w"));
    socket.write(Buffer.from([1, isKnown ? 0 : 1]));
    if (!isKnown) return;
  }
  const asking = await next();
  const isName = asking[3] === 3;
  const host = isName ? asking.subarray(5, 5 + (asking[4] ?? 0)).toString() : [...asking.subarray(4, 8)].join(".");
  const target = dial(`${host}:${asking.readUInt16BE(asking.length - 2)}`);
  target.once("connect", () => {
    socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
    socket.pipe(target).pipe(socket);
  });
}
