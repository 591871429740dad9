import { allowance } from "../base/foreignJson";
import { type AgentWorkload, installedWorkload } from "../glooMesh/agentWorkload";
import type { KubernetesClient } from "../kubernetes/client";
import { type KubernetesObject, paths } from "../kubernetes/objects";
import {
  type ContainerStatus,
  conditionOf,
  type Deployment,
  type Explained,
  hasEnded,
  type Pod,
  readPods,
} from "../kubernetes/workloads";

/** An event as Kubernetes records it for a pod or a ReplicaSet. */
export interface KubernetesEvent extends KubernetesObject, Explained {
  readonly type?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
}

/** The state of an agent: all that a diagnosis judges. */
export interface AgentState {
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
  /** The last lines of the newest pod's log. Those of the previous run precede them if a new run has only started. */
  readonly log: readonly string[];
  /** Events of the newest pod, or of the ReplicaSets if there is no pod; empty while the agent runs. */
  readonly events: readonly KubernetesEvent[];
}

/**
 * The newest pod that is not being deleted: faults of older pods are over. A pod that has ended counts only if there is no other, since a
 * pod that its node refused is replaced within the same second. During a rollout pods of the newest ReplicaSet win, since an older one may have
 * created a pod later.
 */
export function newestPod(pods: readonly Pod[], deployment?: Deployment): Pod | undefined {
  // The Deployment's controller names it in a condition: `ReplicaSet "…" is progressing`, `Created new replica set "…"`.
  const replicaSet = /replica ?set "([^"]+)"/i.exec(conditionOf(deployment, "Progressing")?.message ?? "")?.[1];
  const isInNewest = ({ metadata }: Pod) => replicaSet !== undefined && metadata.name.startsWith(`${replicaSet}-`);
  const staying = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const present = staying.some(isInNewest) ? staying.filter(isInNewest) : staying;
  const alive = present.filter((pod) => !hasEnded(pod));
  return (alive.length > 0 ? alive : present).toSorted((a, b) =>
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""),
  )[0];
}

/** The agent's own container: the one with its name, or the first that Istio did not inject. */
export function agentContainer(pod: Pod, agentName: string): ContainerStatus | undefined {
  const containers = pod.status?.containerStatuses ?? [];
  return containers.find(({ name }) => name === agentName) ?? containers.find(({ name }) => name !== "istio-proxy");
}

/** The agent that is read, the client for its cluster, and the signal that ends the read. */
export interface AgentLookup {
  readonly client: KubernetesClient;
  readonly namespace: string;
  /** Of the agent's container. */
  readonly agentName: string;
  /** Default: as the chart installs it. */
  readonly workload?: AgentWorkload | undefined;
  readonly signal: AbortSignal;
}

/** Reads the agent's state with three to six requests. Throws what the client throws; without the right to read log or events it omits them. */
export async function readAgentState(lookup: AgentLookup): Promise<AgentState> {
  const { client, namespace, agentName, signal } = lookup;
  const { deploymentName, selector } = workloadIn(lookup);
  const [deployment, pods] = await Promise.all([
    client.find<Deployment>(paths.deployment(namespace, deploymentName), { signal }),
    readPods({ ...lookup, selector }),
  ]);
  const newest = newestPod(pods, deployment);
  const [log, events] = await Promise.all([
    newest ? readLog(lookup, newest) : [],
    newest && isUp(newest, agentName) ? [] : readEvents(lookup, newest),
  ]);
  return { deployment, pods, log, events };
}

function workloadIn({ workload, agentName }: AgentLookup): AgentWorkload {
  return workload ?? installedWorkload(agentName);
}

/** True when the agent's container runs on a live node: then the log says more than events. */
function isUp(pod: Pod, agentName: string): boolean {
  const container = agentContainer(pod, agentName);
  if (container?.state?.running === undefined) return false;
  return !(container.ready && conditionOf(pod, "Ready", "False"));
}

/**
 * The log of the newest run, which the API server has whether that run lasts or has ended. A run that has only started has no messages yet:
 * then the last lines of the previous run precede it.
 */
async function readLog(lookup: AgentLookup, pod: Pod): Promise<string[]> {
  const { namespace, agentName } = lookup;
  const container = agentContainer(pod, agentName);
  if (!container) return [];
  const path = `${paths.podLog(namespace, pod.metadata.name)}?container=${encodeURIComponent(container.name)}&${logLimits}`;
  const readPrevious = () => readLines(lookup, `${path}&previous=true`);
  if (container.state?.running !== undefined) {
    const [before, now] = await Promise.all([
      container.restartCount > 0 ? readPrevious() : [],
      readLines(lookup, path),
    ]);
    return [...before, ...now];
  }
  const log = await readLines(lookup, path);
  if (container.state?.terminated === undefined && container.lastState?.terminated === undefined) return log;
  // The run had ended. If the container has restarted since, this is the log of the new run.
  const { selector } = workloadIn(lookup);
  const later = (await readPods({ ...lookup, selector })).find(({ metadata }) => metadata.name === pod.metadata.name);
  const restarted = later && (agentContainer(later, agentName)?.restartCount ?? 0) > container.restartCount;
  return restarted ? [...(await readPrevious()), ...log] : log;
}

/** Enough lines to reach above the stack of a Go panic. The API server keeps the end of the log. */
const mostLines = 60;
const mostBytes = 131_072;
const logLimits = `tailLines=${mostLines}&limitBytes=${mostBytes}`;

/** The lines of a log; none if it cannot be read, without a container yet or without the right. */
async function readLines({ client, signal }: AgentLookup, path: string): Promise<string[]> {
  const text = await unlessAborted(client.readText(path, { signal, allowed: allowance(2 * mostBytes) }), "", signal);
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-mostLines);
}

/** Kubernetes merges equal events, and drops them after an hour. */
const mostEvents = 500;

/** The events; none without the right to list them: then the status is the only evidence. */
async function readEvents(lookup: AgentLookup, pod: Pod | undefined): Promise<readonly KubernetesEvent[]> {
  const { client, namespace, signal } = lookup;
  const fields = pod
    ? `involvedObject.kind=Pod,involvedObject.name=${pod.metadata.name}`
    : "involvedObject.kind=ReplicaSet,type=Warning";
  const path = `${paths.events(namespace)}?fieldSelector=${encodeURIComponent(fields)}`;
  const list = client.list<KubernetesEvent>(path, { signal, first: mostEvents });
  const { items } = await unlessAborted(list, { items: [], resourceVersion: "" }, signal);
  const prefix = pod ? pod.metadata.name : `${workloadIn(lookup).deploymentName}-`;
  return items.filter((event) => event.involvedObject?.name?.startsWith(prefix) ?? false);
}

/** The answer to a request; `otherwise` if the request fails before the signal aborts. */
function unlessAborted<T>(request: Promise<T>, otherwise: NoInfer<T>, signal: AbortSignal): Promise<T> {
  return request.catch((error) => {
    if (signal.aborted) throw error;
    return otherwise;
  });
}
