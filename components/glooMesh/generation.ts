import type { MinorVersion } from "../base/version";
import type { CustomKind } from "../kubernetes/objects";

/** The product generations that a registration can be of: Gloo Mesh Enterprise 1.x, and 2.x from 2.3 on. */
export const generationNames = ["1.x", "2.x"] as const;

/** A product generation of Gloo Mesh Enterprise. */
export type GenerationName = (typeof generationNames)[number];

/** Path of a Helm value. */
export type ValuePath = readonly string[];

/** An object of a chart outside of any namespace. */
interface ClusterWideObject {
  readonly kind: "ClusterRole" | "ClusterRoleBinding";
  readonly name: string;
  /** The chart appends a hyphen and the namespace of its release to the name. */
  readonly perNamespace?: true;
}

/**
 * The differences between product generations of Gloo Mesh Enterprise, as data: another generation is another row, not a branch. Only a generation with
 * another step, the release of the CRDs, has code of its own.
 *
 * Sources of 1.x: the vendor's registration guide for 1.0 and the values references of the enterprise-agent chart 1.0 and 1.1. Sources of 2.x: the values
 * references of the gloo-platform chart, the CRDs and protocol files of solo-io/solo-apis, and the chart generator solo-io/skv2.
 */
export interface Generation {
  readonly name: GenerationName;
  /** The versions of the relay server, and of the agent's chart: a major version, from a minor version on. */
  readonly versions: { readonly since: MinorVersion; readonly example: string };
  /** Helm chart of the relay agent, and its public repository. */
  readonly chart: string;
  readonly repository: string;
  readonly releaseName: string;
  /** The chart with the CRDs, which has a release of its own; undefined where the agent's chart contains them. */
  readonly crds:
    | {
        readonly chart: string;
        readonly releaseName: string;
        /** API groups of its CRDs, and of those that other products of the vendor install too. */
        readonly groups: readonly string[];
        readonly sharedGroups: readonly string[];
      }
    | undefined;
  /** Name of the agent's Deployment, and value of its `app` label. */
  readonly agentName: string;
  /** The chart's cluster-wide objects, which remain when somebody deletes the agent's namespace. */
  readonly clusterWide: readonly ClusterWideObject[];
  /** API groups of the chart's CRDs: the agent writes their objects into its own namespace, which is removed with them. */
  readonly customGroups: readonly string[];
  readonly kubernetesCluster: CustomKind;
  /** Path of the relay server's word about a registered cluster in the KubernetesCluster; undefined where it writes none. */
  readonly approval: readonly string[] | undefined;
  readonly relayServer: {
    readonly namespace: string;
    /** Name of its Deployment, of the container in it, and of its Service. */
    readonly name: string;
    /** The Service's port for agents, by name and by number. */
    readonly port: { readonly name: string; readonly number: number };
    readonly metricsPort: number;
    /** Whether the Service has the port of the metrics; otherwise only the pods have it. */
    readonly metricsByService: boolean;
  };
  /** The Istio ingress gateway in front of the relay server, as the vendor's guide sets it up. */
  readonly ingress: { readonly namespace: string; readonly service: string; readonly portName: string };
  readonly values: {
    /** Turns the agent on in a chart that has more than the agent. */
    readonly enabled: ValuePath | undefined;
    readonly clusterName: ValuePath;
    readonly serverAddress: ValuePath;
    readonly authority: ValuePath;
    readonly rootSecret: ValuePath;
    readonly tokenSecret: ValuePath;
    readonly clientSecret: ValuePath;
    /** Turn TLS off, newest first; `from` is the first minor version of the chart with that path. */
    readonly insecure: readonly { readonly from: MinorVersion; readonly path: ValuePath }[];
    /** Tags of the agent's image, of which one that is set replaces the chart's version. */
    readonly imageTags: readonly ValuePath[];
    /** Environment of the agent, as a map from a name to its `value` or `valueFrom`; undefined where the chart has none. */
    readonly environment: ValuePath | undefined;
    /** An agent with a provided certificate gets nulls for the token: otherwise the chart's default names one that the agent waits for. */
    readonly withoutTokenByNulls: boolean;
  };
  /** The telemetry collector beside the agent; undefined where there is none. */
  readonly telemetry:
    | {
        readonly enabled: ValuePath;
        /** Where it sends to. Without one the chart does not render on a cluster that has no gateway. */
        readonly endpoint: ValuePath;
        readonly skipVerify: ValuePath;
        /** The Service of the gateway on the management cluster, and its port. */
        readonly gateway: {
          readonly service: string;
          readonly port: { readonly name: string; readonly number: number };
        };
      }
    | undefined;
  /** How agent and relay server work without client certificates; undefined where they cannot. */
  readonly simpleTls:
    | {
        /** The first minor version with it. */
        readonly since: MinorVersion;
        /** Variable of both that holds the token. */
        readonly tokenVariable: string;
        /** Variable that turns it on in the relay server. */
        readonly serverSwitch: string;
      }
    | undefined;
  /** The agent renews its certificate by itself before it expires. */
  readonly renewsCertificates: boolean;
  readonly rootSecret: { readonly name: string; readonly key: string };
  readonly tokenSecret: { readonly name: string; readonly key: string };
  readonly clientSecret: { readonly name: string };
}

/** Both generations have the same names and keys for the relay's Secrets. */
const relaySecrets = {
  rootSecret: { name: "relay-root-tls-secret", key: "ca.crt" },
  tokenSecret: { name: "relay-identity-token-secret", key: "token" },
  clientSecret: { name: "relay-client-tls-secret" },
} as const;

const ingress = { namespace: "istio-system", service: "istio-ingressgateway", portName: "https" } as const;

