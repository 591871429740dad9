import { setTimeout as delay } from "node:timers/promises";
import { type AgentCount, countOf, readMetrics } from "../../components/glooMesh/connectedAgents";
import type { Generation } from "../../components/glooMesh/generation";
import type { GivenSettings } from "../../components/glooMesh/settings";
import type { KubernetesClient } from "../../components/kubernetes/client";
import { unlessRefused } from "../../components/kubernetes/errors";

/** The management cluster counts an agent that has just reconnected a moment later. */
const furtherReads = 2;

/** The count of agents; one that misses the agent is read again before it is believed. */
export async function countAgain(
  hub: KubernetesClient,
  { clusterName, managementNamespace }: Pick<GivenSettings, "clusterName" | "managementNamespace">,
  generation: Generation,
  count: AgentCount | undefined,
): Promise<AgentCount | undefined> {
  let present = count;
  for (let read = 0; read < furtherReads && present?.connected === false; read++) {
    await delay(1000);
    const metrics = await unlessRefused(readMetrics(hub, managementNamespace, generation));
    present = metrics === undefined ? present : countOf(metrics, clusterName);
  }
  return present;
}
