import { type AgentOptions, Agent as HttpAgent, type RequestOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import type { checkServerIdentity } from "node:tls";

/** Where connections lead; those of one place are shared by all requests of this process. */
export interface ConnectionPlace {
  readonly server: URL;
  /** The proxy's address. */
  readonly proxy: string | undefined;
  /** The name in the server's certificate, if it is another one than its host. */
  readonly servername: string;
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/** Options of a request that a kept or new connection serves. */
export type ConnectedOptions = RequestOptions & {
  /** Opens what a new connection runs on: a tunnel through a proxy. Default: a connection to the server. */
  readonly reach?: () => Promise<Duplex>;
};

const places = new Map<string, KeptConnections>();

/** The connections to one place. */
export function keptConnections(place: ConnectionPlace): KeptConnections {
  const key = JSON.stringify([place.server.origin, place.proxy, place.servername]);
  const known = places.get(key) ?? new KeptConnections(place);
  places.set(key, known);
  return known;
}

/**
 * Keeps connections open after an answer: a new one costs two round trips. Node shares a connection, and resumes a TLS session, only between requests
 * with the same trust and the same client certificate. A kept connection does not keep the process alive.
 */
export class KeptConnections {
  readonly agent: HttpAgent;
  /** Number of answers that each connection has brought. */
  private readonly answers = new WeakMap<Duplex, number>();
  private readonly freeSince = new WeakMap<Duplex, number>();

  constructor({ server, checkServerIdentity }: ConnectionPlace) {
    const options: AgentOptions = { keepAlive: true, maxFreeSockets: mostKept, timeout: idleSeconds * 1000 };
    const isSecure = server.protocol === "https:";
    // Not an option of each request: Node would take each for a check of its own, and share nothing.
    const agent = isSecure ? new HttpsAgent({ ...options, checkServerIdentity }) : new HttpAgent(options);
    const [connect, keep] = [agent.createConnection.bind(agent), agent.keepSocketAlive.bind(agent)];
    agent.createConnection = ({ reach, ...options }: ConnectedOptions, connected) => {
      if (!reach) return connect(options, connected);
      reach().then(
        (socket) => connected?.(null, (isSecure ? connect({ ...options, ...{ socket } }) : socket) as Duplex),
        (error: Error) => connected?.(error, undefined as never),
      );
      return undefined;
    };
    agent.keepSocketAlive = (socket) => {
      this.answers.set(socket, (this.answers.get(socket) ?? 0) + 1);
      this.freeSince.set(socket, Date.now());
      return keep(socket);
    };
    this.agent = agent;
  }

  /**
   * Closes the kept connections to which a write should not be trusted: it cannot be sent again. Some servers and proxies close a connection after each
   * answer without a word, others while it is idle.
   */
  prepareWrite(): void {
    const now = Date.now();
    const isTrusted = (socket: Duplex) =>
      (this.answers.get(socket) ?? 0) > 1 && now - (this.freeSince.get(socket) ?? 0) < trustedIdleMilliseconds;
    this.close((socket) => !isTrusted(socket));
  }

  /** Closes all kept connections that serve no request. One was stale: the others are as old. */
  forget(): void {
    this.close(() => true);
  }

  private close(isMeant: (socket: Duplex) => boolean): void {
    for (const sockets of Object.values(this.agent.freeSockets)) {
      if (sockets === undefined) continue;
      const kept = sockets.filter((socket) => !isMeant(socket));
      const closed = sockets.filter(isMeant);
      // Node would still give a closed one to the next request.
      sockets.splice(0, sockets.length, ...kept);
      for (const socket of closed) socket.destroy();
    }
  }
}

/** As many as the checks of a registration have requests at the same time. */
const mostKept = 16;

/** Load balancers and NAT forget idle connections, the strictest after a minute, and some without a word. */
const idleSeconds = 30;

const trustedIdleMilliseconds = 1000;