const enterpriseAgent: Generation = {
  name: "1.x",
  versions: { since: { major: 1, minor: 0 }, example: "1.0.4" },
  chart: "enterprise-agent",
  repository: "https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent",
  releaseName: "enterprise-agent",
  crds: undefined,
  agentName: "enterprise-agent",
  clusterWide: [
    { kind: "ClusterRoleBinding", name: "enterprise-agent" },
    { kind: "ClusterRoleBinding", name: "enterprise-agent-istiod-sidecar" },
    { kind: "ClusterRole", name: "enterprise-agent" },
  ],
  customGroups: ["certificates.mesh.gloo.solo.io", "xds.agent.enterprise.mesh.gloo.solo.io"],
  kubernetesCluster: { group: "multicluster.solo.io", version: "v1alpha1", plural: "kubernetesclusters" },
  approval: undefined,
  relayServer: {
    namespace: "gloo-mesh",
    name: "enterprise-networking",
    port: { name: "grpc", number: 9900 },
    metricsPort: 9091,
    metricsByService: true,
  },
  ingress,
  values: {
    enabled: undefined,
    clusterName: ["relay", "cluster"],
    serverAddress: ["relay", "serverAddress"],
    authority: ["relay", "authority"],
    rootSecret: ["relay", "rootTlsSecret"],
    tokenSecret: ["relay", "tokenSecret"],
    clientSecret: ["relay", "clientCertSecret"],
    insecure: [
      { from: { major: 1, minor: 1 }, path: ["global", "insecure"] },
      { from: { major: 1, minor: 0 }, path: ["relay", "insecure"] },
    ],
    imageTags: [["enterpriseAgent", "image", "tag"]],
    environment: undefined,
    withoutTokenByNulls: false,
  },
  telemetry: undefined,
  simpleTls: undefined,
  renewsCertificates: false,
  ...relaySecrets,
};

const glooPlatform: Generation = {
  name: "2.x",
  versions: { since: { major: 2, minor: 3 }, example: "2.14.0" },
  chart: "gloo-platform",
  repository: "https://storage.googleapis.com/gloo-platform/helm-charts",
  releaseName: "gloo-platform",
  crds: {
    chart: "gloo-platform-crds",
    releaseName: "gloo-platform-crds",
    groups: [
      "admin.gloo.solo.io",
      "apimanagement.gloo.solo.io",
      "extensions.policy.gloo.solo.io",
      "infrastructure.gloo.solo.io",
      "internal.gloo.solo.io",
      "networking.gloo.solo.io",
      "observability.policy.gloo.solo.io",
      "resilience.policy.gloo.solo.io",
      "security.policy.gloo.solo.io",
      "trafficcontrol.policy.gloo.solo.io",
    ],
    sharedGroups: ["extauth.solo.io", "ratelimit.solo.io"],
  },
  agentName: "gloo-mesh-agent",
  clusterWide: [
    { kind: "ClusterRoleBinding", name: "gloo-mesh-agent", perNamespace: true },
    { kind: "ClusterRole", name: "gloo-mesh-agent", perNamespace: true },
  ],
  customGroups: ["internal.gloo.solo.io"],
  kubernetesCluster: { group: "admin.gloo.solo.io", version: "v2", plural: "kubernetesclusters" },
  approval: ["status", "common", "State", "approval"],
  relayServer: {
    namespace: "gloo-mesh",
    name: "gloo-mesh-mgmt-server",
    port: { name: "grpc", number: 9900 },
    metricsPort: 9091,
    metricsByService: false,
  },
  ingress,
  values: {
    enabled: ["glooAgent", "enabled"],
    clusterName: ["common", "cluster"],
    serverAddress: ["glooAgent", "relay", "serverAddress"],
    authority: ["glooAgent", "relay", "authority"],
    rootSecret: ["glooAgent", "relay", "rootTlsSecret"],
    tokenSecret: ["glooAgent", "relay", "tokenSecret"],
    clientSecret: ["glooAgent", "relay", "clientTlsSecret"],
    insecure: [
      { from: { major: 2, minor: 3 }, path: ["glooAgent", "insecure"] },
      { from: { major: 2, minor: 3 }, path: ["common", "insecure"] },
    ],
    imageTags: [
      ["common", "imageTag"],
      ["glooAgent", "image", "tag"],
    ],
    environment: ["glooAgent", "extraEnvs"],
    withoutTokenByNulls: true,
  },
  telemetry: {
    enabled: ["telemetryCollector", "enabled"],
    endpoint: ["telemetryCollector", "config", "exporters", "otlp", "endpoint"],
    skipVerify: ["telemetryCollectorCustomization", "skipVerify"],
    gateway: { service: "gloo-telemetry-gateway", port: { name: "otlp", number: 4317 } },
  },
  simpleTls: {
    since: { major: 2, minor: 5 },
    tokenVariable: "RELAY_TOKEN",
    serverSwitch: "RELAY_DISABLE_CLIENT_CERTIFICATE_AUTHENTICATION",
  },
  renewsCertificates: true,
  ...relaySecrets,
};

/** Every generation, by its name. */
export const generations: Readonly<Record<GenerationName, Generation>> = {
  "1.x": enterpriseAgent,
  "2.x": glooPlatform,
};

/** The generation of a registration that names none. */
export const defaultGeneration = enterpriseAgent;

/** The generation of a name. A name that is not known, which the checks refuse, and none count as the default. */
export function generationOf(name: GenerationName | undefined): Generation {
  return name === undefined ? defaultGeneration : (generations[name] ?? defaultGeneration);
}

/** Name of a cluster-wide object of the chart, released in a namespace. */
export function nameOfClusterWide({ name, perNamespace }: ClusterWideObject, namespace: string): string {
  return perNamespace ? `${name}-${namespace}` : name;
}
