import { randomInt } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { Forwarder } from "./forwarder";
import type { Sandbox } from "./sandbox";

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

/** An ingress gateway that has been installed. */
export interface IngressGateway {
  /** `127.0.0.1:PORT`, the node's address and the node port of `https`. */
  readonly address: string;
  readonly nodePort: number;
  /** Ends the listener; the objects stay, as with a gateway whose pods are gone. The end of the sandbox does so, too. */
  stop(): Promise<void>;
}

/** Sorts before the node that runs the pods, whose address exists in the pod network only. */
const nodeName = "ingress-node";
const firstNodePort = 30_000;
const lastNodePort = 32_767;
const attempts = 20;

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
  await createNode(core, options.nodeAddresses ?? localAddresses);
  const relayPort = Number(sandbox.hubNamed(hub).address.split(":")[1]);
  for (let attempt = 1; ; attempt++) {
    const nodePort = randomInt(firstNodePort, lastNodePort + 1);
    let forwarder: Forwarder | undefined;
    try {
      // The listener first: whatever port of this machine it gets, no other sandbox has.
      forwarder = await Forwarder.start(nodePort, relayPort);
      await core.createNamespacedService({ namespace, body: gatewayService(nodePort, options) });
    } catch (error) {
      await forwarder?.stop();
      // The port may be taken on this machine, or by a Service of the cluster.
      if (attempt === attempts) throw error;
      continue;
    }
    const listening = forwarder;
    sandbox.whenStopping(() => listening.stop());
    return { address: `127.0.0.1:${nodePort}`, nodePort, stop: () => listening.stop() };
  }
}

const localAddresses: readonly k8s.V1NodeAddress[] = [
  { type: "InternalIP", address: "127.0.0.1" },
  { type: "ExternalIP", address: "127.0.0.1" },
];

async function createNode(core: k8s.CoreV1Api, addresses: readonly k8s.V1NodeAddress[]): Promise<void> {
  const labels = { "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux" };
  await core.createNode({ body: { metadata: { name: nodeName, labels } } });
  const now = new Date();
  const ready = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await core.patchNodeStatus(
    { name: nodeName, body: { status: { addresses, conditions: [ready] } } },
    k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
  );
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
