import type * as pulumi from "@pulumi/pulumi";
import type { IdentityMode } from "../glooMesh/modes";
import type { ProofLevel } from "../glooMesh/proofFacts";
import type { IgnorableCode } from "../preflight/findings/finding";
import type { ClusterConnection, ClusterConnectionArgs } from "./clusterConnection";

/** Arguments of a {@link GlooMeshRelayRegistration}. A value of another kind is GMR013; arguments without a meaning together are GMR008. */
export interface GlooMeshRelayRegistrationArgs {
  /**
   * Name under which Gloo Mesh knows the cluster; every other Gloo Mesh configuration refers to it. It becomes the name of the
   * KubernetesCluster, `relay.cluster` of the agent and the DNS name in its certificate, and should equal Istio's cluster name. Default: the
   * resource's name. Form: a DNS label (lower-case letters, digits, hyphens; at most 63 characters). Another name is another registration.
   * Errors: GMR001, GMR208, GMR213.
   */
  readonly clusterName?: pulumi.Input<string>;
  /** Local DNS domain of the remote cluster. Default `cluster.local`. Errors: GMR009. */
  readonly clusterDomain?: pulumi.Input<string>;
  /**
   * The cluster that runs the relay server: a connection, or its arguments. Of arguments the registration makes the connection
   * `<name>-management`. Errors: GMR101 to GMR118, GMR201, GMR301.
   */
  readonly management: ClusterConnection | ClusterConnectionArgs;
  /**
   * The cluster to register: a connection, or its arguments. Of arguments the registration makes the connection `<name>-remote`.
   * Errors: GMR101 to GMR118, GMR301, GMR310.
   */
  readonly remote: ClusterConnection | ClusterConnectionArgs;
  /** Namespace of Gloo Mesh on the management cluster. Default `gloo-mesh`. Errors: GMR006, GMR201. */
  readonly managementNamespace?: pulumi.Input<string>;
  /**
   * By what the agent proves its identity. Default `one-time-token`: the token copied from the management cluster is on the remote cluster only
   * until the agent has its certificate, and never in Pulumi's state. `retained-token`: it stays as a declared Secret, as in the vendor's guide
   * for Helm; the state holds it encrypted, but Pulumi's debug messages (`--debug`, `--event-log`) show it in plain text. `provided-token`: the
   * Secret at `token.secret` is yours. `provided-certificate`: the Secret at `clientCertificate.secret` is yours or cert-manager's, and may be
   * made a little later; root CA and token are not copied, since the agent trusts by its `ca.crt` (solo-io/gloo-mesh#1622). `none`: no TLS, for
   * trials; each run warns (GMR214). What is yours stays on destroy. Errors: GMR012, GMR313.
   */
  readonly identity?: IdentityMode;
  /** The agent's namespace on the remote cluster. Default: `gloo-mesh`, made here. */
  readonly namespace?: NamespaceArgs;
  /** Where the agent finds the relay server. Default: read from the management cluster. */
  readonly relay?: RelayArgs;
  /** The relay agent's Helm release. Default: the vendor's chart in the version of the management cluster. */
  readonly agent?: AgentArgs;
  /** The relay's root CA. Default: copied from the management cluster. */
  readonly rootCertificate?: RootCertificateArgs;
  /** The bootstrap token. Default: copied from the management cluster. */
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
   * that belongs to the management cluster is deleted. Default false. Errors: GMR301 without it on one cluster, GMR302 with it on two.
   */
  readonly selfRegistration?: boolean;
}

