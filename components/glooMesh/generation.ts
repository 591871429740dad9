import type { MinorVersion } from "../base/version";
import type { CustomKind } from "../kubernetes/objects";

/**
 * The differences between product generations of Gloo Mesh Enterprise, as data: another generation is another row, not a branch.
 *
 * Sources: the vendor's registration guide for 1.0 and the values references of the enterprise-agent chart 1.0 and 1.1.
 */
export interface Generation {
  /** Helm chart of the relay agent, and its public repository. */
  readonly chart: string;
  readonly repository: string;
  readonly releaseName: string;
  /** Name of the agent's Deployment, and value of its `app` label. */
  readonly agentName: string;
  /** The chart's cluster-wide objects, which remain when somebody deletes the agent's namespace. */
  readonly clusterWide: readonly { readonly kind: "ClusterRole" | "ClusterRoleBinding"; readonly name: string }[];
  /** API groups of the chart's CRDs: the agent writes their objects into its own namespace, which is removed with them. */
  readonly customGroups: readonly string[];
  readonly kubernetesCluster: CustomKind;
  readonly relayServer: {
    readonly namespace: string;
    /** Name of its Deployment and of its Service. */
    readonly name: string;
    /** The Service's port for agents, by name and by number. */
    readonly port: { readonly name: string; readonly number: number };
    readonly metricsPort: number;
  };
  /** The Istio ingress gateway in front of the relay server, as the vendor's guide sets it up. */
  readonly ingress: { readonly namespace: string; readonly service: string; readonly portName: string };
  /** Paths of the value that turns TLS off, newest first; `from` is the first minor version of the chart with that path. */
  readonly insecureValues: readonly { readonly from: MinorVersion; readonly path: readonly [string, string] }[];
  readonly rootSecret: { readonly name: string; readonly key: string };
  readonly tokenSecret: { readonly name: string; readonly key: string };
  readonly clientSecret: { readonly name: string };
}

/** Gloo Mesh Enterprise 1.0 to 1.2. */
export const enterpriseAgent: Generation = {
  chart: "enterprise-agent",
  repository: "https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent",
  releaseName: "enterprise-agent",
  agentName: "enterprise-agent",
  clusterWide: [
    { kind: "ClusterRoleBinding", name: "enterprise-agent" },
    { kind: "ClusterRoleBinding", name: "enterprise-agent-istiod-sidecar" },
    { kind: "ClusterRole", name: "enterprise-agent" },
  ],
  customGroups: ["certificates.mesh.gloo.solo.io", "xds.agent.enterprise.mesh.gloo.solo.io"],
  kubernetesCluster: { group: "multicluster.solo.io", version: "v1alpha1", plural: "kubernetesclusters" },
  relayServer: {
    namespace: "gloo-mesh",
    name: "enterprise-networking",
    port: { name: "grpc", number: 9900 },
    metricsPort: 9091,
  },
  ingress: { namespace: "istio-system", service: "istio-ingressgateway", portName: "https" },
  insecureValues: [
    { from: { major: 1, minor: 1 }, path: ["global", "insecure"] },
    { from: { major: 1, minor: 0 }, path: ["relay", "insecure"] },
  ],
  rootSecret: { name: "relay-root-tls-secret", key: "ca.crt" },
  tokenSecret: { name: "relay-identity-token-secret", key: "token" },
  clientSecret: { name: "relay-client-tls-secret" },
};
