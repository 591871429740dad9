import { createHash, timingSafeEqual, X509Certificate } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import { signClientRequest } from "./clientCertificates";
import type { HubState } from "./hubState";
import { errorText, logLine } from "./log";
import { ClientGauge } from "./metrics";
import {
  type AgentMessage,
  type BootstrapRequest,
  type BootstrapResponse,
  CLUSTER_ID,
  type ServerMessage,
} from "./protocol";

type Session = grpc.ServerDuplexStream<AgentMessage, ServerMessage>;

/** The two methods of the relay server, and whom they serve right now. */
export class RelayService {
  readonly #push = new ClientGauge();
  readonly #pull = new ClientGauge();
  readonly #sessions = new Map<Session, string>();

  constructor(
    private readonly state: HubState,
    private readonly options: { version: string; insecure: boolean; log: (line: string) => void },
  ) {
    state.onUnregistered((cluster) => this.#disconnect(cluster));
  }

  /** Implementation of `relayService` for `grpc.Server.addService`. */
  handlers(): grpc.UntypedServiceImplementation {
    const bootstrap: grpc.handleUnaryCall<BootstrapRequest, BootstrapResponse> = (call, callback) => {
      this.#bootstrap(call).then(
        (response) => callback(null, response),
        (error: unknown) => callback(this.#status(error, call)),
      );
    };
    const connect: grpc.handleBidiStreamingCall<AgentMessage, ServerMessage> = (session) => {
      // Without a listener an error of the stream, such as an unreadable message, would end the whole process.
      session.on("error", () => undefined);
      this.#connect(session).catch((error: unknown) => session.emit("error", this.#status(error, session)));
    };
    return { bootstrap, connect };
  }

  /** The gauges of connected clients in the text format of Prometheus. */
  metrics(): string {
    return (
      this.#push.render("relay_push_clients_connected", "Relay push clients (Relay Agents)") +
      this.#pull.render("relay_pull_clients_connected", "Relay pull clients (Relay Agents and Dashboards)")
    );
  }

  async #bootstrap(call: grpc.ServerUnaryCall<BootstrapRequest, BootstrapResponse>): Promise<BootstrapResponse> {
    const { cluster, token, request } = call.request;
    if (!equalSecrets(token, this.state.token()))
      throw refusal(grpc.status.UNAUTHENTICATED, "identity token is not valid");
    await this.#demandRegistration(cluster);
    const certificateChain = await signClientRequest(this.state.signingAuthority(), {
      clusterName: cluster,
      requestPem: request,
    }).catch((error: unknown) => {
      throw refusal(grpc.status.INVALID_ARGUMENT, `certificate request is not acceptable: ${errorText(error)}`);
    });
    this.#log("info", "relay-ca", "issued client certificate", call);
    return { certificateChain, ca: this.state.rootPem() };
  }

  async #connect(session: Session): Promise<void> {
    const cluster = this.options.insecure ? claimedCluster(session) : provenCluster(session);
    await this.#demandRegistration(cluster);
    if (session.cancelled) return;
    this.#sessions.set(session, cluster);
    this.#count(cluster, 1);
    session.once("cancelled", () => this.#forget(session));
    session.on("data", (message: AgentMessage) => {
      const request = `recieved request for delta: response_nonce:${JSON.stringify(message.responseNonce)}`;
      this.#log("debug", "pull-resource-deltas", request, session);
    });
    session.once("end", () => {
      this.#forget(session);
      session.end();
    });
    this.#log("info", "relay-server", "agent connected", session);
    session.write({ nonce: "1", serverVersion: this.options.version });
  }

  #disconnect(cluster: string): void {
    for (const [session, owner] of this.#sessions) {
      if (owner !== cluster) continue;
      this.#forget(session);
      session.emit("error", notRegistered(cluster));
    }
  }

  #forget(session: Session): void {
    const cluster = this.#sessions.get(session);
    if (cluster === undefined) return;
    this.#sessions.delete(session);
    this.#count(cluster, -1);
    this.#log("info", "relay-server", "agent disconnected", session);
  }

  #count(cluster: string, difference: 1 | -1): void {
    this.#push.add(cluster, difference);
    this.#pull.add(cluster, difference);
  }

  async #demandRegistration(cluster: string): Promise<void> {
    if (!(await this.state.isRegistered(cluster))) throw notRegistered(cluster);
  }

  #status(error: unknown, call: grpc.ServerUnaryCall<BootstrapRequest, BootstrapResponse> | Session): Refusal {
    const status = isRefusal(error) ? error : refusal(grpc.status.INTERNAL, errorText(error));
    this.#log("error", "relay-server", "refused agent", call, {
      code: grpc.status[status.code],
      error: status.details,
    });
    return status;
  }

  #log(
    level: "debug" | "info" | "error",
    logger: string,
    message: string,
    call: grpc.ServerUnaryCall<BootstrapRequest, BootstrapResponse> | Session,
    fields: Record<string, unknown> = {},
  ): void {
    const metadata = {
      ":authority": [call.getHost()],
      "content-type": ["application/grpc"],
      "user-agent": call.metadata.get("user-agent").map(String),
      [CLUSTER_ID]: call.metadata.get(CLUSTER_ID).map(String),
    };
    this.options.log(logLine(level, logger, message, { ...fields, metadata, peer: call.getPeer() }));
  }
}

interface Refusal extends Error {
  readonly code: grpc.status;
  readonly details: string;
}

function refusal(code: grpc.status, details: string): Refusal {
  return Object.assign(new Error(details), { code, details });
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && "details" in error;
}

function notRegistered(cluster: string): Refusal {
  return refusal(grpc.status.NOT_FOUND, `cluster ${cluster} not registered`);
}

function claimedCluster(session: Session): string {
  return String(session.metadata.get(CLUSTER_ID)[0] ?? "");
}

/** The cluster that the agent speaks for, provided that its certificate is verified and names it as SAN DNS. */
function provenCluster(session: Session): string {
  const peer = session.getAuthContext().sslPeerCertificate;
  if (!peer) throw refusal(grpc.status.UNAUTHENTICATED, "no valid client certificate was presented");
  const names = dnsNames(new X509Certificate(peer.raw));
  const cluster = claimedCluster(session);
  if (names.includes(cluster)) return cluster;
  const problem = `client certificate is valid for ${names.join(", ") || "no name"}, not ${cluster}`;
  throw refusal(grpc.status.UNAUTHENTICATED, problem);
}

/** SAN entries of type DNS. The CN is ignored: vendors' own scripts put other things there. */
function dnsNames(certificate: X509Certificate): string[] {
  const entries = (certificate.subjectAltName ?? "").split(", ");
  return entries.filter((entry) => entry.startsWith("DNS:")).map((entry) => entry.slice("DNS:".length));
}

/** Compares digests, which have equal lengths, in constant time. */
function equalSecrets(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