/** The agent's namespace on the remote cluster. */
export interface NamespaceArgs {
  /** Its name. Default `gloo-mesh`, with `selfRegistration` the management namespace. Errors: GMR006, GMR308. */
  readonly name?: pulumi.Input<string>;
  /**
   * True (default): the registration makes the namespace and removes it on destroy. False: the namespace exists and is used as it is.
   * An explicit choice, because what is declared must not depend on what is found. Errors: GMR303, GMR306, GMR307.
   */
  readonly create?: boolean;
  /**
   * Labels the namespace `istio-injection=disabled`, so that Istio gives the agent no sidecar (solo-io/gloo-mesh#1431). Default false.
   * In a namespace that exists the one label is added, and removed again on destroy if it was not there before.
   */
  readonly disableIstioInjection?: boolean;
}

/** A Secret by name. */
export interface SecretArgs {
  /** Its name. Default: that of the vendor, see the argument that takes this Secret. Errors: GMR006. */
  readonly name?: pulumi.Input<string>;
  /** Its namespace. Default: that of the argument that takes this Secret; any other must exist. Errors: GMR006, GMR314. */
  readonly namespace?: pulumi.Input<string>;
}

/** One key of a Secret. */
export interface SecretKeyArgs extends SecretArgs {
  /** The key in its data. Default: that of the vendor, see the argument that takes this Secret. Errors: GMR006. */
  readonly key?: pulumi.Input<string>;
}

/** The relay's root CA, by which the agent knows the relay server. Never its private key, which is in the same Secret of the management cluster. */
export interface RootCertificateArgs {
  /**
   * Where it is read on the management cluster. Default: `relay-root-tls-secret` in the management namespace, key `ca.crt`.
   * Errors: GMR202 to GMR204.
   */
  readonly source?: SecretKeyArgs;
  /**
   * Where the agent finds it on the remote cluster, always under `ca.crt`. Default: `relay-root-tls-secret` in the agent's namespace.
   * Errors: GMR304.
   */
  readonly secret?: SecretArgs;
  /**
   * True: the Secret on the remote cluster is yours; it stays, and the CA's Secret on the management cluster is not read, which also needs
   * fewer rights. Default false. Errors: GMR313.
   */
  readonly provided?: boolean;
}

/** The agent's client certificate. */
export interface ClientCertificateArgs {
  /**
   * Where it is on the remote cluster. Default: `relay-client-tls-secret` in the agent's namespace. With `identity: "provided-certificate"` its
   * SAN must hold the cluster name; the types Opaque and kubernetes.io/tls, bundles in `ca.crt` and any common name are accepted.
   */
  readonly secret?: SecretArgs;
  /**
   * Any string; another value than in the last run has the certificate reissued: before it expires after its year, or after the relay's
   * signing CA has changed. Default: none; taking it away asks for nothing.
   */
  readonly reissue?: pulumi.Input<string>;
}

/** Where the agent finds the relay server. */
export interface RelayArgs {
  /**
   * `host:port` at which the remote cluster reaches the relay server, such as `172.18.0.2:31179` or `[2001:db8::1]:9900`. Default: read from
   * the LoadBalancer of the Service enterprise-networking, or from {@link ingress}. Errors: GMR002, GMR221, GMR222.
   */
  readonly serverAddress?: pulumi.Input<string>;
  /**
   * Reads the address from the Istio ingress gateway of the management cluster: a node's address and the node port of `https`. Default: not
   * read; `{}` takes the gateway's usual names. Errors: GMR223.
   */
  readonly ingress?: IngressArgs;
  /**
   * Name that the agent expects in the relay server's certificate and sends as `:authority`. Default `enterprise-networking.gloo-mesh`;
   * `<service>.<namespace>` when Gloo Mesh runs in another namespace. Errors: GMR004, GMR210.
   */
  readonly authority?: pulumi.Input<string>;
}

/** The ingress gateway in front of the relay server. */
export interface IngressArgs {
  /** Namespace of the gateway. Default `istio-system`. Errors: GMR006. */
  readonly namespace?: pulumi.Input<string>;
  /** Name of its Service. Default `istio-ingressgateway`. Errors: GMR006. */
  readonly service?: pulumi.Input<string>;
  /** Name of the port that passes TLS through. Default `https`. */
  readonly portName?: pulumi.Input<string>;
}

