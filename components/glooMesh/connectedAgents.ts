import { parseSamples } from "../base/prometheus";
import { someOf } from "../base/text";
import type { KubernetesClient } from "../kubernetes/client";
import { paths } from "../kubernetes/objects";
import type { Generation } from "./generation";

/** The relay server's gauge of connected agents, by the name of their cluster (its help: "Relay push clients (Relay Agents)"). */
const gauge = "relay_push_clients_connected";

/** The relay server's Service on the management cluster. */
interface MetricsService {
  readonly managementNamespace: string;
  readonly relayServerName: string;
  readonly metricsPort: number;
}

/** Path of the relay server's metrics on the management cluster's API server. */
export function metricsPath({ managementNamespace, relayServerName, metricsPort }: MetricsService): string {
  return `${paths.serviceProxy(managementNamespace, relayServerName, metricsPort)}/metrics`;
}

/** Reads the relay server's metrics through the management cluster's API server. */
export function readMetrics(
  client: KubernetesClient,
  managementNamespace: string,
  { relayServer: { name: relayServerName, metricsPort } }: Pick<Generation, "relayServer">,
): Promise<string> {
  return client.readText(metricsPath({ managementNamespace, relayServerName, metricsPort }));
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
export function countOf(metrics: string, clusterName: string): AgentCount {
  const samples = parseSamples(metrics, gauge);
  const of = (name: string) => samples.filter(({ labels }) => labels["cluster"] === name);
  const own = of(clusterName).reduce((sum, { value }) => sum + value, 0);
  if (own >= 1) {
    const words = `${gauge} has counted ${clusterName} for a moment only`;
    return { connected: true, words, waiting: "the relay server counts the agent, once so far" };
  }
  if (samples.length === 0) {
    const words = `its metrics have no ${gauge}, so no agent has connected since it started`;
    return { connected: false, words, waiting: "the relay server has counted no agent yet" };
  }
  const counted = samples.filter(({ value }) => value >= 1).map(({ labels }) => labels["cluster"] ?? "");
  const others = [...new Set(counted)].filter((name) => name !== "").sort();
  const known = of(clusterName).length > 0;
  const words = known ? `${gauge} is 0 for ${clusterName}` : `${gauge} does not know ${clusterName}`;
  // A management cluster may have many agents; the first few show whether it is the right one.
  return {
    connected: false,
    words: `${words}; it counts ${someOf(others, 10) || "no agent"}`,
    waiting: known ? "the relay server counts the agent as disconnected" : "the relay server does not count the agent",
  };
}
