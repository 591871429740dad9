import * as k8s from "@kubernetes/client-node";
import { httpStatus } from "./nodeAccess";

/** Name of the only node of each sandbox cluster. */
export const nodeName = "sandbox-node";

/** The kubelet's usual port. Nothing listens on it: the pod network leads it to the real one. */
export const kubeletPort = 10_250;

const kubeletVersion = "v1.34.2";
let lastNetwork = 127;

/**
 * The address of the node: the one it had under an earlier runner, else 10.x.0.1 with an x that no other cluster of this
 * process has.
 */
export async function chooseNodeIp(core: k8s.CoreV1Api): Promise<string> {
  const existing = await findNode(core);
  const known = existing?.status?.addresses?.find((address) => address.type === "InternalIP")?.address;
  if (known !== undefined) {
    return known;
  }
  lastNetwork = lastNetwork >= 254 ? 128 : lastNetwork + 1;
  return `10.${lastNetwork}.0.1`;
}

/** Creates the Node, or brings an existing one up to date, and leaves it Ready and without taints. */
export async function registerNode(core: k8s.CoreV1Api, ip: string): Promise<void> {
  if ((await findNode(core)) === undefined) {
    await core.createNode({
      body: {
        metadata: {
          name: nodeName,
          labels: {
            "kubernetes.io/hostname": nodeName,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
          },
        },
      },
    });
    // Admission taints every new node as not ready; the controller that lifts it again does not run here.
    await core.patchNode(
      { name: nodeName, body: { spec: { taints: null } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  }
  await core.patchNodeStatus(
    { name: nodeName, body: { status: nodeStatus(ip, new Date()) } },
    k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
  );
}

/** What the node says about itself. Capacities are those of a small machine; nothing in the sandbox counts them. */
export function nodeStatus(ip: string, now: Date): k8s.V1NodeStatus {
  const resources = { cpu: "2", memory: "4Gi", pods: "110" };
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: "InternalIP", address: ip },
      { type: "Hostname", address: nodeName },
    ],
    conditions: [readyCondition(now)],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    nodeInfo: {
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: "",
      osImage: "in-process sandbox",
      containerRuntimeVersion: "sandbox://1.0",
      kubeletVersion,
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: "amd64",
    },
  };
}

async function findNode(core: k8s.CoreV1Api): Promise<k8s.V1Node | undefined> {
  try {
    return await core.readNode({ name: nodeName });
  } catch (error) {
    if (httpStatus(error) === 404) {
      return undefined;
    }
    throw error;
  }
}

/** The condition by which a node is Ready. */
export function readyCondition(now: Date): k8s.V1NodeCondition {
  return {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
}
