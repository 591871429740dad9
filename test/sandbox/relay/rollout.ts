import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { generations, type RelayGeneration } from "./relayGeneration";

const limitSeconds = 60;
const intervalMs = 50;

/**
 * Resolves when the relay server runs as its Deployment says by now: with all replicas taking connections and none of a
 * former template left.
 *
 * @param generation default: 1.x
 * @throws after 60 s, with what its Deployment and its pods say.
 */
export async function relayRolledOut(
  kubeConfig: k8s.KubeConfig,
  namespace: string,
  { server }: RelayGeneration = generations["1.x"],
): Promise<void> {
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const deployment = await apps.readNamespacedDeployment({ name: server, namespace });
    // A pod that is being deleted is in none of the counts, and may still take connections.
    if (isComplete(deployment) && !(await relayPods(kubeConfig, namespace, server)).some(isEnding)) return;
    if (performance.now() > deadline) {
      const conditions = (deployment.status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`);
      const said = [...conditions, ...(await describePods(kubeConfig, namespace, server))].join("; ");
      throw new Error(`the relay server is not available after ${limitSeconds} s: ${said || "no conditions"}`);
    }
    await delay(intervalMs);
  }
}

function isComplete({ metadata, spec, status }: k8s.V1Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas].map((count) => count ?? 0);
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && counts.every((count) => count === wanted);
}

/** Phase and container states of the relay server's pods, in one line each. */
async function describePods(kubeConfig: k8s.KubeConfig, namespace: string, server: string): Promise<string[]> {
  return (await relayPods(kubeConfig, namespace, server)).map(({ metadata, status }) => {
    const states = (status?.containerStatuses ?? []).map(({ state, lastState }) =>
      JSON.stringify({ state, lastState }),
    );
    return `pod ${metadata?.name}: ${status?.phase} ${states.join(" ")}`;
  });
}

/** The pods of the relay server of this name, also those that are being deleted. */
export async function relayPods(
  kubeConfig: k8s.KubeConfig,
  namespace: string,
  server: string,
): Promise<readonly k8s.V1Pod[]> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  return (await core.listNamespacedPod({ namespace, labelSelector: `app=${server}` })).items;
}

function isEnding({ metadata }: k8s.V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}
