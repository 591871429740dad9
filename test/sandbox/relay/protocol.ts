import type * as grpc from "@grpc/grpc-js";

/** What the agent sends once, over one-way TLS. */
export interface BootstrapRequest {
  readonly cluster: string;
  readonly token: string;
  /** PEM of a certificate signing request. */
  readonly request: string;
}

/** The answer: the issued certificate with its intermediates, and the root against which it verifies. */
export interface BootstrapResponse {
  readonly certificateChain: string;
  readonly ca: string;
}

/** A message of the agent on its session: it acknowledges what it has received so far. */
export interface AgentMessage {
  readonly responseNonce: string;
}

/** A message of the server on a session. The first one means that the session is accepted. */
export interface ServerMessage {
  readonly nonce: string;
  readonly serverVersion: string;
}

/** Metadata key by which an agent says which cluster it speaks for. */
export const CLUSTER_ID = "x-cluster-id";

/**
 * The gRPC service of the sandbox. The wire format of the product is not public; method names and JSON messages are
 * ours, so that no real agent or server can talk to it by accident.
 */
export const relayService = {
  bootstrap: {
    path: "/sandbox.Relay/Bootstrap",
    requestStream: false,
    responseStream: false,
    requestSerialize: encode,
    requestDeserialize: (bytes: Buffer): BootstrapRequest => decode(bytes, ["cluster", "token", "request"]),
    responseSerialize: encode,
    responseDeserialize: (bytes: Buffer): BootstrapResponse => decode(bytes, ["certificateChain", "ca"]),
  },
  connect: {
    path: "/sandbox.Relay/Connect",
    requestStream: true,
    responseStream: true,
    requestSerialize: encode,
    requestDeserialize: (bytes: Buffer): AgentMessage => decode(bytes, ["responseNonce"]),
    responseSerialize: encode,
    responseDeserialize: (bytes: Buffer): ServerMessage => decode(bytes, ["nonce", "serverVersion"]),
  },
} satisfies grpc.ServiceDefinition;

function encode(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function decode<Key extends string>(bytes: Buffer, keys: readonly Key[]): Record<Key, string> {
  const message: unknown = JSON.parse(bytes.toString("utf8"));
  const fields = typeof message === "object" && message !== null ? new Map(Object.entries(message)) : new Map();
  const decoded: Partial<Record<Key, string>> = {};
  for (const key of keys) {
    const value: unknown = fields.get(key);
    if (typeof value !== "string") throw new TypeError(`field ${key} is missing or is not text`);
    decoded[key] = value;
  }
  return decoded as Record<Key, string>;
}
