import * as grpc from "@grpc/grpc-js";
import { checkAuthority, dial, type RelayEndpoint } from "./dial";
import {
  type AgentMessage,
  type BootstrapRequest,
  type BootstrapResponse,
  CLUSTER_ID,
  relayService,
  type ServerMessage,
} from "./protocol";
import { connectionError, RelayError } from "./relayError";

const CALL_DEADLINE_SECONDS = 10;

/** One connection of an agent to the relay server. */
export class RelayClient {
  private constructor(
    private readonly client: grpc.Client,
    private readonly cluster: string,
  ) {}

  /**
   * @throws RelayError when the server cannot be reached or does not prove itself
   * @throws an AbortError when the signal was aborted before, which no listener hears any more
   */
  static async open(endpoint: RelayEndpoint, cluster: string, signal: AbortSignal): Promise<RelayClient> {
    signal.throwIfAborted();
    await dial(endpoint, signal);
    signal.throwIfAborted();
    const credentials = endpoint.transport
      ? grpc.credentials.createFromSecureContext(endpoint.transport, {
          checkServerIdentity: (_host, peer) => checkAuthority(endpoint.authority, peer),
        })
      : grpc.credentials.createInsecure();
    const client = new grpc.Client(endpoint.address.replace(/^:/, "127.0.0.1:"), credentials, {
      "grpc.default_authority": endpoint.authority,
      ...(endpoint.transport ? { "grpc.ssl_target_name_override": endpoint.authority } : {}),
      "grpc.enable_http_proxy": 0,
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 5_000,
      // Channels to one address are otherwise pooled: the one without a client certificate could be used again.
      "grpc.use_local_subchannel_pool": 1,
    });
    return new RelayClient(client, cluster);
  }

  /** @throws RelayError when the server refuses */
  async bootstrap(request: BootstrapRequest, signal: AbortSignal): Promise<BootstrapResponse> {
    signal.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = relayService.bootstrap;
    const deadline = new Date(Date.now() + CALL_DEADLINE_SECONDS * 1000);
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata(),
        { deadline },
        (error, response) => {
          signal.removeEventListener("abort", cancel);
          if (error) reject(new RelayError(error.code, error.details));
          else if (response) resolve(response);
          else reject(connectionError("server answered nothing"));
        },
      );
      const cancel = (): void => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
    });
  }

  /**
   * Holds a session and never resolves.
   *
   * @param accepted is called with the version of the server when it has accepted the session
   * @throws RelayError when the session ends, for whatever reason
   */
  async session(accepted: (serverVersion: string) => void, signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = relayService.connect;
    return new Promise((_, reject) => {
      const stream = this.client.makeBidiStreamRequest<AgentMessage, ServerMessage>(
        path,
        requestSerialize,
        responseDeserialize,
        this.#metadata(),
      );
      const cancel = (): void => stream.cancel();
      let known = false;
      signal.addEventListener("abort", cancel, { once: true });
      stream.on("data", (message: ServerMessage) => {
        if (!known) accepted(message.serverVersion);
        known = true;
        stream.write({ responseNonce: message.nonce });
      });
      // Every end comes as a status as well; the error event only has to be heard, lest it ends the process.
      stream.on("error", () => undefined);
      stream.on("status", ({ code, details }: grpc.StatusObject) => {
        signal.removeEventListener("abort", cancel);
        reject(code === grpc.status.OK ? connectionError("EOF") : new RelayError(code, details));
      });
    });
  }

  close(): void {
    this.client.close();
  }

  #metadata(): grpc.Metadata {
    const metadata = new grpc.Metadata();
    metadata.set(CLUSTER_ID, this.cluster);
    return metadata;
  }
}
