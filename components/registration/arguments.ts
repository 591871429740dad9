import type * as pulumi from "@pulumi/pulumi";
import type { ClusterConnection } from "./clusterConnection";

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
  readonly management: ClusterConnection;
  /** The cluster to register. */
  readonly remote: ClusterConnection;
  /** Namespace of Gloo Mesh on the management cluster. Default `gloo-mesh`. */
  readonly managementNamespace?: pulumi.Input<string>;
  /** The agent's namespace on the remote cluster. Default: `gloo-mesh`, made here. */
  readonly namespace?: NamespaceArgs;
  /** Where the agent finds the relay server. Default: read from the hub. */
  readonly relay?: RelayArgs;
  /** The relay agent's Helm release. Default: the vendor's chart in the hub's version. */
  readonly agent?: AgentArgs;
  /** The relay's root CA. Default: copied from the management cluster. */
  readonly rootCertificate?: RootCertificateArgs;
  /** The bootstrap token. Default: copied from the management cluster, and removed after the proof. */
  readonly token?: TokenArgs;
  /** The agent's client certificate. Default: issued by the relay server. */
  readonly clientCertificate?: ClientCertificateArgs;
  /** How the registration is proven. Default: certificate and agent, within 300 seconds. */
  readonly proof?: ProofArgs;
  /** A check of your own after the proof. Default: none. */
  readonly validation?: ValidationArgs;
  /** The checks before the first write. Default: none is ignored. */
  readonly checks?: CheckArgs;
  /**
   * Registers the management cluster with itself: `management` and `remote` are then the same cluster, nothing is copied and nothing
   * that the hub owns is deleted. Default false; the same cluster on both sides is an error without it.
   */
  readonly selfRegistration?: boolean;
}

/** The agent's namespace on the remote cluster. */
export interface NamespaceArgs {
  /** Its name. Default `gloo-mesh`. */
  readonly name?: pulumi.Input<string>;
  /**
   * True (default): the registration makes the namespace and removes it on destroy. False: the namespace exists and is used as it is.
   * An explicit choice, because what is declared must not depend on what is found.
   */
  readonly create?: boolean;
  /**
   * Labels the namespace `istio-injection=disabled`, so that Istio gives the agent no sidecar (solo-io/gloo-mesh#1431). Default false.
   * In a namespace of others the one label is added, and removed again on destroy if it was not there before.
   */
  readonly disableIstioInjection?: boolean;
}

/** A Secret by name. */
export interface SecretArgs {
  /** Its name. The argument that takes this Secret tells the default. */
  readonly name?: pulumi.Input<string>;
  /** A namespace other than the agent's must exist. */
  readonly namespace?: pulumi.Input<string>;
}

/** One key of a Secret. */
export interface SecretKeyArgs extends SecretArgs {
  /** The key in its data. The argument that takes this Secret tells the default. */
  readonly key?: pulumi.Input<string>;
}

/** The relay's root CA, by which the agent knows the relay server. Never its private key, which lies beside it on the hub. */
export interface RootCertificateArgs {
  /** Where it is read on the management cluster. Default: `relay-root-tls-secret` in the management namespace, key `ca.crt`. */
  readonly source?: SecretKeyArgs;
  /** Where the agent finds it on the remote cluster, always under `ca.crt`. Default: `relay-root-tls-secret` in the agent's namespace. */
  readonly secret?: SecretArgs;
  /** True: the Secret on the remote cluster is yours; nothing is copied to it, and it stays. Default false. */
  readonly provided?: boolean;
}

/** The agent's client certificate. */
export interface ClientCertificateArgs {
  /** Where it lies on the remote cluster. Default: `relay-client-tls-secret` in the agent's namespace. */
  readonly secret?: SecretArgs;
  /**
   * False (default): the relay server issues it, for the bootstrap token. True: the Secret is yours, there already or made by
   * cert-manager a little later; root CA and token are not copied, since the agent takes its `ca.crt` (solo-io/gloo-mesh#1622).
   * Its SAN must hold the cluster name; the types Opaque and kubernetes.io/tls, bundles in `ca.crt` and any common name will do.
   */
  readonly provided?: boolean;
  /**
   * Any text; another value than in the last run has the certificate issued anew: before it expires after its year, or after the relay's
   * signing CA has changed. Default: none; taking it away asks for nothing.
   */
  readonly reissue?: pulumi.Input<string>;
}

