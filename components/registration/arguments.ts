import type * as pulumi from "@pulumi/pulumi";
import type { GenerationName } from "../glooMesh/generation";
import type { IdentityMode } from "../glooMesh/modes";
import type { ProofLevel } from "../glooMesh/proofFacts";
import type { UnhealthyChoice } from "../glooMesh/unhealthy";
import type { IgnorableCode } from "../preflight/findings/finding";
import type { ClusterConnection, ClusterConnectionArgs } from "./clusterConnection";

/** Arguments of a {@link GlooMeshRelayRegistration}. Errors: GMR013 for a value of another kind, GMR008 for arguments that contradict each other. */
export interface GlooMeshRelayRegistrationArgs {
  /**
   * Name of the cluster in Gloo Mesh: of its KubernetesCluster, `relay.cluster` of the agent, and the DNS name in its certificate. It should equal
   * Istio's cluster name. A new name deregisters the previous one. Default: the resource's name. Form: a DNS label (lower-case letters, digits,
   * hyphens; at most 63 characters). Errors: GMR001, GMR208, GMR213, GMR316.
   */
  readonly clusterName?: pulumi.Input<string>;
  /** Local DNS domain of the remote cluster. Default `cluster.local`. Form: a DNS name. Errors: GMR009. */
  readonly clusterDomain?: pulumi.Input<string>;
  /**
   * The management cluster, which runs the relay server. Form: a connection, or the arguments of a new connection `<name>-management`.
   * Errors: GMR101 to GMR118, GMR201, GMR301.
   */
  readonly management: ClusterConnection | ClusterConnectionArgs;
  /** The cluster to register. Form: a connection, or the arguments of a new connection `<name>-remote`. Errors: GMR101 to GMR118, GMR301, GMR310, GMR315, GMR316. */
  readonly remote: ClusterConnection | ClusterConnectionArgs;
  /** Namespace of Gloo Mesh on the management cluster. Default `gloo-mesh`. Form: a DNS label. Errors: GMR006, GMR201. */
  readonly managementNamespace?: pulumi.Input<string>;
  /**
   * Product generation of Gloo Mesh on the management cluster: `1.x` (chart enterprise-agent), or `2.x` for 2.3 and later (chart gloo-platform). It decides
   * what is declared. Default `1.x`. Errors: GMR012, GMR228 if the management cluster runs another one.
   */
  readonly generation?: GenerationName;
  /**
   * How the agent proves its identity. Default `one-time-token`: the registration copies the token from the management cluster, deletes it from
   * the remote cluster once the agent has its certificate, and never stores it in Pulumi's state. `retained-token`: the token stays as a declared
   * Secret, as in the vendor's guide for Helm; the state holds it encrypted, but Pulumi's debug messages (`--debug`, `--event-log`) show it in
   * plain text. `provided-token`: you create the Secret at `token.secret`. `provided-certificate`: you or cert-manager create the Secret at
   * `clientCertificate.secret`, if need be during the run; root CA and token are not copied, since the agent verifies the relay server by the
   * `ca.crt` in that Secret (solo-io/gloo-mesh#1622). `simple-tls`, for 2.5 and later: the relay server takes the token on
   * each connection, and no client certificate; the token stays as a declared Secret, and the connection is the proof. `none`: no TLS, for trials; each run warns (GMR214). Destroy keeps the Secrets that you
   * provide. Errors: GMR012, GMR229, GMR313.
   */
  readonly identity?: IdentityMode;
  /** The agent's namespace on the remote cluster. Default: `gloo-mesh`, created by the registration. */
  readonly namespace?: NamespaceArgs;
  /** Address and name of the relay server. Default: read from the management cluster. */
  readonly relay?: RelayArgs;
  /** The relay agent's Helm release. Default: the vendor's chart in the version of the relay server. */
  readonly agent?: AgentArgs;
  /** The KubernetesCluster on the management cluster. Default: created by the registration. */
  readonly kubernetesCluster?: KubernetesClusterArgs;
  /** The CRDs of 2.x. Default: installed as a Helm release of their own. */
  readonly crds?: CrdArgs;
  /** The relay's root CA. Default: copied from the management cluster. */
  readonly rootCertificate?: RootCertificateArgs;
  /** The bootstrap token. Default: copied from the management cluster. */
  readonly token?: TokenArgs;
  /** The agent's client certificate. Default: issued by the relay server. */
  readonly clientCertificate?: ClientCertificateArgs;
  /** How the registration is proven. Default: by certificate and agent, within 300 seconds. */
  readonly proof?: ProofArgs;
  /** Your own check after the proof. Default: none. */
  readonly validation?: ValidationArgs;
  /** The checks before the first write. Default: no check is ignored. */
  readonly checks?: CheckArgs;
  /**
   * Registers the management cluster with itself: `management` and `remote` are the same cluster. Nothing is copied, no namespace is created, and nothing that belongs to the
   * management cluster is deleted. Default false. Errors: GMR301 if false for one cluster, GMR302 if true for two.
   */
  readonly selfRegistration?: boolean;
  /**
   * True: destroying the registration, or removing it from the program, hands the cluster over instead of deregistering it. Agent, certificate, CRDs, KubernetesCluster and
   * namespace keep running without the marks of this registration, and helm, meshctl or another stack can take them. It must be in effect before: run `pulumi up` with it once.
   * Default false. Errors: GMR607, GMR608.
   */
  readonly leaveRunning?: boolean;
  /**
   * Takes over a registration that exists: one that meshctl or helm made, or, given the mark of a registration, what another stack has left. Namespace,
   * Secrets, KubernetesCluster and Helm release get this registration's mark and stay; a good client certificate is kept, and no pod restarts unless the
   * agent's values or version change. What Argo CD, Flux, External Secrets or another tool restores is not taken. Without effect on a cluster that is not
   * registered, and once it is taken over. Default false. Form: true, or the mark (a URN) that GMR303 or GMR208 names. Errors: GMR330, GMR331.
   */
  readonly takeOver?: boolean | string;
}

