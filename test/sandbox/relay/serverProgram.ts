import type { PodProgram } from "../pods/program";
import { type GenerationName, generations } from "./relayGeneration";
import { relayProcess } from "./relayProcess";

/** How the relay server runs. */
export interface RelayServerOptions {
  /** Default: `1.x`. */
  readonly generation?: GenerationName;
  /** The local address of the gRPC port; agents of other clusters use it as their relay address. The port must be free. */
  readonly listen: { readonly host: "127.0.0.1"; readonly port: number };
  /** Version of a server whose image has no tag. Default: that of the generation. */
  readonly version?: string;
  /** Speaks plain text and believes the cluster name that an agent claims. Default: what its arguments say. */
  readonly insecure?: boolean;
}

/**
 * Stand-in for the relay server, image `…/enterprise-networking:<version>`, in 2.x `…/gloo-mesh-mgmt-server:<version>`. It reads its Secrets and the
 * KubernetesClusters from the API of its cluster and exits with 1 when something that it needs is missing there.
 */
export function relayServerProgram({ listen, generation = "1.x", ...options }: RelayServerOptions): PodProgram {
  const { program, defaultVersion: version } = generations[generation];
  return relayProcess("server", { server: { port: listen.port, version, ...options }, generation: program });
}