/** The relay agent's Helm release. */
export interface AgentArgs {
  /**
   * Version of the enterprise-agent chart, such as `1.0.4`; a leading `v` is dropped. It should be that of enterprise-networking on the
   * management cluster. Default: read there. Errors: GMR003, GMR224, another patch version GMR225 (a warning), another minor version GMR226.
   */
  readonly version?: pulumi.Input<string>;
  /** URL of the Helm repository. Default: the vendor's, `https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent`. */
  readonly repository?: pulumi.Input<string>;
  /** Name of the chart in the repository, or path of a chart archive or folder. Default `enterprise-agent`. */
  readonly chart?: pulumi.Input<string>;
  /** Further values of the chart. Default: none. Those of the identity (`relay.*`) are set here and win, as they do in meshctl. */
  readonly values?: pulumi.Input<Record<string, unknown>>;
  /** Leaves the chart's CRDs out, for clusters that have them or cannot take them. Default false. */
  readonly skipCrds?: pulumi.Input<boolean>;
  /**
   * Seconds for which a Helm operation that was left unfinished must have been quiet before it counts as abandoned and is cleared.
   * Default 60, from 1 to 3600, whole: Helm works here without waiting for pods, so a running operation ends in seconds. Errors: GMR007, GMR506.
   */
  readonly abandonedAfterSeconds?: pulumi.Input<number>;
}

/** The bootstrap token. */
export interface TokenArgs {
  /**
   * Where it is read on the management cluster. Default: `relay-identity-token-secret` in the management namespace, key `token`.
   * Errors: GMR205, GMR206.
   */
  readonly source?: SecretKeyArgs;
  /**
   * Where the agent finds it on the remote cluster. Default: `relay-identity-token-secret` in the agent's namespace, key `token`.
   * Errors: GMR304.
   */
  readonly secret?: SecretKeyArgs;
}

/** How the registration is proven. */
export interface ProofArgs {
  /** Seconds to wait for the certificate and the agent. Default 300, from 1 to 3600, whole. Errors: GMR007, GMR501 to GMR503. */
  readonly timeoutSeconds?: pulumi.Input<number>;
  /**
   * Whether the client certificate must chain to the root CA copied from the management cluster. Default true; false for own PKIs with
   * separate roots. Errors: GMR502.
   */
  readonly chainToRoot?: pulumi.Input<boolean>;
  /**
   * `agent` (default): the certificate is verified and the agent available. `connected`: the relay server counts the agent among its
   * connected ones as well (`relay_push_clients_connected`); this reads the server's metrics through the API server of the management cluster.
   * Errors: GMR012, GMR508, GMR509.
   */
  readonly level?: ProofLevel;
}

/** A check of your own, after the proof. */
export interface ValidationArgs {
  /**
   * Command of the shell on the machine that runs Pulumi, such as `meshctl check`; an exit code other than 0 fails the registration.
   * It runs after the proof, and again when the certificate or the agent's version has changed. Its environment has `CLUSTER_NAME`,
   * `RELAY_SERVER_ADDRESS`, `MANAGEMENT_CONTEXT`, `REMOTE_CONTEXT`, `MANAGEMENT_NAMESPACE`, `AGENT_NAMESPACE`, and `MANAGEMENT_KUBECONFIG` and
   * `REMOTE_KUBECONFIG` where these are paths; a kubeconfig given as content is not passed on.
   */
  readonly command: pulumi.Input<string>;
  /** Further environment of the command, by variable. Default: none. */
  readonly environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The checks before the first write. */
export interface CheckArgs {
  /**
   * Codes of checks that are reported and do not stop the run, such as `["GMR226"]`. Default: none. Errors: GMR011 for a check that cannot be
   * ignored.
   */
  readonly ignore?: pulumi.Input<pulumi.Input<IgnorableCode>[]>;
}
