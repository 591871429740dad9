import type * as k8s from "@kubernetes/client-node";
import { freePort } from "./controlplane";
import { type HubOptions, installHub, ReplicaPorts, RunningHub, relayRolledOut } from "./relay";

/** A hub that is to be installed, and the ports of this machine on which its relay servers listen. */
export interface HubPlan {
  readonly name: string;
  readonly hub: HubOptions;
  readonly ports: ReplicaPorts;
}

/** Finds ports for the replicas with which the hub is installed, and for a second one in any case. */
export async function planHubPorts(name: string, hub: HubOptions): Promise<HubPlan> {
  const further = Array.from({ length: Math.max(1, (hub.replicas ?? 1) - 1) }, () => freePort());
  return { name, hub, ports: new ReplicaPorts([await freePort(), ...(await Promise.all(further))]) };
}

/** Installs the hub, and resolves when its relay servers take connections. @param running false: its objects alone */
export async function startHub(
  { hub, ports }: HubPlan,
  kubeConfig: k8s.KubeConfig,
  running: boolean,
): Promise<RunningHub> {
  const facts = await installHub(kubeConfig, { grpcPort: ports.first, ...(running ? {} : { replicas: 0 }), ...hub });
  await relayRolledOut(kubeConfig, facts.namespace, facts.generation);
  return new RunningHub(kubeConfig, facts, ports);
}
