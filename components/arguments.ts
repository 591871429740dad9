import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";

/** What a {@link GlooMeshRelayRegistration} takes. */
export interface GlooMeshRelayRegistrationArgs {
  /**
   * Name under which Gloo Mesh knows the cluster; every other Gloo Mesh configuration refers to it. It becomes the name of the
   * KubernetesCluster, `relay.cluster` of the agent and the DNS name in its certificate, and should equal Istio's cluster name.
   * Form: a DNS label (lower-case letters, digits, hyphens; at most 63 characters). Another name is another registration.
   */
  readonly clusterName: pulumi.Input<string>;
  /** Local DNS domain of the remote cluster. Default `cluster.local`. */
  readonly clusterDomain?: pulumi.Input<string>;
  /** The cluster that runs the relay server. Make it once and share it between registrations. */
  readonly management: Cluster;
  /** The cluster to register. */
  readonly remote: Cluster;
  /** Namespace of Gloo Mesh on the management cluster. Default `gloo-mesh`. */
  readonly managementNamespace?: pulumi.Input<string>;
  readonly namespace?: NamespaceArgs;
  readonly relay: RelayArgs;
  readonly agent: AgentArgs;
  readonly token?: TokenArgs;
  readonly proof?: ProofArgs;
  /**
   * Registers the management cluster with itself: `management` and `remote` are then the same cluster, nothing is copied and nothing
   * that the hub owns is deleted. Default false; the same cluster on both sides is an error without it.
   */
  readonly selfRegistration?: boolean;
}

/** The agent's namespace on the remote cluster. */
export interface NamespaceArgs {
  /** Default `gloo-mesh`. */
  readonly name?: pulumi.Input<string>;
  /**
   * True (default): the registration makes the namespace and removes it on destroy. False: the namespace exists and is used as it is.
   * An explicit choice, because what is declared must not depend on what is found.
   */
  readonly create?: boolean;
}

/** Where the agent finds the relay server. */
export interface RelayArgs {
  /** `host:port` at which the remote cluster reaches the relay server, such as `172.18.0.2:31179` or `[2001:db8::1]:9900`. */
  readonly serverAddress: pulumi.Input<string>;
  /**
   * Name that the agent expects in the relay server's certificate and sends as `:authority`.
   * Default `enterprise-networking.gloo-mesh`; `<service>.<namespace>` when Gloo Mesh runs in another namespace.
   */
  readonly authority?: pulumi.Input<string>;
}

/** The relay agent's Helm release. */
export interface AgentArgs {
  /** Version of the enterprise-agent chart, such as `1.0.4`; it should be the version of enterprise-networking on the hub. A leading `v` is dropped. */
  readonly version: pulumi.Input<string>;
  /** Helm repository. Default: the vendor's, `https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent`. */
  readonly repository?: pulumi.Input<string>;
  /** Name of the chart in the repository, or path of a chart archive or folder. Default `enterprise-agent`. */
  readonly chart?: pulumi.Input<string>;
  /** Further values of the chart. The values that make the identity (`relay.*`) are ours and win, as they do in meshctl. */
  readonly values?: pulumi.Input<Record<string, unknown>>;
  /** Leaves the chart's CRDs out, for clusters that have them or cannot take them. Default false. */
  readonly skipCrds?: pulumi.Input<boolean>;
  /**
   * Seconds for which a Helm operation that was left unfinished must have been quiet before it counts as abandoned and is cleared.
   * Default 60: Helm works here without waiting for pods, so an operation that lives is done in seconds.
   */
  readonly abandonedAfterSeconds?: pulumi.Input<number>;
}

/** The bootstrap token. */
export interface TokenArgs {
  /**
   * False (default): the token lies on the remote cluster only until the agent has its certificate, and never in Pulumi state.
   * True: it stays there as a declared Secret, as in the vendor's guide for Helm. State then holds it encrypted, but Pulumi's own debug
   * messages (`--debug`, `--event-log`) show every declared Secret in plain text.
   */
  readonly retain?: boolean;
}

/** How the registration is proven. */
export interface ProofArgs {
  /** Seconds to wait for the certificate and the agent. Default 300, from 1 to 3600. */
  readonly timeoutSeconds?: pulumi.Input<number>;
  /**
   * Whether the client certificate must chain to the root CA copied from the hub. Default true; false for own PKIs with separate roots.
   */
  readonly chainToRoot?: pulumi.Input<boolean>;
}
