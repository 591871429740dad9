import type { KubernetesClient } from "../kubernetes/client";
import { paths } from "../kubernetes/objects";
import type { Deployment } from "../kubernetes/workloads";
import type { AgentObject } from "./foreignAgent";
import type { Generation } from "./generation";

/** The Deployment whose pods run an agent. */
export interface AgentWorkload {
  readonly deploymentName: string;
  /** Label selector of its pods. */
  readonly selector: string;
  /** The agent is a container in the relay server's pods (`runAsSidecar`): their restart would be the server's. */
  readonly isSidecar: boolean;
}

/** The Deployment of the chart, as the registration installs it. */
export function installedWorkload(agentName: string): AgentWorkload {
  return { deploymentName: agentName, selector: `app=${agentName}`, isSidecar: false };
}

/** Reads the Deployment that runs an agent which someone else installs; undefined if there is none. */
export async function readProvidedAgent(
  client: KubernetesClient,
  namespace: string,
  { agentName }: Pick<Generation, "agentName">,
  signal?: AbortSignal,
): Promise<AgentObject | undefined> {
  const { items } = await client.list<Deployment>(paths.deployments(namespace), { signal });
  const found = agentDeploymentIn(items, agentName);
  return found && { ...found, kind: "Deployment", path: paths.deployment(namespace, found.metadata.name) };
}

/**
 * The agent's Deployment: the one with the chart's name, or with its label, since tools that render the chart may put a prefix before names (Kustomize), or the
 * one with a container of this name, which is the relay server's for an agent that runs as its sidecar.
 */
export function agentDeploymentIn(deployments: readonly Deployment[], agentName: string): Deployment | undefined {
  const present = deployments.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return (
    present.find(({ metadata }) => metadata.name === agentName) ??
    present.find(({ metadata }) => metadata.labels?.["app"] === agentName) ??
    present.find((one) => containersOf(one).includes(agentName))
  );
}

/** Where the agent of this Deployment runs. */
export function workloadOf(
  deployment: Deployment,
  { agentName, relayServer }: Pick<Generation, "agentName" | "relayServer">,
): AgentWorkload {
  const { matchLabels = { app: agentName } } = deployment.spec?.selector ?? {};
  return {
    deploymentName: deployment.metadata.name,
    selector: Object.entries(matchLabels)
      .map(([label, value]) => `${label}=${value}`)
      .join(","),
    isSidecar: containersOf(deployment).includes(relayServer.name),
  };
}

function containersOf({ spec }: Deployment): readonly string[] {
  return (spec?.template?.spec?.containers ?? []).map(({ name }) => name);
}
