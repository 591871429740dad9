import type * as k8s from "@kubernetes/client-node";
import { type RelayGeneration, relayPorts } from "./relayGeneration";

/** Argument with which the relay server speaks plain text. */
export const INSECURE_ARGUMENT = "--insecure=true";

/** The relay server's Deployment. */
export function relayDeployment(
  { server, containerPorts }: RelayGeneration,
  namespace: string,
  options: { image: string; replicas: number; insecure: boolean },
): k8s.V1Deployment {
  const labels = { app: server };
  return {
    metadata: relayMetadata(server, namespace),
    spec: {
      replicas: options.replicas,
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
              image: options.image,
              imagePullPolicy: "IfNotPresent",
              ...(options.insecure ? { args: [INSECURE_ARGUMENT] } : {}),
              env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
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

/** What the relay server reads: the Secrets and KubernetesClusters of its namespace. In 2.x it writes the status of the latter. */
export function relayRules({ kubernetesCluster: { group, plural }, program }: RelayGeneration): k8s.V1PolicyRule[] {
  const verbs = ["get", "list", "watch"];
  return [
    { apiGroups: [""], resources: ["secrets"], verbs },
    { apiGroups: [group], resources: [plural], verbs },
    ...(program["approves"] ? [{ apiGroups: [group], resources: [`${plural}/status`], verbs: ["patch"] }] : []),
  ];
}

/** Name, namespace and label of everything that belongs to the relay server. */
export function relayMetadata(server: string, namespace: string): k8s.V1ObjectMeta {
  return { name: server, namespace, labels: { app: server } };
}
