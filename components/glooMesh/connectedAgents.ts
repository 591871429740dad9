import { parseSamples } from "../base/prometheus";
import { someOf } from "../base/text";
import { paths } from "../kubernetes/objects";

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

/** Whether the relay server counts an agent as connected, and a sentence about it. */
export interface AgentCount {
  readonly connected: boolean;
  readonly words: string;
}

/** Reads the count of one cluster from the relay server's metrics. */
export function countOf(metrics: string, clusterName: string): AgentCount {
  const samples = parseSamples(metrics, gauge);
  const of = (name: string) => samples.filter(({ labels }) => labels["cluster"] === name);
  const own = of(clusterName).reduce((sum, { value }) => sum + value, 0);
  if (own >= 1) return { connected: true, words: `${gauge} has counted ${clusterName} for a moment only` };
  if (samples.length === 0)
    return { connected: false, words: `its metrics have no ${gauge}, so no agent has connected since it started` };
  const counted = samples.filter(({ value }) => value >= 1).map(({ labels }) => labels["cluster"] ?? "");
  const others = [...new Set(counted)].filter((name) => name !== "").sort();
  const known = of(clusterName).length > 0;
  const words = known ? `${gauge} is 0 for ${clusterName}` : `${gauge} does not know ${clusterName}`;
  // A management cluster may have many agents; the first few show whether it is the right one.
  return { connected: false, words: `${words}; it counts ${someOf(others, 10) || "no agent"}` };
}
