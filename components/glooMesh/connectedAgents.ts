import { parseSamples } from "../base/prometheus";
import { someOf } from "../base/text";
import type { ClusterAccess } from "../kubernetes/access";
import type { KubernetesClient } from "../kubernetes/client";
import { kubectl } from "../kubernetes/commands";
import { paths } from "../kubernetes/objects";
import { type Pod, readPods } from "../kubernetes/workloads";
import type { Generation } from "./generation";

/** The relay server's gauge of connected agents, by the name of their cluster (its help: "Relay push clients (Relay Agents)"). */
export const connectedAgentsMetric = "relay_push_clients_connected";

/** What the relay server's metrics say, of all its replicas: each counts its own agents. */
export interface RelayMetrics {
  readonly text: string;
  /** Why agents may be missing in the text: a clause; undefined if none can be. */
  readonly gap?: string;
}

type RelayServer = Pick<Generation, "relayServer">;

/** Reads the relay server's metrics through the management cluster's API server: from its Service, or from each of its pods where the Service has no port for them. */
export async function readMetrics(
  client: KubernetesClient,
  namespace: string,
  { relayServer }: RelayServer,
  signal?: AbortSignal,
): Promise<RelayMetrics> {
  const { name, metricsPort, metricsByService } = relayServer;
  if (metricsByService) return { text: await client.readText(servicePath(namespace, relayServer), { signal }) };
  const pods = (await readPods({ client, namespace, selector: `app=${name}`, signal })).filter(isRunning);
  const reads = await Promise.allSettled(
    pods.map(({ metadata }) =>
      client.readText(`${paths.podProxy(namespace, metadata.name, metricsPort)}/metrics`, { signal }),
    ),
  );
  const texts = reads.flatMap((read) => (read.status === "fulfilled" ? [read.value] : []));
  const failed = reads.find((read) => read.status === "rejected");
  if (failed && texts.length === 0) throw failed.reason;
  const gap = pods.length === 0 ? `no pod of ${name} runs` : `the metrics of a pod of ${name} cannot be read`;
  return { text: texts.join("\n"), ...(failed || pods.length === 0 ? { gap } : {}) };
}

function isRunning({ metadata, status }: Pod): boolean {
  return status?.phase === "Running" && metadata.deletionTimestamp === undefined;
}

function servicePath(namespace: string, { name, metricsPort }: Generation["relayServer"]): string {
  return `${paths.serviceProxy(namespace, name, metricsPort)}/metrics`;
}

/** Where the metrics are, for messages. */
export function metricsPlace(namespace: string, { relayServer }: RelayServer): string {
  const { name, metricsPort, metricsByService } = relayServer;
  return `${metricsByService ? "Service" : "pods of Deployment"} ${namespace}/${name}, port ${metricsPort}`;
}

/** The command that tries what {@link readMetrics} does. */
export function metricsCommand(access: ClusterAccess, namespace: string, { relayServer }: RelayServer): string {
  const { name, metricsPort, metricsByService } = relayServer;
  if (metricsByService) return kubectl(access, undefined, "get", "--raw", servicePath(namespace, relayServer));
  return kubectl(access, namespace, "port-forward", `deployment/${name}`, String(metricsPort));
}

/** The right that reading the metrics needs. */
export function metricsRight(namespace: string, { relayServer }: RelayServer): string {
  const { name, metricsPort, metricsByService } = relayServer;
  return metricsByService
    ? `get on services/proxy of ${name}:${metricsPort} in the namespace ${namespace}`
    : `list on pods and get on pods/proxy in the namespace ${namespace}`;
}

/** How the metrics count one cluster. */
export interface AgentCount {
  readonly connected: boolean;
  /** A sentence about it. */
  readonly words: string;
  /** The same in a few words, without other clusters, whose number changes all the time. */
  readonly waiting: string;
}

/** What the metrics say of one cluster. */
export function countOf({ text, gap }: RelayMetrics, clusterName: string): AgentCount {
  const samples = parseSamples(text, connectedAgentsMetric);
  const of = (name: string) => samples.filter(({ labels }) => labels["cluster"] === name);
  const own = of(clusterName).reduce((sum, { value }) => sum + value, 0);
  if (own >= 1) {
    const words = `${connectedAgentsMetric} has counted ${clusterName} for a moment only`;
    return { connected: true, words, waiting: "the relay server counts the agent, once so far" };
  }
  if (gap !== undefined) return { connected: false, words: gap, waiting: gap };
  if (samples.length === 0) {
    const words = `its metrics have no ${connectedAgentsMetric}, so no agent has connected since it started`;
    return { connected: false, words, waiting: "the relay server has counted no agent yet" };
  }
  const counted = samples.filter(({ value }) => value >= 1).map(({ labels }) => labels["cluster"] ?? "");
  const others = [...new Set(counted)].filter((name) => name !== "").sort();
  const known = of(clusterName).length > 0;
  const words = known
    ? `${connectedAgentsMetric} is 0 for ${clusterName}`
    : `${connectedAgentsMetric} does not know ${clusterName}`;
  // A management cluster may have many agents; the first few show whether it is the right one.
  return {
    connected: false,
    words: `${words}; it counts ${someOf(others, 10) || "no agent"}`,
    waiting: known ? "the relay server counts the agent as disconnected" : "the relay server does not count the agent",
  };
}
