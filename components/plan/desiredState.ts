import type { Found } from "../preflight/discovery/found";

/** What a registration is to become: the side of a plan that comes from the arguments and the hub. */
export interface DesiredState {
  readonly clusterName: string;
  readonly clusterDomain: string;
  /** The agent's namespace on the remote cluster. */
  readonly namespace: string;
  /** The registration makes the namespace; otherwise it is there, and others'. */
  readonly createNamespace: boolean;
  /** The namespace gets the label against Istio's sidecars. */
  readonly disableIstioInjection: boolean;
  readonly agentVersion: Found;
  readonly serverAddress: Found;
  /** PEM of the root CA that is copied to the remote cluster; empty when none is. */
  readonly rootCertificate: string;
  /** Whether the client certificate must chain to that root. */
  readonly chainToRoot: boolean;
  /** clientCertificate.reissue; empty where it is not set. What it was in the run before is in Pulumi's state alone. */
  readonly reissue: string;
  /** The same of `agent.chart` and `agent.repository`: those that are set to another value than their default. */
  readonly chartArguments: readonly string[];
  /** `issued` by the relay server for the token, `provided` by the user, or `none`: the relay runs without TLS. */
  readonly certificate: "issued" | "provided" | "none";
  readonly selfRegistration: boolean;
  /** `temporary`: there while it is needed, `retained` as a declared Secret, or `provided` by the user. */
  readonly token: "temporary" | "retained" | "provided";
  /** Identity (kube-system UID) of the cluster to register. */
  readonly remoteIdentity: string;
  /** The values for the agent's chart, ours among them. Left out: changes of values are not told. Never shown, only their paths are. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Paths of the user's values that are known only in the run; an empty path: all of them. Default: none. */
  readonly unknownValues?: readonly string[] | undefined;
}
