import type { PodProgram } from "../pods/program";
import { type GenerationName, generations } from "./relayGeneration";
import { relayProcess } from "./relayProcess";

const yearSeconds = 365 * 24 * 60 * 60;

/** How the relay server runs. */
export interface RelayServerOptions {
  /** Default: `1.x`. */
  readonly generation?: GenerationName;
  /** The local address of the gRPC port; agents of other clusters use it as their relay address. The port must be free. */
  readonly listen: { readonly host: "127.0.0.1"; readonly port: number };
  /** Version of a server whose image has no tag. Default: that of the generation. */
  readonly version?: string;
  /** Life of the client certificates that it issues. Default: one year. */
  readonly clientCertificateSeconds?: number;
  /** In 2.x a certificate is renewed for the token alone, not for the certificate so far. Default: false. */
  readonly renewalDemandsToken?: boolean;
  /** In 2.x a KubernetesCluster is ACCEPTED as soon as it exists, not when its agent connects. Default: false. */
  readonly approvesUnseen?: boolean;
  /** Speaks plain text and believes the cluster name that an agent claims. Default: what its arguments say. */
  readonly insecure?: boolean;
}

/**
 * Stand-in for the relay server, image `…/enterprise-networking:<version>`, in 2.x `…/gloo-mesh-mgmt-server:<version>`. It reads its Secrets and the
 * KubernetesClusters from the API of its cluster and exits with 1 when something that it needs is missing there.
 */
export function relayServerProgram({ listen, generation = "1.x", ...options }: RelayServerOptions): PodProgram {
  const { program, defaultVersion: version } = generations[generation];
  const defaults = { version, clientCertificateSeconds: yearSeconds };
  return relayProcess("server", { server: { port: listen.port, ...defaults, ...options }, generation: program });
}
