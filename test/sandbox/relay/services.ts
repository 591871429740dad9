import * as k8s from "@kubernetes/client-node";
import type { HubFacts } from "./hubOptions";
import { type LoadBalancerAddress, setLoadBalancer } from "./loadBalancer";
import { relayPorts } from "./relayGeneration";

/**
 * Adds a second Service of type LoadBalancer that selects the relay server's pods, as owners do whose hub has a ClusterIP.
 *
 * @param options.address default: none, as before a cloud has made a load balancer
 * @param options.name default: `<server>-relay-lb`
 */
export async function installRelayLoadBalancer(
  kubeConfig: k8s.KubeConfig,
  { generation: { server }, namespace }: Pick<HubFacts, "generation" | "namespace">,
  options: { address?: LoadBalancerAddress; name?: string } = {},
): Promise<void> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { spec } = await core.readNamespacedService({ name: server, namespace });
  // The number under which agents of the sandbox reach the server.
  const port = spec?.ports?.find(({ name }) => name === "grpc")?.port ?? relayPorts.grpc;
  const ports = [{ name: "relay", port, targetPort: relayPorts.grpc }];
  const name = options.name ?? `${server}-relay-lb`;
  await installLoadBalancer(kubeConfig, { name, namespace }, { selector: { app: server }, ports }, options.address);
}

/**
 * Adds the telemetry gateway of 2.x as far as discovery sees it: its Service. Nothing listens behind it.
 *
 * @param address default: none, as before a cloud has made a load balancer
 */
export async function installTelemetryGateway(
  kubeConfig: k8s.KubeConfig,
  namespace: string,
  address?: LoadBalancerAddress,
): Promise<void> {
  const selector = { app: "gloo-telemetry-gateway", component: "standalone-collector" };
  const spec = { selector, ports: [{ name: "otlp", port: 4317, targetPort: 4317 }] };
  await installLoadBalancer(kubeConfig, { name: "gloo-telemetry-gateway", namespace }, spec, address);
}

async function installLoadBalancer(
  kubeConfig: k8s.KubeConfig,
  place: { readonly name: string; readonly namespace: string },
  spec: { readonly selector: { readonly [key: string]: string }; readonly ports: k8s.V1ServicePort[] },
  address: LoadBalancerAddress | undefined,
): Promise<void> {
  const { name, namespace } = place;
  const body = { metadata: { name, labels: spec.selector }, spec: { ...spec, type: "LoadBalancer" } };
  await kubeConfig.makeApiClient(k8s.CoreV1Api).createNamespacedService({ namespace, body });
  if (address !== undefined) await setLoadBalancer(kubeConfig, address, place);
}