/** Where the agent finds the relay server. */
export interface RelayArgs {
  /**
   * `host:port` at which the remote cluster reaches the relay server, such as `172.18.0.2:31179` or `[2001:db8::1]:9900`.
   * Default: read from the hub, from the LoadBalancer of the Service enterprise-networking, or from {@link ingress}.
   */
  readonly serverAddress?: pulumi.Input<string>;
  /** Reads the address from the Istio ingress gateway of the management cluster: a node's address and the node port of `https`. */
  readonly ingress?: IngressArgs;
  /**
   * Name that the agent expects in the relay server's certificate and sends as `:authority`.
   * Default `enterprise-networking.gloo-mesh`; `<service>.<namespace>` when Gloo Mesh runs in another namespace.
   */
  readonly authority?: pulumi.Input<string>;
  /**
   * True: agent and relay server talk without TLS, nobody proves who he is, and no Secret is copied. For trials on one machine; each run
   * warns (GMR214). Default false.
   */
  readonly insecure?: boolean;
}

/** The ingress gateway in front of the relay server. */
export interface IngressArgs {
  /** Namespace of the gateway. Default `istio-system`. */
  readonly namespace?: pulumi.Input<string>;
  /** Name of its Service. Default `istio-ingressgateway`. */
  readonly service?: pulumi.Input<string>;
  /** Name of the port that passes TLS through. Default `https`. */
  readonly portName?: pulumi.Input<string>;
}

/** The relay agent's Helm release. */
export interface AgentArgs {
  /**
   * Version of the enterprise-agent chart, such as `1.0.4`; a leading `v` is dropped. It should be that of enterprise-networking on the
   * hub: another patch version is a warning (GMR225), another minor version an error (GMR226). Default: read from the hub.
   */
  readonly version?: pulumi.Input<string>;
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
  /** Where it is read on the management cluster. Default: `relay-identity-token-secret` in the management namespace, key `token`. */
  readonly source?: SecretKeyArgs;
  /** Where the agent finds it on the remote cluster. Default: `relay-identity-token-secret` in the agent's namespace, key `token`. */
  readonly secret?: SecretKeyArgs;
  /** True: the Secret on the remote cluster is yours; nothing is copied to it, and it stays. Default false. */
  readonly provided?: boolean;
}

/** How the registration is proven. */
export interface ProofArgs {
  /** Seconds to wait for the certificate and the agent. Default 300, from 1 to 3600. */
  readonly timeoutSeconds?: pulumi.Input<number>;
  /**
   * Whether the client certificate must chain to the root CA copied from the hub. Default true; false for own PKIs with separate roots.
   */
  readonly chainToRoot?: pulumi.Input<boolean>;
  /**
   * `agent` (default): the certificate is verified and the agent available. `connected`: the relay server counts the agent among its
   * connected ones as well (`relay_push_clients_connected`); this reads the server's metrics through the API server of the hub.
   */
  readonly level?: "agent" | "connected";
}

/** A check of your own, after the proof. */
export interface ValidationArgs {
  /**
   * Command of the shell on the machine that runs Pulumi, such as `meshctl check`; an exit code other than 0 fails the registration.
   * It runs after the proof, and again when the certificate or the agent's version has changed. It is given `CLUSTER_NAME`,
   * `RELAY_SERVER_ADDRESS`, `MANAGEMENT_CONTEXT`, `REMOTE_CONTEXT`, `MANAGEMENT_NAMESPACE`, `AGENT_NAMESPACE`, and `MANAGEMENT_KUBECONFIG` and
   * `REMOTE_KUBECONFIG` where these are paths; a kubeconfig given as content is not passed on.
   */
  readonly command: pulumi.Input<string>;
  /** Further environment of the command. */
  readonly environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The checks before the first write. */
export interface CheckArgs {
  /** Codes of checks whose finding is told and does not stop the run, such as `["GMR226"]`. Not every check can be ignored (GMR011). */
  readonly ignore?: pulumi.Input<pulumi.Input<string>[]>;
}
