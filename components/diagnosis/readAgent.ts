import type { KubernetesClient } from "../kubernetes/client";
import { type KubernetesObject, paths } from "../kubernetes/objects";

export interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
  readonly running?: object;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** An event as Kubernetes records it for a pod or a ReplicaSet. */
export interface KubernetesEvent extends KubernetesObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
}

/** What the agent looks like from outside, for telling why there is no certificate yet. */
export interface AgentState {
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  /** The last lines of the newest pod's log, below those of the run before when the present one has only begun. */
  readonly log: readonly string[];
  /** Events of the newest pod, or of the ReplicaSets where there is no pod; read only where the status does not tell enough. */
  readonly events: readonly KubernetesEvent[];
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

/** True for a pod that will never run again, such as an evicted one: its object stays until somebody deletes it. */
export function hasEnded({ status }: { readonly status?: { readonly phase?: string } }): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

/**
 * The newest pod that is not on its way out: what is wrong with older ones is over. One that has ended counts only where no other is there: a
 * pod that its node refused is replaced within the same second. During a rollout it is one of the newest ReplicaSet,
 * since an older one may have made a pod again after the new one did.
 */
export function newestPod(pods: readonly Pod[], deployment?: Deployment): Pod | undefined {
  const replicaSet = newestReplicaSet(deployment);
  const isOfNewest = ({ metadata }: Pod) => replicaSet !== undefined && metadata.name.startsWith(`${replicaSet}-`);
  const staying = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const present = staying.some(isOfNewest) ? staying.filter(isOfNewest) : staying;
  const alive = present.filter((pod) => !hasEnded(pod));
  return (alive.length > 0 ? alive : present).toSorted((a, b) =>
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""),
  )[0];
}

/** The Deployment's controller names it in its condition: `ReplicaSet "…" is progressing`, `Created new replica set "…"`. */
function newestReplicaSet(deployment: Deployment | undefined): string | undefined {
  const progress = deployment?.status?.conditions?.find(({ type }) => type === "Progressing");
  return /replica ?set "([^"]+)"/i.exec(progress?.message ?? "")?.[1];
}

/** The agent's own container among those that others inject. */
export function agentContainer<C extends { readonly name: string }>(
  pod: { readonly status?: { readonly containerStatuses?: readonly C[] } },
  agentName: string,
): C | undefined {
  const containers = pod.status?.containerStatuses ?? [];
  return containers.find(({ name }) => name === agentName) ?? containers.find(({ name }) => name !== "istio-proxy");
}

/** Looks at the agent with three to six requests. Throws what the client throws, except for log and events, which may be out of reach. */
export async function readAgentState(
  client: KubernetesClient,
  namespace: string,
  agentName: string,
  signal: AbortSignal,
): Promise<AgentState> {
  const [deployment, pods] = await Promise.all([
    client.find<Deployment>(`${paths.deployments(namespace)}/${agentName}`, { signal }),
    readPods(client, namespace, agentName, signal),
  ]);
  const newest = newestPod(pods, deployment);
  const [log, events] = await Promise.all([
    newest ? readLog(client, namespace, newest, agentName, signal) : [],
    newest && isUp(newest, agentName) ? [] : readEvents(client, namespace, newest, agentName, signal),
  ]);
  return { deployment, pods, log, events };
}

async function readPods(
  client: KubernetesClient,
  namespace: string,
  agentName: string,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const path = `${paths.pods(namespace)}?labelSelector=${encodeURIComponent(`app=${agentName}`)}`;
  return (await client.list<Pod>(path, { signal })).items;
}

/** True when the agent's container runs, and no node says otherwise: then its log tells more than events. */
function isUp(pod: Pod, agentName: string): boolean {
  const container = agentContainer(pod, agentName);
  if (container?.state?.running === undefined) return false;
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  return !(container.ready && ready?.status === "False");
}

/**
 * The newest run's log, which the API server gives whether that run lasts or has ended. A run that has only begun says nothing yet: then
 * the last lines of the one before stand above it.
 */
async function readLog(
  client: KubernetesClient,
  namespace: string,
  pod: Pod,
  agentName: string,
  signal: AbortSignal,
): Promise<string[]> {
  const container = agentContainer(pod, agentName);
  if (!container) return [];
  const path = `${paths.podLog(namespace, pod.metadata.name)}?container=${container.name}&${logLimits}`;
  const readPrevious = () => readLines(client, `${path}&previous=true`, signal);
  if (container.state?.running !== undefined) {
    const [before, now] = await Promise.all([
      container.restartCount > 0 ? readPrevious() : [],
      readLines(client, path, signal),
    ]);
    return [...before, ...now];
  }
  const log = await readLines(client, path, signal);
  if (container.state?.terminated === undefined && container.lastState?.terminated === undefined) return log;
  // It had ended; if it has begun again since, then this is the log of the new run.
  const pods = await readPods(client, namespace, agentName, signal);
  const later = pods.find(({ metadata }) => metadata.name === pod.metadata.name);
  const begunAgain = later && (agentContainer(later, agentName)?.restartCount ?? 0) > container.restartCount;
  return begunAgain ? [...(await readPrevious()), ...log] : log;
}

/** Enough lines to reach above the stack of a Go panic. The API server cuts at the end, where the newest are. */
const logLimits = "tailLines=60&limitBytes=131072";

/** A log that cannot be read (no container yet, or no right to) is no evidence, and no error. */
async function readLines(client: KubernetesClient, path: string, signal: AbortSignal): Promise<string[]> {
  try {
    const text = await client.readText(path, { signal });
    return text.split("\n").filter((line) => line.trim() !== "");
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}

/** Events are best effort: without the right to list them, the status alone is the evidence. */
async function readEvents(
  client: KubernetesClient,
  namespace: string,
  pod: Pod | undefined,
  agentName: string,
  signal: AbortSignal,
): Promise<readonly KubernetesEvent[]> {
  const fields = pod
    ? `involvedObject.kind=Pod,involvedObject.name=${pod.metadata.name}`
    : "involvedObject.kind=ReplicaSet,type=Warning";
  const path = `${paths.events(namespace)}?fieldSelector=${encodeURIComponent(fields)}`;
  try {
    const { items } = await client.list<KubernetesEvent>(path, { signal });
    const prefix = pod ? pod.metadata.name : `${agentName}-`;
    return items.filter((event) => event.involvedObject?.name?.startsWith(prefix) ?? false);
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}
