import { agentContainer } from "../../diagnosis/readAgent";
import { paths } from "../../kubernetes/objects";
import { conditionOf, type Deployment, hasEnded, isAvailable, type Pod, readPods } from "../../kubernetes/workloads";
import { report } from "../shared/report";
import { followUntil, untilAnswered } from "../shared/waiting";
import type { ProofRun } from "./proofRun";

export interface AgentPods {
  readonly newest: readonly Pod[];
  /** Pods of earlier revisions of the Deployment, with earlier values such as a previous cluster name. */
  readonly older: readonly Pod[];
}

/** The agent's pods, as soon as the Deployment's controller has observed its present revision; none without a Deployment. */
async function readAgentPods(run: ProofRun): Promise<AgentPods> {
  const { namespace } = run.inputs;
  const observed = (found: Deployment | undefined) => (!found ? null : isObserved(found) ? found : undefined);
  const deployment = await followUntil(run, paths.deployments(namespace), run.workload.deploymentName, observed);
  return deployment === null ? { newest: [], older: [] } : sortAgentPods(run, deployment);
}

/**
 * Distinguishes newest and older pods as the Deployment's controller does: the ReplicaSet with the Deployment's revision is the newest, and its pods
 * have its template hash. Creation times would not do: a rollback makes an old ReplicaSet the newest.
 *
 * A pod that has ended, such as an evicted one, is neither: it holds no connection and writes no certificate, and no controller removes it when its
 * ReplicaSet is scaled down. A pod on a lost node still counts as running.
 */
export async function sortAgentPods(
  { client, inputs, workload, signal }: ProofRun,
  deployment: Deployment,
): Promise<AgentPods> {
  const { namespace } = inputs;
  const { selector } = workload;
  const pods = await readPods({ client, namespace, selector, signal });
  const alive = pods.filter((pod) => !hasEnded(pod));
  // Of an available Deployment, which counts updated pods only, a ready pod is of the newest revision.
  const hashes = new Set(alive.map(hashOf));
  if (hashes.size === 1 && alive.some(isReady) && isAvailable(deployment)) return { newest: alive, older: [] };
  const revision = deployment.metadata.annotations?.[revisionAnnotation];
  // The controller writes it with the first ReplicaSet; without it there are no older pods.
  if (revision === undefined) return { newest: alive, older: [] };
  const replicaSets = await client.list(
    `${paths.replicaSets(namespace)}?labelSelector=${encodeURIComponent(selector)}`,
    { signal },
  );
  const present = replicaSets.items.find(({ metadata }) => metadata.annotations?.[revisionAnnotation] === revision);
  const hash = present?.metadata.labels?.[hashLabel];
  const isNewest = (pod: Pod) => hash !== undefined && hashOf(pod) === hash;
  return { newest: alive.filter(isNewest), older: alive.filter((pod) => !isNewest(pod)) };
}

const revisionAnnotation = "deployment.kubernetes.io/revision";
const hashLabel = "pod-template-hash";

function hashOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.[hashLabel];
}

function isObserved({ metadata, status }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/**
 * Restarts the agent's pods for which `isStale` holds. It deletes them instead of changing the Deployment, which Helm or another tool owns. Older pods are left
 * alone: their ReplicaSet would recreate them, and they would bootstrap with their earlier values. So are those of an agent that is the relay server's sidecar:
 * with it the server would restart, and every agent would lose its connection.
 */
export async function restartPods(
  run: ProofRun,
  isStale: (pod: Pod) => boolean,
  describe: (pods: readonly Pod[]) => string = () => "restarted the agent, which reads its Secrets only at start",
): Promise<void> {
  const { client, inputs, workload, signal } = run;
  if (workload.isSidecar) return;
  const isMeant = (pod: Pod) => pod.metadata.deletionTimestamp === undefined && isStale(pod);
  // A pod that is created from now on reads the present Secrets, whatever its revision.
  const pods = await untilAnswered(() => readPods({ ...inputs, ...workload, client, signal }), run);
  if (!pods.some(isMeant)) return;
  const { newest } = await untilAnswered(() => readAgentPods(run), run);
  const stale = newest.filter(isMeant);
  if (stale.length === 0) return;
  run.restarted = true;
  for (const { metadata } of stale) {
    const path = paths.pod(inputs.namespace, metadata.name);
    // By its UID alone: the kubelet writes the status all the time, which changes the resourceVersion.
    await untilAnswered(() => client.remove(path, { uid: metadata.uid }, { signal }), run);
  }
  report(`${inputs.clusterName}: ${describe(stale)}`);
}

/** Whether a pod is ready and is not being deleted. */
export function isReady(pod: Pod): boolean {
  return conditionOf(pod, "Ready", "True") !== undefined && pod.metadata.deletionTimestamp === undefined;
}

/** When the pod was created. */
export function createdAt({ metadata }: Pod): Date {
  return new Date(metadata.creationTimestamp ?? 0);
}

/** When the agent in the pod read its Secrets; the pod's creation for an agent that does not run yet, or crashes. */
export function readSecretsAt(pod: Pod, agentName: string): Date {
  const started = agentContainer(pod, agentName)?.state?.running?.startedAt;
  return started === undefined ? createdAt(pod) : new Date(started);
}
