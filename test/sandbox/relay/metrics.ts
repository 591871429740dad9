import * as k8s from "@kubernetes/client-node";
import { type RelayGeneration, relayPorts } from "./relayGeneration";
import { relayPods } from "./rollout";

/**
 * The metrics of the relay server through the proxy of the API server: of each ready pod by its name, or where the Service has
 * the port, of the Service by its. @throws while none runs
 */
export async function relayMetrics(
  kubeConfig: k8s.KubeConfig,
  { generation, namespace }: { readonly generation: RelayGeneration; readonly namespace: string },
): Promise<Readonly<Record<string, string>>> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { server, metricsOf } = generation;
  const path = "metrics";
  if (metricsOf === "services") {
    const name = `${server}:${relayPorts.metrics}`;
    return { [server]: await core.connectGetNamespacedServiceProxyWithPath({ name, namespace, path }) };
  }
  const pods = (await relayPods(kubeConfig, namespace, server)).filter(isReady);
  if (pods.length === 0) throw new Error(`no pod of ${server} is ready`);
  const read = pods.map(async ({ metadata }): Promise<[string, string]> => {
    const pod = metadata?.name ?? "";
    const name = `${pod}:${relayPorts.metrics}`;
    return [pod, await core.connectGetNamespacedPodProxyWithPath({ name, namespace, path })];
  });
  return Object.fromEntries(await Promise.all(read));
}

/** One gauge of one cluster; undefined when there is no sample of it. */
export function gaugeValue(metrics: string, gauge: string, clusterName: string): number | undefined {
  const start = `${gauge}{cluster=${JSON.stringify(clusterName)}} `;
  const line = metrics.split("\n").find((candidate) => candidate.startsWith(start));
  return line === undefined ? undefined : Number(line.slice(start.length));
}

function isReady({ metadata, status }: k8s.V1Pod): boolean {
  const ready = (status?.conditions ?? []).some(({ type, status: value }) => type === "Ready" && value === "True");
  return ready && metadata?.deletionTimestamp === undefined;
}
