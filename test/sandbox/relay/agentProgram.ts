import type { PodProgram } from "../pods/program";
import { type GenerationName, generations } from "./relayGeneration";
import { relayProcess } from "./relayProcess";

/** How a relay agent behaves. All durations are in seconds. */
export interface RelayAgentOptions {
  /** Default: `1.x`. */
  readonly generation?: GenerationName;
  /** Pause between receiving the certificate and writing its Secret, for tests of slow registrations. Default: 0. */
  readonly certificateDelaySeconds?: number;
  /** Pause after the first failed attempt; it doubles from then on. Default: 1. */
  readonly retrySeconds?: number;
  /** Longest pause between attempts. Default: 4. */
  readonly maximumRetrySeconds?: number;
  /** The process exits with 1 when it has not had a connection for this long. Default: 20. */
  readonly giveUpSeconds?: number;
  /** Longest wait for a connection and its handshake. Default: 5. */
  readonly dialSeconds?: number;
}

const defaults = {
  certificateDelaySeconds: 0,
  retrySeconds: 1,
  maximumRetrySeconds: 4,
  giveUpSeconds: 20,
  dialSeconds: 5,
};

/**
 * Stand-in for the relay agent, image `…/enterprise-agent:<version>`, in 2.x `…/gloo-mesh-agent:<version>`. It reads its Secrets only when it starts. Without
 * a client certificate it bootstraps with root CA and token; with one it needs neither. It exits with 1 when something
 * is missing, when the server refuses it, or when the server has been out of reach for `giveUpSeconds`. With the argument
 * `check` it checks the connection once instead (`helm test`).
 */
export function relayAgentProgram({ generation = "1.x", ...options }: RelayAgentOptions = {}): PodProgram {
  return relayProcess("agent", { agent: { ...defaults, ...options }, generation: generations[generation].program });
}
