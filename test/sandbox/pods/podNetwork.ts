import { rm } from "node:fs/promises";
import * as http from "node:http";
import * as net from "node:net";
import type { Duplex } from "node:stream";

/** Where an address of the pod network really leads to. */
export interface LocalAddress {
  readonly host: string;
  readonly port: number;
}

const badGateway = "HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/**
 * The pod network of one cluster, as far as its API server needs it: an HTTP CONNECT proxy on a Unix socket that knows which
 * local port stands behind `podIP:port`. The API server refuses to proxy to loopback addresses, so pods need addresses of
 * their own, and those exist nowhere but here.
 */
export class PodNetwork {
  /** Address of the node in this network, 10.x.0.1. */
  readonly nodeIp: string;
  readonly #prefix: string;
  readonly #server: http.Server;
  readonly #socketPath: string;
  readonly #connections = new Set<Duplex>();
  readonly #allocated = new Set<string>();
  readonly #routes = new Map<string, LocalAddress>();
  #last = 255;

  private constructor(socketPath: string, nodeIp: string) {
    this.nodeIp = nodeIp;
    this.#prefix = nodeIp.split(".").slice(0, 2).join(".");
    this.#socketPath = socketPath;
    this.#server = http.createServer((_request, response) => {
      response.writeHead(405, { connection: "close" }).end("only CONNECT is served here\n");
    });
    this.#server.on("connect", (request, socket, head) => this.#connect(request.url ?? "", socket, head));
  }

  /** Serves the socket. A stale socket file of an earlier run is replaced. */
  static async start(socketPath: string, nodeIp: string): Promise<PodNetwork> {
    const network = new PodNetwork(socketPath, nodeIp);
    await rm(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      network.#server.once("error", reject);
      network.#server.listen(socketPath, resolve);
    });
    return network;
  }

  /** Gives out a free pod address, or `wanted` when it is of this network and free. */
  allocate(wanted?: string): string {
    if (wanted?.startsWith(`${this.#prefix}.`) === true && !this.#allocated.has(wanted)) {
      this.#allocated.add(wanted);
      return wanted;
    }
    // Addresses are handed out in turn, not lowest first: a late request to a dead pod must not reach its successor.
    for (let tries = 0; tries < 65_536; tries++) {
      this.#last = this.#last >= 65_534 ? 256 : this.#last + 1;
      const ip = `${this.#prefix}.${this.#last >> 8}.${this.#last & 255}`;
      const isHost = (this.#last & 255) !== 0 && (this.#last & 255) !== 255;
      if (isHost && !this.#allocated.has(ip)) {
        this.#allocated.add(ip);
        return ip;
      }
    }
    throw new Error(`no free address is left in ${this.#prefix}.0.0/16`);
  }

  release(ip: string): void {
    this.#allocated.delete(ip);
    for (const key of [...this.#routes.keys()]) {
      if (key.startsWith(`${ip}:`)) {
        this.#routes.delete(key);
      }
    }
  }

  /** Makes `ip:port` lead to a local address. The returned function takes it back, unless it was replaced meanwhile. */
  route(ip: string, port: number, address: LocalAddress): () => void {
    const key = `${ip}:${port}`;
    this.#routes.set(key, address);
    return () => {
      if (this.#routes.get(key) === address) {
        this.#routes.delete(key);
      }
    };
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    for (const connection of this.#connections) {
      connection.destroy();
    }
    await closed;
    await rm(this.#socketPath, { force: true });
  }

  #connect(target: string, client: Duplex, head: Buffer): void {
    this.#track(client);
    const address = this.#routes.get(target);
    if (address === undefined) {
      client.end(badGateway);
      return;
    }
    const upstream = net.connect(address.port, address.host);
    this.#track(upstream);
    let established = false;
    upstream.once("connect", () => {
      established = true;
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) {
        upstream.write(head);
      }
      upstream.pipe(client);
      client.pipe(upstream);
    });
    upstream.once("close", () => (established ? client.destroy() : client.end(badGateway)));
    client.once("close", () => upstream.destroy());
  }

  #track(connection: Duplex): void {
    this.#connections.add(connection);
    // Errors of one side end the other through "close"; without a listener they would end the whole process.
    connection.on("error", () => connection.destroy());
    connection.once("close", () => this.#connections.delete(connection));
  }
}
