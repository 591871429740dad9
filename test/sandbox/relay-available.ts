import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";

const deploymentName = "enterprise-networking";
const limitSeconds = 30;
const intervalMs = 50;

/** Resolves when the relay server takes connections. @throws after 30 s, with the conditions of its Deployment. */
export async function relayAvailable(kubeConfig: k8s.KubeConfig, namespace: string): Promise<void> {
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const { status } = await apps.readNamespacedDeployment({ name: deploymentName, namespace });
    if ((status?.availableReplicas ?? 0) > 0) return;
    if (performance.now() > deadline) {
      const conditions = (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`).join("; ");
      throw new Error(`the relay server is not available after ${limitSeconds} s: ${conditions || "no conditions"}`);
    }
    await delay(intervalMs);
  }
}
