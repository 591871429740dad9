import type { PodProgram } from "../pods/program";
import { relayProcess } from "./relayProcess";

/** How the relay server runs. */
export interface RelayServerOptions {
  /** The local address of the gRPC port; agents of other clusters use it as their relay address. The port must be free. */
  readonly listen: { readonly host: "127.0.0.1"; readonly port: number };
  /** Version of a server whose image has no tag. Default: 1.0.4. */
  readonly version?: string;
  /** Speaks plain text and believes the cluster name that an agent claims. Default: what its arguments say. */
  readonly insecure?: boolean;
}

/**
 * Stand-in for the relay server, image `…/enterprise-networking:<version>`. It reads its Secrets and the
 * KubernetesClusters from the API of its cluster and exits with 1 when something that it needs is missing there.
 */
export function relayServerProgram({ listen, version = "1.0.4", ...options }: RelayServerOptions): PodProgram {
  return relayProcess("server", { server: { port: listen.port, version, ...options } });
}