/** The agent's namespace on the remote cluster. */
export interface NamespaceArgs {
  /** Name of the namespace. Default `gloo-mesh`; with `selfRegistration` the management namespace. Form: a DNS label. Errors: GMR006, GMR308. */
  readonly name?: pulumi.Input<string>;
  /**
   * Whether the registration creates the namespace, and deletes it on destroy unless someone else has put objects into it; false for a namespace that exists and stays. Default true. An explicit
   * option, since the declared resources must not depend on the cluster's state. Errors: GMR303, GMR306, GMR307.
   */
  readonly create?: boolean;
  /**
   * Labels the namespace `istio-injection=disabled`, so that Istio injects no sidecar into the agent (solo-io/gloo-mesh#1431). Destroy removes the
   * label again from a namespace that existed before. Default false.
   */
  readonly disableIstioInjection?: boolean;
}

/** Name and namespace of a Secret. */
export interface SecretArgs {
  /** Name of the Secret. Default: the vendor's, see the argument of this type. Form: a DNS subdomain. Errors: GMR006. */
  readonly name?: pulumi.Input<string>;
  /** Namespace of the Secret; any but the default one must exist. Default: see the argument of this type. Form: a DNS label. Errors: GMR006, GMR314. */
  readonly namespace?: pulumi.Input<string>;
}

/** One key of a Secret. */
export interface SecretKeyArgs extends SecretArgs {
  /** The key in the Secret's data. Default: the vendor's, see the argument of this type. Errors: GMR006. */
  readonly key?: pulumi.Input<string>;
}

/** The relay's root CA, by which the agent verifies the relay server. Its private key, in the same Secret of the management cluster, is never copied. */
export interface RootCertificateArgs {
  /** The Secret on the management cluster. Default: `relay-root-tls-secret` in the management namespace, key `ca.crt`. Errors: GMR202 to GMR204. */
  readonly source?: SecretKeyArgs;
  /** The Secret with the copy on the remote cluster, key `ca.crt`. Default: `relay-root-tls-secret` in the agent's namespace. Errors: GMR304. */
  readonly secret?: SecretArgs;
  /**
   * True: you create the Secret on the remote cluster, and destroy keeps it. The registration then needs no right to read the CA's Secret on
   * the management cluster. Default false. Errors: GMR313.
   */
  readonly provided?: boolean;
}

/** The agent's client certificate. */
export interface ClientCertificateArgs {
  /**
   * The Secret with the certificate on the remote cluster. Default: `relay-client-tls-secret` in the agent's namespace. The SAN of a certificate
   * that you provide must contain the cluster name; Opaque and kubernetes.io/tls, any common name and bundles in `ca.crt` are accepted.
   * Errors: GMR502.
   */
  readonly secret?: SecretArgs;
  /**
   * A changed value reissues the certificate, for example before it expires after its year, or after a change of the relay's signing CA.
   * Default: none; removing the value reissues nothing. Form: any string.
   */
  readonly reissue?: pulumi.Input<string>;
}

