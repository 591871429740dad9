import * as k8s from "@kubernetes/client-node";
import { createIngressNode, listenOnNodePort, type NodePortListener } from "./nodePorts";
import type { Sandbox } from "./sandbox";

/** An ingress gateway that has been installed. */
export type IngressGateway = NodePortListener;

/** What the ingress gateway looks like. */
export interface IngressGatewayOptions {
  /** Name of the hub in front of whose relay server it stands. Default: "management". */
  readonly hub?: string;
  /** Default: `istio-system`. */
  readonly namespace?: string;
  /** Default: `istio-ingressgateway`. */
  readonly service?: string;
  /** Default: `NodePort`. */
  readonly type?: "NodePort" | "LoadBalancer";
  /** Addresses of the node. Default: 127.0.0.1 as InternalIP and as ExternalIP. */
  readonly nodeAddresses?: readonly k8s.V1NodeAddress[];
}

/**
 * Puts an Istio ingress gateway with TLS passthrough in front of a hub's relay server, as the vendor's guide sets it up: its
 * Service with a node port for `https`, a node whose address is 127.0.0.1, and a listener on that port of this machine.
 * Not modelled: Istio itself and the choice of the route by SNI.
 */
export async function installIngressGateway(
  sandbox: Sandbox,
  options: IngressGatewayOptions = {},
): Promise<IngressGateway> {
  const hub = options.hub ?? "management";
  const core = sandbox.cluster(hub).kubeConfig.makeApiClient(k8s.CoreV1Api);
  const namespace = options.namespace ?? "istio-system";
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await createIngressNode(core, options.nodeAddresses);
  return listenOnNodePort(sandbox, hub, async (nodePort) => {
    await core.createNamespacedService({ namespace, body: gatewayService(nodePort, options) });
  });
}

function gatewayService(nodePort: number, options: IngressGatewayOptions): k8s.V1Service {
  const labels = { app: "istio-ingressgateway", istio: "ingressgateway" };
  return {
    metadata: { name: options.service ?? "istio-ingressgateway", labels },
    spec: {
      type: options.type ?? "NodePort",
      selector: labels,
      ports: [
        { name: "http2", port: 80, targetPort: 8080 },
        { name: "https", port: 443, targetPort: 8443, nodePort },
      ],
    },
  };
}
