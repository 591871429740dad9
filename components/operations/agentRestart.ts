import type { KubernetesClient } from "../kubernetes/client";
import { type KubernetesObject, type ObjectList, paths } from "../kubernetes/objects";
import { removeIfPresent } from "./remoteCluster";
import { report } from "./report";

/** Which agent is meant. */
export interface AgentPlace {
  readonly namespace: string;
  readonly agentName: string;
  readonly clusterName: string;
}

/**
 * Restarts the agent, which reads its Secrets only when it starts. Its pods are deleted rather than the Deployment changed, which is
 * Helm's. Does nothing where no agent is.
 */
export async function restartAgent(client: KubernetesClient, agent: AgentPlace): Promise<void> {
  const selector = encodeURIComponent(`app=${agent.agentName}`);
  const path = `${paths.pods(agent.namespace)}?labelSelector=${selector}`;
  const pods = await client.request<ObjectList<KubernetesObject>>("GET", path);
  for (const pod of pods.items) await removeIfPresent(client, `${paths.pods(agent.namespace)}/${pod.metadata.name}`);
  if (pods.items.length > 0) report(`${agent.clusterName}: restarted the agent, which reads its Secrets only at start`);
}
