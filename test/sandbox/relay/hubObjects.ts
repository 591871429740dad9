import type * as k8s from "@kubernetes/client-node";

/** Name of the relay server's objects, and its label `app`. */
export const APP = "enterprise-networking";

/** Ports of the relay server in the pod network. */
export const relayPorts = { grpc: 9900, metrics: 9091 } as const;

/** Argument with which the relay server speaks plain text. */
export const INSECURE_ARGUMENT = "--insecure=true";

/** The relay server's Deployment. */
export function relayDeployment(
  namespace: string,
  options: { image: string; replicas: number; insecure: boolean },
): k8s.V1Deployment {
  const labels = { app: APP };
  return {
    metadata: relayMetadata(namespace),
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
          serviceAccountName: APP,
          containers: [
            {
              name: APP,
              image: options.image,
              imagePullPolicy: "IfNotPresent",
              ...(options.insecure ? { args: [INSECURE_ARGUMENT] } : {}),
              env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
              ports: [
                { name: "grpc", containerPort: relayPorts.grpc },
                { name: "http", containerPort: relayPorts.metrics },
              ],
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
  namespace: string,
  options: { type: "ClusterIP" | "NodePort" | "LoadBalancer"; grpcPort: number },
): k8s.V1Service {
  return {
    metadata: relayMetadata(namespace),
    spec: {
      type: options.type,
      selector: { app: APP },
      ports: [
        { name: "grpc", port: options.grpcPort, targetPort: relayPorts.grpc },
        { name: "http", port: relayPorts.metrics, targetPort: relayPorts.metrics },
      ],
    },
  };
}

/** Name, namespace and label of everything that belongs to the relay server. */
export function relayMetadata(namespace: string): k8s.V1ObjectMeta {
  return { name: APP, namespace, labels: { app: APP } };
}
