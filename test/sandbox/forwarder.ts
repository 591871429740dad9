import * as net from "node:net";

/** Passes TCP connections to a port of 127.0.0.1 on to another one, byte by byte: TLS goes through as it is. */
export class Forwarder {
  readonly #server: net.Server;
  readonly #connections = new Set<net.Socket>();

  private constructor(target: number) {
    this.#server = net.createServer((client) => {
      const upstream = net.connect(target, "127.0.0.1");
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#connections.add(one);
        one.on("error", () => one.destroy());
        one.once("close", () => {
          this.#connections.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  /** @throws when the port is taken */
  static async start(port: number, target: number): Promise<Forwarder> {
    const forwarder = new Forwarder(target);
    await new Promise<void>((resolve, reject) => {
      forwarder.#server.once("error", reject).listen({ host: "127.0.0.1", port }, resolve);
    });
    return forwarder;
  }

  /** Ends all connections and frees the port. Further calls do nothing. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}