/** Address and name of the relay server. */
export interface RelayArgs {
  /**
   * Address at which the remote cluster reaches the relay server. Default: read from the LoadBalancer in front of the relay server, or
   * from {@link ingress}. Form: `host:port`, such as `172.18.0.2:31179` or `[2001:db8::1]:9900`. Errors: GMR002, GMR221, GMR222.
   */
  readonly serverAddress?: pulumi.Input<string>;
  /**
   * Reads the address from the Istio ingress gateway of the management cluster: a node's address and the node port of `https`. `{}` means a
   * gateway with the default names. Default: the gateway is not read. Errors: GMR223.
   */
  readonly ingress?: IngressArgs;
  /**
   * Name that the agent expects in the relay server's certificate and sends as `:authority`. Default
   * `enterprise-networking.<managementNamespace>` for 1.x, `gloo-mesh-mgmt-server.<managementNamespace>` for 2.x. Form: a DNS name. Errors: GMR004, GMR210.
   */
  readonly authority?: pulumi.Input<string>;
}

/** The Istio ingress gateway in front of the relay server. */
export interface IngressArgs {
  /** Namespace of the gateway's Service. Default `istio-system`. Form: a DNS label. Errors: GMR006. */
  readonly namespace?: pulumi.Input<string>;
  /** Name of the gateway's Service. Default `istio-ingressgateway`. Form: a DNS label. Errors: GMR006. */
  readonly service?: pulumi.Input<string>;
  /** Name of the Service's port that passes TLS through. Default `https`. Errors: GMR223. */
  readonly portName?: pulumi.Input<string>;
}

/** The relay agent's Helm release. */
export interface AgentArgs {
  /**
   * True: the agent stays with whoever installs it, such as Argo CD, Flux, the management cluster's own release, or helm. The registration then declares no Helm
   * release and no CRDs, never changes the agent's Deployment, and proves the agent that it finds in its namespace; destroy keeps agent and client certificate.
   * The other fields of this map have no meaning then. Default false. Errors: GMR008, GMR335.
   */
  readonly provided?: boolean;
  /**
   * Version of the agent's chart. Default: the version of the relay server on the management cluster, read there. Form: such as `1.0.4`, or `v2.14.0`; a leading `v` is dropped. Errors: GMR003, GMR224, GMR226 for another minor version than the relay server's; another patch version warns (GMR225).
   */
  readonly version?: pulumi.Input<string>;
  /**
   * Name of the Helm release. Default: `enterprise-agent` for 1.x, `gloo-platform` for 2.x. Another name is for a cluster that has another release of the
   * same chart under this one. A changed name uninstalls the agent and installs it again. Errors: GMR006, GMR315.
   */
  readonly releaseName?: pulumi.Input<string>;
  /**
   * The chart's Helm repository. Default: the vendor's, `https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent` for 1.x,
   * `https://storage.googleapis.com/gloo-platform/helm-charts` for 2.x. Form: a URL without user, password and query, or `oci://host/path` for a registry that has the chart as `oci://host/path/<chart>`. Errors: GMR014.
   */
  readonly repository?: pulumi.Input<string>;
  /** User of the chart's repository or registry. Default: none, or what `helm registry login` has stored on the machine. Errors: GMR008 without the password. */
  readonly repositoryUsername?: pulumi.Input<string>;
  /**
   * Password or token of that user. Default: none. It is a secret in Pulumi's state, however it is given; a changed one causes a Helm upgrade that
   * changes no object. Errors: GMR008 without the user.
   */
  readonly repositoryPassword?: pulumi.Input<string>;
  /**
   * Path of a file with the CA certificates that the repository's or registry's certificate must chain to, in PEM, relative to the program's folder.
   * Default: the CAs of the machine. For an OCI registry Pulumi's Kubernetes plugin reads it only together with user and password.
   */
  readonly repositoryCaFile?: pulumi.Input<string>;
  /**
   * The chart. Default `enterprise-agent` for 1.x, `gloo-platform` for 2.x. Form: its name in the repository, an `oci://` or `https://` URL, or, with a slash or `.tgz` in it, the path
   * of a chart archive or folder, relative to the program's folder. A URL or a path needs no repository, and a path neither user nor CA. Errors: GMR014.
   */
  readonly chart?: pulumi.Input<string>;
  /** Additional values of the chart. Default: none. The registration's own values (cluster name, address, Secrets) win, as those of meshctl do. */
  readonly values?: pulumi.Input<Record<string, unknown>>;
  /** 1.x: skips the CRDs in the chart, for clusters that have them or do not accept them. Default false. For 2.x see `crds.install`. Errors: GMR008. */
  readonly skipCrds?: pulumi.Input<boolean>;
  /**
   * Seconds without a change after which an unfinished Helm operation counts as abandoned and is cleared. Default 60: Helm does not wait for
   * pods here, so a running operation ends in seconds. Form: a whole number from 1 to 3600. Errors: GMR007, GMR506.
   */
  readonly abandonedAfterSeconds?: pulumi.Input<number>;
}

