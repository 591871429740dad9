import { randomInt } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { Forwarder } from "./forwarder";
import { readyCondition } from "./pods/nodeObject";
import type { Sandbox } from "./sandbox";

/** A node port that leads to a hub's relay server. */
export interface NodePortListener {
  /** `127.0.0.1:PORT`, the node's address and the node port. */
  readonly address: string;
  readonly nodePort: number;
  /** Ends the listener; the objects stay, as with a Service whose pods are gone. The end of the sandbox does so, too. */
  stop(): Promise<void>;
}

/** Sorts before the node that runs the pods, whose address exists in the pod network only. */
const nodeName = "ingress-node";
const firstNodePort = 30_000;
const lastNodePort = 32_767;
const attempts = 20;

/**
 * Listens on a free node port of this machine for the relay server of a hub.
 *
 * @param publish creates or changes the Service that has this node port
 */
export async function listenOnNodePort(
  sandbox: Sandbox,
  hub: string,
  publish: (nodePort: number) => Promise<void>,
): Promise<NodePortListener> {
  const relayPort = Number(sandbox.hubNamed(hub).address.split(":")[1]);
  for (let attempt = 1; ; attempt++) {
    const nodePort = randomInt(firstNodePort, lastNodePort + 1);
    let forwarder: Forwarder | undefined;
    try {
      // The listener first: whatever port of this machine it gets, no other sandbox has.
      forwarder = await Forwarder.start(nodePort, relayPort);
      await publish(nodePort);
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

/** Makes the Service of a hub's relay server one of type NodePort, which leads there from a node whose address is 127.0.0.1. */
export async function exposeByNodePort(sandbox: Sandbox, hub = "management"): Promise<NodePortListener> {
  const core = sandbox.cluster(hub).kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { generation, namespace } = sandbox.hubNamed(hub).facts;
  const service = { name: generation.server, namespace };
  await createIngressNode(core);
  const ports = (await core.readNamespacedService(service)).spec?.ports ?? [];
  return listenOnNodePort(sandbox, hub, async (nodePort) => {
    const exposed = ports.map((port) => (port.name === "grpc" ? { ...port, nodePort } : port));
    await core.patchNamespacedService(
      { ...service, body: { spec: { type: "NodePort", ports: exposed } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  });
}

const localAddresses: readonly k8s.V1NodeAddress[] = [
  { type: "InternalIP", address: "127.0.0.1" },
  { type: "ExternalIP", address: "127.0.0.1" },
];

/** Adds a node that runs no pods. @param addresses default: 127.0.0.1 as InternalIP and as ExternalIP */
export async function createIngressNode(
  core: k8s.CoreV1Api,
  addresses: readonly k8s.V1NodeAddress[] = localAddresses,
): Promise<void> {
  const labels = { "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux" };
  await core.createNode({ body: { metadata: { name: nodeName, labels } } });
  await core.patchNodeStatus(
    { name: nodeName, body: { status: { addresses, conditions: [readyCondition(new Date())] } } },
    k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
  );
}
