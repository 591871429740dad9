import type * as k8s from "@kubernetes/client-node";
import type { HubFacts } from "./hubOptions";
import { type RelayGeneration, relayPorts } from "./relayGeneration";
import { secretNames } from "./secrets";

/** Argument with which the relay server speaks plain text. */
export const INSECURE_ARGUMENT = "--insecure=true";

/** The relay server's Deployment. */
export function relayDeployment(hub: HubFacts, image: string): k8s.V1Deployment {
  const { namespace } = hub;
  const { server, containerPorts } = hub.generation;
  const labels = { app: server };
  return {
    metadata: relayMetadata(server, namespace),
    spec: {
      replicas: hub.replicas,
      selector: { matchLabels: labels },
      // All pods of the sandbox share the address of this machine, so the old one has to free the port first.
      strategy: { type: "Recreate" },
      template: {
        metadata: {
          labels,
          annotations: {
            "prometheus.io/path": "/metrics",
            "prometheus.io/port": String(relayPorts.metrics),
            "prometheus.io/scrape": "true",
          },
        },
        spec: {
          serviceAccountName: server,
          containers: [
            {
              name: server,
              image,
              imagePullPolicy: "IfNotPresent",
              ...(hub.insecure ? { args: [INSECURE_ARGUMENT] } : {}),
              env: [
                { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                ...(hub.simpleTls ? simpleTlsVariables : []),
              ],
              ports: Object.entries(containerPorts).map(([name, containerPort]) => ({ name, containerPort })),
              // Ours: an available Deployment then means that the server listens, which spares every test a wait.
              readinessProbe: { tcpSocket: { port: "grpc" } },
            },
          ],
        },
      },
    },
  };
}

const simpleTlsVariables: k8s.V1EnvVar[] = [
  { name: "RELAY_DISABLE_CLIENT_CERTIFICATE_AUTHENTICATION", value: "true" },
  { name: "RELAY_TOKEN", valueFrom: { secretKeyRef: { name: secretNames.sharedToken, key: "token" } } },
];

/**
 * Puts an agent for the management cluster itself into the server's pod (`glooAgent.runAsSidecar`), which then has two
 * containers whose ports have the same names.
 *
 * @param agent.port that of this machine on which the relay server listens: the sandbox has no DNS of the cluster
 */
export function addSidecarAgent(
  deployment: k8s.V1Deployment,
  { generation, namespace, version }: HubFacts,
  agent: { readonly clusterName: string; readonly port: number },
): void {
  const { agent: name, server } = generation;
  deployment.spec?.template.spec?.containers.push({
    name,
    image: `gcr.io/gloo-mesh/${name}:${version}`,
    args: [
      `--relay-address=127.0.0.1:${agent.port}`,
      `--relay-authority=${server}.${namespace}`,
      `--cluster=${agent.clusterName}`,
      `--relay-identity-token-secret-name=${secretNames.identityToken}`,
    ],
    ports: [
      { name: "grpc", containerPort: 9977 },
      { name: "healthcheck", containerPort: 8091 },
      { name: "stats", containerPort: 9092 },
    ],
    readinessProbe: { tcpSocket: { port: 9977 } },
  });
}

/** The relay server's Service. */
export function relayServiceObject(
  { server, servicePorts }: RelayGeneration,
  namespace: string,
  options: { type: "ClusterIP" | "NodePort" | "LoadBalancer"; grpcPort: number },
): k8s.V1Service {
  return {
    metadata: relayMetadata(server, namespace),
    spec: {
      type: options.type,
      selector: { app: server },
      ports: [
        { name: "grpc", port: options.grpcPort, targetPort: relayPorts.grpc },
        ...Object.entries(servicePorts).map(([name, port]) => ({ name, port, targetPort: port })),
      ],
    },
  };
}

/**
 * What the relay server reads: the Secrets and KubernetesClusters of its namespace. In 2.x it writes the status of the latter.
 *
 * @param hostsAgent an agent in its pod stores its client certificate
 */
export function relayRules(
  { kubernetesCluster: { group, plural }, program }: RelayGeneration,
  hostsAgent: boolean,
): k8s.V1PolicyRule[] {
  const verbs = ["get", "list", "watch"];
  return [
    { apiGroups: [""], resources: ["secrets"], verbs: hostsAgent ? [...verbs, "create", "update"] : verbs },
    { apiGroups: [group], resources: [plural], verbs },
    ...(program["approves"] ? [{ apiGroups: [group], resources: [`${plural}/status`], verbs: ["patch"] }] : []),
  ];
}

/** Name, namespace and label of everything that belongs to the relay server. */
export function relayMetadata(server: string, namespace: string): k8s.V1ObjectMeta {
  return { name: server, namespace, labels: { app: server } };
}
