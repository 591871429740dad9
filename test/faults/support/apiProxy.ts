import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer as createTlsServer, request as httpsRequest, type Server as TlsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type * as k8s from "@kubernetes/client-node";
import type { Credential } from "../../sandbox/controlplane";
import { Exchange } from "./exchange";
import { kindOf, type ProxiedRequest, readBody } from "./proxiedRequest";

/** What the proxy does with one request, instead of passing it and its answer on. */
export type Treatment = (exchange: Exchange) => Promise<void> | void;
/** What it does with a connection before TLS begins: nothing is said at all, or it is reset. */
export type ConnectionTreatment = "pass" | "silent" | "reset";

/** The API server behind the proxy: one of a sandbox, or a fake one. */
export interface Upstream {
  /** `https://127.0.0.1:PORT` */
  readonly address: string;
  readonly certificateAuthority: string;
  readonly kubeConfig: k8s.KubeConfig;
  issueServingCertificate(names: { readonly ips: readonly string[] }): Promise<Credential>;
}

const passOn: Treatment = async (exchange) => exchange.pass(await exchange.forward());

/**
 * Stands between a kubeconfig and a real API server: it ends TLS with a certificate of the cluster's own CA, counts requests, and does
 * to each what a test says. Credentials go through, so only those that travel as a header serve (the sandbox's administrator has one).
 *
 * It speaks HTTP/1.1 alone, so what belongs to one connection of HTTP/2 (a frame that is lost, GOAWAY) cannot be seen through it.
 */
export class ApiProxy {
  /** Everything that has been asked since {@link count}. */
  requests: ProxiedRequest[] = [];
  /** Looks at every request first; undefined lets it through. */
  treat: (request: ProxiedRequest) => Treatment | undefined = () => undefined;
  /** Looks at every connection first. */
  treatConnection: () => ConnectionTreatment = () => "pass";
  private readonly events = new EventEmitter();
  private formerPort = 0;
  private readonly upstream: Agent;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly api: Upstream,
    private readonly front: Server,
    private readonly tls: TlsServer,
  ) {
    this.upstream = new Agent({ ca: api.certificateAuthority, keepAlive: true });
    // An API server keeps idle connections for minutes. One that is closed just when it is used again would be a fault that nobody ordered.
    tls.keepAliveTimeout = 600_000;
    front.on("connection", (socket) => this.accept(socket));
    tls.on("request", (incoming, response) => {
      this.serve(incoming, response).catch(() => response.destroy());
    });
  }

  static async start(api: Upstream): Promise<ApiProxy> {
    const { cert, key } = await api.issueServingCertificate({ ips: ["127.0.0.1"] });
    const proxy = new ApiProxy(api, createServer(), createTlsServer({ cert, key, ALPNProtocols: ["http/1.1"] }));
    await proxy.listen(0);
    return proxy;
  }

  /** The administrator's way to the cluster, through this proxy. */
  get kubeConfig(): k8s.KubeConfig {
    const config = this.api.kubeConfig;
    const through = Object.assign(Object.create(Object.getPrototypeOf(config) as object), config) as k8s.KubeConfig;
    through.clusters = config.clusters.map((cluster) => ({ ...cluster, server: this.server }));
    return through;
  }

  get server(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Begins to count anew, with no treatment. */
  count(): void {
    this.requests = [];
    this.treat = () => undefined;
    this.treatConnection = () => "pass";
  }

  /** Resolves when so many requests have been asked since {@link count}. */
  async asked(number: number): Promise<void> {
    while (this.requests.length < number) await once(this.events, "request");
  }

  /** Goes away as an API server that is restarted: connections are reset, further ones refused. */
  async goAway(): Promise<void> {
    this.formerPort = this.port;
    const closed = once(this.front, "close");
    this.front.close();
    this.resetAll();
    await closed;
  }

  /** Comes back at the same address. */
  comeBack(): Promise<void> {
    return this.listen(this.formerPort);
  }

  /** Resets every connection, and the watches with them. */
  resetAll(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.upstream.destroy();
    if (!this.front.listening) return;
    const closed = once(this.front, "close");
    this.front.close();
    await closed;
  }

  private get port(): number {
    return (this.front.address() as AddressInfo).port;
  }

  private async listen(port: number): Promise<void> {
    this.front.listen(port, "127.0.0.1");
    await once(this.front, "listening");
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => this.sockets.delete(socket));
    const treatment = this.treatConnection();
    if (treatment === "reset") socket.resetAndDestroy();
    else if (treatment === "pass") this.tls.emit("connection", socket);
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    const url = new URL(incoming.url ?? "/", "https://api");
    const kind = kindOf(incoming.method ?? "", url);
    const request: ProxiedRequest = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      userAgent: incoming.headers["user-agent"] ?? "",
      body,
      kind,
      number: this.requests.filter((earlier) => earlier.kind === kind).length + 1,
    };
    this.requests.push(request);
    this.events.emit("request");
    const ask = () => this.ask(incoming, response, body);
    const reset = () => this.reset(incoming.socket.remotePort);
    await (this.treat(request) ?? passOn)(new Exchange(request, response, ask, reset));
  }

  /** The TCP connection, which knows how to be reset; the one that HTTP knows is TLS on top of it. */
  private reset(clientPort: number | undefined): void {
    for (const socket of this.sockets) if (socket.remotePort === clientPort) socket.resetAndDestroy();
  }

  private async ask(incoming: IncomingMessage, response: ServerResponse, body: Buffer): Promise<IncomingMessage> {
    const { host: _, connection: __, "transfer-encoding": ___, ...headers } = incoming.headers;
    const length = body.length > 0 ? { "content-length": body.length } : {};
    const target = new URL(incoming.url ?? "/", this.api.address);
    const options = { method: incoming.method, headers: { ...headers, ...length }, agent: this.upstream };
    const outgoing = httpsRequest(target, options);
    response.once("close", () => outgoing.destroy()); // a client that goes away ends its watch
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return answer;
  }
}
