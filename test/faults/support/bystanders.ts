import * as k8s from "@kubernetes/client-node";
import { makeNamespace } from "../../e2e/support/clusters";
import type { SandboxCluster } from "../../sandbox/sandbox";

// Objects of others, which nothing of ours may touch.

/** A namespace with something in it, and something beside our own objects' kinds. */
export async function bystanderOnRemote(cluster: SandboxCluster): Promise<void> {
  await makeNamespace(cluster, "bystander");
  const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
  const metadata = { name: "bystander" };
  await core.createNamespacedConfigMap({ namespace: "bystander", body: { metadata, data: { of: "others" } } });
  await core.createNamespacedSecret({
    namespace: "bystander",
    body: { metadata: { name: "relay-identity-token-secret" }, stringData: { token: "of others" } },
  });
}

/** Somebody else's cluster at the hub. */
export async function bystanderOnHub(cluster: SandboxCluster, name: string): Promise<void> {
  await cluster.kubeConfig.makeApiClient(k8s.CustomObjectsApi).createNamespacedCustomObject({
    group: "multicluster.solo.io",
    version: "v1alpha1",
    namespace: "gloo-mesh",
    plural: "kubernetesclusters",
    body: {
      apiVersion: "multicluster.solo.io/v1alpha1",
      kind: "KubernetesCluster",
      metadata: { name: `bystander-${name}`, namespace: "gloo-mesh" },
      spec: { clusterDomain: "cluster.local" },
    },
  });
}
