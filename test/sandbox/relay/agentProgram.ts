import { setTimeout as sleep } from "node:timers/promises";
import type { PodContext, PodProgram } from "../pods/program";
import { type AgentArguments, parseAgentArguments } from "./agentArguments";
import { bootstrapCredentials, requestCertificate, storedIdentity, storeIdentity } from "./agentIdentity";
import { dial, secureContext, type TransportIdentity } from "./dial";
import { imageTag } from "./images";
import { errorText, logLine } from "./log";
import { RelayClient } from "./relayClient";
import { RelayError } from "./relayError";

/** How a relay agent behaves. All durations are in seconds. */
export interface RelayAgentOptions {
  /** Pause between receiving the certificate and writing its Secret, for tests of slow registrations. Default: 0. */
  readonly certificateDelaySeconds?: number;
  /** Pause after the first failed attempt; it doubles from then on. Default: 1. */
  readonly retrySeconds?: number;
  /** Longest pause between attempts. Default: 4. */
  readonly maximumRetrySeconds?: number;
  /** The process exits with 1 when it has not had a connection for this long. Default: 20. */
  readonly giveUpSeconds?: number;
  /** Longest wait for a connection, and again for its handshake. Default: 5. */
  readonly dialSeconds?: number;
}

/** First argument that makes the image check the connection once instead of running the agent (`helm test`). */
export const CHECK_COMMAND = "check";

/**
 * Stand-in for the relay agent, image `…/enterprise-agent:<version>`. It reads its Secrets only when it starts. Without
 * a client certificate it bootstraps with root CA and token; with one it needs neither. It exits with 1 when something
 * is missing, when the server refuses it, or when the server has been out of reach for `giveUpSeconds`.
 */
export function relayAgentProgram(options: RelayAgentOptions = {}): PodProgram {
  return { run: (context) => new RelayAgent(context, options).run() };
}

class RelayAgent {
  readonly #patience: { first: number; longest: number; giveUp: number };

  constructor(
    private readonly context: PodContext,
    private readonly options: RelayAgentOptions,
  ) {
    this.#patience = {
      first: (options.retrySeconds ?? 1) * 1000,
      longest: (options.maximumRetrySeconds ?? 4) * 1000,
      giveUp: (options.giveUpSeconds ?? 20) * 1000,
    };
  }

  async run(): Promise<number> {
    const { args, namespace, signal } = this.context;
    try {
      const parsed = parseAgentArguments(args, namespace);
      if (args.includes(CHECK_COMMAND)) return await this.#check(parsed);
      this.#log("info", "starting relay agent", { cluster: parsed.cluster, version: imageTag(this.context.image) });
      return await this.#serve(parsed);
    } catch (error) {
      if (signal.aborted) return 0;
      this.#log("fatal", "relay agent stopped", { error: errorText(error) });
      return 1;
    }
  }

  async #serve(args: AgentArguments): Promise<never> {
    const identity = args.insecure
      ? undefined
      : ((await storedIdentity(this.context, args.clientCertificate)) ?? (await this.#bootstrap(args)));
    const transport = identity && secureContext(identity);
    const { dialSeconds } = this.options;
    const endpoint = { address: args.relayAddress, authority: args.relayAuthority, transport, dialSeconds };
    return this.#retrying("cannot hold a session with the relay server", async (connected) => {
      const client = await RelayClient.open(endpoint, args.cluster, this.context.signal);
      try {
        return await client.session((serverVersion) => {
          connected();
          this.#welcome(args, serverVersion);
        }, this.context.signal);
      } finally {
        client.close();
      }
    });
  }

  async #bootstrap(args: AgentArguments): Promise<TransportIdentity> {
    const { signal } = this.context;
    const credentials = await bootstrapCredentials(this.context, args);
    this.#log("info", "no client certificate yet, requesting one", { address: args.relayAddress });
    const issued = await this.#retrying("cannot obtain a client certificate", () =>
      requestCertificate(args, credentials, signal, this.options.dialSeconds),
    );
    if (this.options.certificateDelaySeconds) {
      await sleep(this.options.certificateDelaySeconds * 1000, undefined, { signal });
    }
    signal.throwIfAborted();
    const { namespace, name } = args.clientCertificate;
    const identity = await storeIdentity(this.context, args.clientCertificate, issued);
    this.#log("info", "stored client certificate", { secret: `${namespace}/${name}` });
    return identity;
  }

  #welcome(args: AgentArguments, serverVersion: string): void {
    const version = imageTag(this.context.image);
    this.#log("info", "connected to relay server", {
      cluster: args.cluster,
      address: args.relayAddress,
      serverVersion,
    });
    if (minor(version) !== minor(serverVersion)) {
      this.#log("warn", "versions of relay agent and relay server differ", { version, serverVersion });
    }
    this.context.ready();
  }

  /** What `helm test` runs: is the client certificate there, and does the server prove itself? */
  async #check(args: AgentArguments): Promise<number> {
    const { namespace, name } = args.clientCertificate;
    const identity = args.insecure ? undefined : await storedIdentity(this.context, args.clientCertificate);
    if (!args.insecure && !identity)
      throw new Error(`Secret ${namespace}/${name} holds no complete client certificate`);
    const transport = identity && secureContext(identity);
    await dial({ address: args.relayAddress, authority: args.relayAuthority, transport }, this.context.signal);
    this.#log("info", "relay server is reachable", { address: args.relayAddress });
    return 0;
  }

  /** Repeats what fails for a transient reason until that has lasted too long; `connected` restarts that clock. */
  async #retrying<T>(problem: string, attempt: (connected: () => void) => Promise<T>): Promise<T> {
    const { signal } = this.context;
    let pause = this.#patience.first;
    let failingSince = performance.now();
    let connected = false;
    for (;;) {
      try {
        return await attempt(() => {
          connected = true;
        });
      } catch (error) {
        signal.throwIfAborted();
        if (connected) {
          pause = this.#patience.first;
          failingSince = performance.now();
        }
        connected = false;
        const failingFor = performance.now() - failingSince;
        if (!(error instanceof RelayError && error.transient) || failingFor + pause > this.#patience.giveUp)
          throw error;
        this.#log("error", problem, { error: error.message, retryAfter: `${pause / 1000}s` });
        await sleep(pause, undefined, { signal });
        pause = Math.min(pause * 2, this.#patience.longest);
      }
    }
  }

  #log(level: "info" | "warn" | "error" | "fatal", message: string, fields: Record<string, unknown>): void {
    this.context.log(logLine(level, "relay-agent", message, fields));
  }
}

/** `1.0.4` → `1.0`. */
function minor(version: string): string {
  return version.replace(/^v/, "").split(".").slice(0, 2).join(".");
}
