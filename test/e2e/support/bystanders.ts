import { once } from "node:events";
import * as k8s from "@kubernetes/client-node";
import type { PodProgram } from "../../sandbox/pods";
import type { SandboxCluster } from "../../sandbox/sandbox";
import { becomes } from "./agents";
import { inventory, makeNamespace } from "./clusters";

// A workload of users on a remote cluster, and what Gloo Mesh 1.x has written beside it.

/** Its name, and that of its namespace. */
export const bystander = "reviews";

const issued = { group: "certificates.mesh.gloo.solo.io", version: "v1", plural: "issuedcertificates" };

/** What stands behind the image of the workload. */
export function bystanderImage(image: string): (() => PodProgram) | undefined {
  return image.includes(`/${bystander}:`) ? () => idle : undefined;
}

const idle: PodProgram = {
  run: async ({ signal }) => {
    if (!signal.aborted) await once(signal, "abort");
    return 0;
  },
};

/** A workload, and an object of a CRD of 1.x outside of the agent's namespace. */
export async function createBystanders(cluster: SandboxCluster): Promise<void> {
  await makeNamespace(cluster, bystander);
  const labels = { app: bystander };
  const containers = [{ name: bystander, image: `registry.example.com/${bystander}:1.0.0` }];
  await cluster.kubeConfig.makeApiClient(k8s.AppsV1Api).createNamespacedDeployment({
    namespace: bystander,
    body: {
      metadata: { name: bystander },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    },
  });
  await cluster.kubeConfig.makeApiClient(k8s.CustomObjectsApi).createNamespacedCustomObject({
    ...issued,
    namespace: bystander,
    body: { apiVersion: `${issued.group}/${issued.version}`, kind: "IssuedCertificate", metadata: { name: bystander } },
  });
  await becomes(async () => (await workloadOf(cluster)).length, 1);
}

/** Every pod of the workload that runs, with its restarts. */
async function workloadOf({ kubeConfig }: SandboxCluster): Promise<readonly string[]> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedPod({ namespace: bystander });
  return items
    .filter(({ status }) => status?.containerStatuses?.every(({ ready }) => ready))
    .map(({ metadata, status }) => `${metadata?.uid} ${status?.containerStatuses?.[0]?.restartCount}`);
}

/** UID, version and restarts of them. */
export async function lookAtBystanders(cluster: SandboxCluster): Promise<object> {
  const api = cluster.kubeConfig.makeApiClient(k8s.CustomObjectsApi);
  const custom = (await api.getNamespacedCustomObject({
    ...issued,
    namespace: bystander,
    name: bystander,
  })) as k8s.KubernetesObject;
  const objects = await inventory(cluster);
  return {
    pods: await workloadOf(cluster),
    custom: [custom.metadata?.uid, custom.metadata?.resourceVersion],
    namespace: objects.get(`namespaces ${bystander}`),
  };
}
