import type { KubernetesClient } from "../kubernetes/client";
import { type KubernetesObject, type ObjectList, paths } from "../kubernetes/objects";

export interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
  readonly running?: object;
}

export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state?: ContainerState;
      readonly lastState?: ContainerState;
    }[];
  };
}

/** What the agent looks like from outside, for telling why there is no certificate yet. */
export interface AgentState {
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  /** The last lines of the newest pod's log, of its previous run when it has crashed. */
  readonly log: readonly string[];
}

/** True when the rollout is complete: the newest pods, all of them, and available; at least one, since none registers nothing. */
export function isAvailable(deployment: Deployment | undefined): boolean {
  if (!deployment?.status) return false;
  const { status } = deployment;
  const wanted = Math.max(1, deployment.spec.replicas ?? 1);
  return (
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0) &&
    (status.updatedReplicas ?? 0) >= wanted &&
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    (status.availableReplicas ?? 0) >= wanted
  );
}

export async function readAgentState(
  client: KubernetesClient,
  namespace: string,
  agentName: string,
  signal: AbortSignal,
): Promise<AgentState> {
  const selector = encodeURIComponent(`app=${agentName}`);
  const [deployment, pods] = await Promise.all([
    client.find<Deployment>(`${paths.deployments(namespace)}/${agentName}`, { signal }),
    client.request<ObjectList<Pod>>("GET", `${paths.pods(namespace)}?labelSelector=${selector}`, { signal }),
  ]);
  const newest = [...pods.items]
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .sort((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""))[0];
  return { deployment, pods: pods.items, log: newest ? await readLog(client, namespace, newest, signal) : [] };
}

/** A log that cannot be read (no container yet, or no right to) is no evidence, and no error. */
async function readLog(client: KubernetesClient, namespace: string, pod: Pod, signal: AbortSignal): Promise<string[]> {
  const container = pod.status?.containerStatuses?.[0];
  if (!container) return [];
  const previous = container.state?.running === undefined && container.restartCount > 0;
  const query = `container=${container.name}&tailLines=20&limitBytes=16384${previous ? "&previous=true" : ""}`;
  try {
    const text = await client.readText(`${paths.podLog(namespace, pod.metadata.name)}?${query}`, { signal });
    return text.split("\n").filter((line) => line.trim() !== "");
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}
