import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";

const deploymentName = "enterprise-networking";
const limitSeconds = 60;
const intervalMs = 50;

/** Resolves when the relay server takes connections. @throws after 60 s, with what its Deployment and its pods say. */
export async function relayAvailable(kubeConfig: k8s.KubeConfig, namespace: string): Promise<void> {
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const { status } = await apps.readNamespacedDeployment({ name: deploymentName, namespace });
    if ((status?.availableReplicas ?? 0) > 0) return;
    if (performance.now() > deadline) {
      const conditions = (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`);
      const said = [...conditions, ...(await describePods(kubeConfig, namespace))].join("; ");
      throw new Error(`the relay server is not available after ${limitSeconds} s: ${said || "no conditions"}`);
    }
    await delay(intervalMs);
  }
}

/** Phase and container states of the relay server's pods, in one line each. */
async function describePods(kubeConfig: k8s.KubeConfig, namespace: string): Promise<string[]> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: `app=${deploymentName}` });
  return items.map(({ metadata, status }) => {
    const states = (status?.containerStatuses ?? []).map(({ state, lastState }) =>
      JSON.stringify({ state, lastState }),
    );
    return `pod ${metadata?.name}: ${status?.phase} ${states.join(" ")}`;
  });
}
