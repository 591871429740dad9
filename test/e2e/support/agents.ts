import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { auditEvents } from "../../sandbox/controlplane";
import type { SandboxCluster } from "../../sandbox/sandbox";
import { generation } from "./generation";

const labelSelector = `app=${generation.agentName}`;

/** The agent's pods by now. */
export async function agentPods(cluster: SandboxCluster, namespace = "gloo-mesh"): Promise<k8s.V1Pod[]> {
  const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}

/** Each pod of the agent with the restarts of its container: the same before and after what restarts nothing. */
export async function podsAndRestarts(cluster: SandboxCluster): Promise<readonly string[]> {
  const pods = await agentPods(cluster);
  return pods.map(({ metadata, status }) => `${metadata?.uid} ${status?.containerStatuses?.[0]?.restartCount}`);
}

/** Pods that were made for the agent since the cluster began: one more is one start. Restarts of a container in its pod are not among them. */
export async function agentStarts(cluster: SandboxCluster, namespace = "gloo-mesh"): Promise<number> {
  const isStart = { verb: "create", resource: "pods", namespace, code: 201 };
  const events = await auditEvents(cluster.plane, (event) =>
    Object.entries(isStart).every(([key, value]) => event[key as keyof typeof isStart] === value),
  );
  return events.length;
}

/**
 * Resolves when it reads this value: what follows a run a moment later, such as the hub's count of agents while a former one says goodbye.
 * @throws after this many seconds, with what it read last
 */
export async function becomes<T>(read: () => Promise<T>, expected: T, limitSeconds = 20): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const value = await read();
    if (value === expected) return;
    if (performance.now() > deadline) assert.equal(value, expected);
    await delay(50);
  }
}
