import { once } from "node:events";
import * as net from "node:net";
import { type Clock, DelayLine, systemClock } from "./delayLine";
import { beginsHandshake, resumesSession } from "./tlsHello";

/** Connections to a server so far. */
export interface ConnectionCount {
  readonly connections: number;
  /** TLS handshakes among them, and how many of these resumed an earlier session. */
  readonly handshakes: number;
  readonly resumed: number;
}

/** What stands far away, and how far. */
export interface Distance {
  /** Port on 127.0.0.1. */
  readonly target: number;
  /** Milliseconds that a round trip takes; 0 adds nothing. */
  readonly rtt: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/**
 * A port of 127.0.0.1 behind which a server seems to be far away: each byte arrives half a round trip later, in both directions, and a
 * connection needs a round trip before it carries any. How much is under way is not limited. TLS goes through as it is.
 */
export class DistantServer {
  private readonly sockets = new Set<net.Socket>();
  private readonly lines = new Set<DelayLine>();
  private readonly counts = { connections: 0, handshakes: 0, resumed: 0 };

  private constructor(
    private readonly server: net.Server,
    private readonly distance: Distance,
  ) {
    server.on("connection", (client: net.Socket) => this.connect(client));
  }

  static async start(distance: Distance): Promise<DistantServer> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    const distant = new DistantServer(server, distance);
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    return distant;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  get count(): ConnectionCount {
    return { ...this.counts };
  }

  /** Ends all connections and frees the port. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const line of this.lines) line.cut();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private connect(client: net.Socket): void {
    const { target, rtt, clock = systemClock } = this.distance;
    const server = net.connect({ host: "127.0.0.1", port: target, allowHalfOpen: true, noDelay: true });
    this.counts.connections++;
    client.once("data", (first) => {
      if (beginsHandshake(first)) this.counts.handshakes++;
    });
    server.once("data", (first) => {
      if (resumesSession(first)) this.counts.resumed++;
    });
    // This client is connected at once; one far away would have waited for the server's answer before its first byte left.
    const now = clock.now();
    this.carry(client, server, new DelayLine(clock, rtt / 2, now + rtt));
    this.carry(server, client, new DelayLine(clock, rtt / 2, now + rtt / 2));
  }

  private carry(from: net.Socket, to: net.Socket, line: DelayLine): void {
    this.sockets.add(from);
    this.lines.add(line);
    from.on("data", (chunk) => line.send(() => this.write(chunk, from, to)));
    from.on("end", () => line.send(() => to.end()));
    from.on("error", () => undefined); // "close" follows
    from.once("close", () => {
      this.sockets.delete(from);
      if (!this.server.listening) return;
      const isOver = from.readableEnded && from.writableFinished;
      line.send(() => {
        this.lines.delete(line);
        if (!isOver) to.resetAndDestroy();
      });
    });
  }

  /** A receiver that does not read stops its sender; what is under way waits in the receiver's socket. */
  private write(chunk: Buffer, from: net.Socket, to: net.Socket): void {
    if (to.destroyed || to.write(chunk) || from.isPaused()) return;
    from.pause();
    to.once("drain", () => from.resume());
  }
}
