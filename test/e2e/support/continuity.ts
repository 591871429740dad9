import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import type { SandboxCluster } from "../../sandbox/sandbox";
import { agentPods, podsAndRestarts } from "./agents";
import { clientFingerprint, connectedAgents } from "./clusters";
import { generation } from "./generation";
import type { World } from "./world";

/** What a restart, a new certificate or a new connection would change. */
export async function lookAt(world: World, remote: SandboxCluster): Promise<object> {
  const pods = await agentPods(remote);
  assert.equal(pods.length, 1);
  const connections = await connectionsOf(world, remote.name);
  assert.equal(connections.at(-1), "agent connected");
  return {
    pods: await podsAndRestarts(remote),
    certificate: await clientFingerprint(remote),
    connected: await connectedAgents(world.sandbox, remote.name),
    connections,
  };
}

/** How often an agent of this name has connected and disconnected since the relay server began, by its log. */
export async function connectionsOf(
  { sandbox: { management } }: World,
  clusterName: string,
): Promise<readonly string[]> {
  const namespace = "gloo-mesh";
  const core = management.kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedPod({ namespace });
  const servers = items.flatMap(({ metadata }) =>
    metadata?.name?.startsWith(`${generation.relayServer.name}-`) ? [metadata.name] : [],
  );
  const logs = await Promise.all(servers.map((name) => core.readNamespacedPodLog({ name, namespace })));
  return logs
    .flatMap((log) => log.split("\n"))
    .filter((line) => /agent (?:dis)?connected/.test(line) && line.includes(`"${clusterName}"`))
    .map((line) => /agent (?:dis)?connected/.exec(line)?.[0] ?? "");
}
