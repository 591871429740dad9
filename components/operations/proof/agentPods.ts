import { agentContainer, type Deployment, hasEnded } from "../../diagnosis/readAgent";
import type { KubernetesClient } from "../../kubernetes/client";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { ClientCertificateInputs } from "../shared/inputs";
import { report } from "../shared/report";
import { followUntil, untilAnswered } from "../shared/waiting";
import type { ProofRun } from "./proofRun";

/** A pod of the agent: the fields that show when it started and whether it crashes. */
export interface AgentPod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly restartCount: number;
      readonly state?: {
        readonly running?: { readonly startedAt?: string };
        readonly waiting?: { readonly reason?: string; readonly message?: string };
      };
      readonly lastState?: { readonly terminated?: { readonly finishedAt?: string } };
    }[];
  };
}

export interface AgentPods {
  readonly newest: readonly AgentPod[];
  /** Pods of earlier revisions of the Deployment, with earlier values such as a previous cluster name. */
  readonly older: readonly AgentPod[];
}

/** The agent's pods, as soon as the Deployment's controller has observed its present revision; none without a Deployment. */
export async function readAgentPods(
  client: KubernetesClient,
  inputs: ClientCertificateInputs,
  signal: AbortSignal,
): Promise<AgentPods> {
  const { namespace, agentName } = inputs;
  const deployment = await followUntil<Deployment, Deployment | null>(
    client,
    paths.deployments(namespace),
    agentName,
    (found) => (found === undefined ? null : isObserved(found) ? found : undefined),
    signal,
  );
  return deployment === null ? { newest: [], older: [] } : sortAgentPods(client, inputs, deployment, signal);
}

/**
 * Distinguishes newest and older pods as the Deployment's controller does: the ReplicaSet with the Deployment's revision is the newest, and its pods
 * have its template hash. Creation times would not do: a rollback makes an old ReplicaSet the newest.
 *
 * A pod that has ended, such as an evicted one, is neither: it holds no connection and writes no certificate, and no controller removes it when its
 * ReplicaSet is scaled down. A pod on a lost node still counts as running.
 */
export async function sortAgentPods(
  client: KubernetesClient,
  { namespace, agentName }: ClientCertificateInputs,
  deployment: Deployment,
  signal: AbortSignal,
): Promise<AgentPods> {
  const selector = `?labelSelector=${encodeURIComponent(`app=${agentName}`)}`;
  const [replicaSets, pods] = await Promise.all([
    client.list(`${paths.replicaSets(namespace)}${selector}`, { signal }),
    client.list<AgentPod>(`${paths.pods(namespace)}${selector}`, { signal }),
  ]);
  const alive = pods.items.filter((pod) => !hasEnded(pod));
  const revision = deployment.metadata.annotations?.[revisionAnnotation];
  // The controller writes it with the first ReplicaSet; without it there are no older pods.
  if (revision === undefined) return { newest: alive, older: [] };
  const present = replicaSets.items.find(({ metadata }) => metadata.annotations?.[revisionAnnotation] === revision);
  const hash = present?.metadata.labels?.[hashLabel];
  const isNewest = ({ metadata }: AgentPod) => hash !== undefined && metadata.labels?.[hashLabel] === hash;
  return { newest: alive.filter(isNewest), older: alive.filter((pod) => !isNewest(pod)) };
}

const revisionAnnotation = "deployment.kubernetes.io/revision";
const hashLabel = "pod-template-hash";

function isObserved({ metadata, status }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/**
 * Restarts the agent's pods for which `isStale` holds. It deletes them instead of changing the Deployment, which Helm owns. Older pods are left
 * alone: their ReplicaSet would recreate them, and they would bootstrap with their earlier values.
 */
export async function restartPods(
  run: ProofRun,
  isStale: (pod: AgentPod) => boolean,
  describe: (pods: readonly AgentPod[]) => string = () => "restarted the agent, which reads its Secrets only at start",
): Promise<void> {
  const { client, inputs, signal } = run;
  const { newest } = await untilAnswered(() => readAgentPods(client, inputs, signal), run);
  const stale = newest.filter((pod) => pod.metadata.deletionTimestamp === undefined && isStale(pod));
  if (stale.length === 0) return;
  run.restarted = true;
  for (const { metadata } of stale) {
    const path = `${paths.pods(inputs.namespace)}/${metadata.name}`;
    // By its UID alone: the kubelet writes the status all the time, which changes the resourceVersion.
    await untilAnswered(() => client.remove(path, { uid: metadata.uid }, { signal }), run);
  }
  report(`${inputs.clusterName}: ${describe(stale)}`);
}

/** Whether a pod is ready and is not being deleted. */
export function isReady({ metadata, status }: AgentPod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
  return ready && metadata.deletionTimestamp === undefined;
}

/** When the pod was created. */
export function createdAt({ metadata }: AgentPod): Date {
  return new Date(metadata.creationTimestamp ?? 0);
}

/** When the agent in the pod read its Secrets; the pod's creation for an agent that does not run yet, or crashes. */
export function readSecretsAt(pod: AgentPod, agentName: string): Date {
  const started = agentContainer(pod, agentName)?.state?.running?.startedAt;
  return started === undefined ? createdAt(pod) : new Date(started);
}
