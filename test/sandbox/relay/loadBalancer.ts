import * as k8s from "@kubernetes/client-node";
import { generations } from "./relayGeneration";

/** Where a cloud's load balancer says that it is reached: most tell an ip, AWS a host name. */
export type LoadBalancerAddress = { readonly ip: string } | { readonly hostname: string };

/**
 * Plays the cloud for a Service of type LoadBalancer: gives it this address, or takes it away, as before the cloud has
 * made one. A Service of another type becomes one of this type.
 *
 * @param service default: the relay server's of 1.x in `gloo-mesh`
 */
export async function setLoadBalancer(
  kubeConfig: k8s.KubeConfig,
  address: LoadBalancerAddress | undefined,
  service: { readonly name: string; readonly namespace: string } = {
    name: generations["1.x"].server,
    namespace: "gloo-mesh",
  },
): Promise<void> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const asMerge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
  await core.patchNamespacedService({ ...service, body: { spec: { type: "LoadBalancer" } } }, asMerge);
  const status = { loadBalancer: { ingress: address === undefined ? null : [address] } };
  await core.patchNamespacedServiceStatus({ ...service, body: { status } }, asMerge);
}