/** The KubernetesCluster on the management cluster, which makes a cluster known to the relay server. */
export interface KubernetesClusterArgs {
  /**
   * True: another tool creates it and keeps it, such as the management cluster's own release (`registerCluster`, `agents[]`) or Argo CD. The registration uses it,
   * and never changes or deletes it. Default false. Errors: GMR335, GMR337.
   */
  readonly provided?: boolean;
}

/** The CRDs of 2.x, a Helm release `gloo-platform-crds` of its own on the remote cluster, in the version of the agent. */
export interface CrdArgs {
  /**
   * Whether the registration installs the release. Default true; false for a cluster that has the CRDs from elsewhere. The release is never uninstalled with
   * the registration, because Helm would delete the CRDs, and Kubernetes every custom resource with them. Errors: GMR008, GMR322 to GMR324.
   */
  readonly install?: boolean;
  /**
   * The chart. Default `gloo-platform-crds`, from `agent.repository`. Form: as `agent.chart`. Errors: GMR014.
   */
  readonly chart?: pulumi.Input<string>;
  /**
   * The value of the chart of this name: false leaves out the CRDs that Solo's gateway products bring too (extauth.solo.io, ratelimit.solo.io). Default true.
   * Errors: GMR323.
   */
  readonly installEnterpriseCrds?: pulumi.Input<boolean>;
}

/** The bootstrap token. */
export interface TokenArgs {
  /** The Secret on the management cluster. Default: `relay-identity-token-secret` in the management namespace, key `token`. Errors: GMR205, GMR206. */
  readonly source?: SecretKeyArgs;
  /** The Secret with the copy on the remote cluster. Default: `relay-identity-token-secret` in the agent's namespace, key `token`. Errors: GMR304. */
  readonly secret?: SecretKeyArgs;
}

/** How the registration is proven. */
export interface ProofArgs {
  /** Limit of the proof in seconds. Default 300. Form: a whole number from 1 to 3600. Errors: GMR007, GMR501 to GMR503. */
  readonly timeoutSeconds?: pulumi.Input<number>;
  /**
   * Whether the client certificate must chain to the root CA copied from the management cluster. Default true; false for a PKI with separate
   * root CAs for servers and clients. Errors: GMR502.
   */
  readonly chainToRoot?: pulumi.Input<boolean>;
  /**
   * What is proven. `agent`: the certificate is verified and the agent is available. `connected`: the relay server also counts the agent as
   * connected, in its metric `relay_push_clients_connected`, read through the API server of the management cluster. Default `agent`.
   * Errors: GMR012, GMR508, GMR509.
   */
  readonly level?: ProofLevel;
}

/** Your own check after the proof. */
export interface ValidationArgs {
  /**
   * Shell command for the machine that runs Pulumi, such as `meshctl check`; an exit code other than 0 fails the registration. It runs after the
   * proof, and again after a change of the certificate or the agent's version. Required. Its environment has `CLUSTER_NAME`,
   * `RELAY_SERVER_ADDRESS`, `MANAGEMENT_CONTEXT`, `REMOTE_CONTEXT`, `MANAGEMENT_NAMESPACE` and `AGENT_NAMESPACE`; also `MANAGEMENT_KUBECONFIG` and
   * `REMOTE_KUBECONFIG` for a kubeconfig given as a path, since the content of a kubeconfig is not passed on.
   */
  readonly command: pulumi.Input<string>;
  /** Additional environment variables of the command, by name. Default: none. */
  readonly environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The checks before the first write. */
export interface CheckArgs {
  /** Codes of checks that warn instead of stopping the run, such as `["GMR226"]`. Default: none. Errors: GMR011 for one that cannot be ignored. */
  readonly ignore?: pulumi.Input<pulumi.Input<IgnorableCode>[]>;
  /**
   * What a run does about a registration that is not healthy now and that it would not change otherwise. `warn`: a warning. `fail`: an error before
   * the first write, so that `pulumi up` fails. `heal`: where someone else scaled the agent's Deployment to 0 or edited its pod template, the run
   * restores it, and proves the registration again. Default `warn`. Errors: GMR012, GMR227, GMR319, GMR503, GMR508.
   */
  readonly unhealthy?: UnhealthyChoice;
}
