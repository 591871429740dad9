import { mask } from "../base/mask";
import { type ContainerState, type ContainerStatus, conditionOf, type Pod } from "../kubernetes/workloads";
import type { CauseId } from "./causes";
import type { Evidence } from "./logEvidence";
import {
  admissionSigns,
  failureReasons,
  imageReasons,
  imageSigns,
  missingRelaySecret,
  schedulingSigns,
  setupReasons,
  signIn,
  startReasons,
} from "./podSigns";
import { type AgentState, agentContainer, type KubernetesEvent } from "./readAgent";

/** The root cause when the cluster does not admit the Deployment's pods. It is a present condition, whatever older pods do. */
export function judgeAdmission({ deployment, pods, events }: AgentState): Evidence | undefined {
  const failure = conditionOf(deployment, "ReplicaFailure", "True");
  const event = pods.length > 0 ? undefined : newest(events, "FailedCreate");
  const message = failure?.message ?? event?.message;
  if (message === undefined) return undefined;
  const [cause = "no-pod", words] = signIn(admissionSigns, message);
  return found(cause, message, words);
}

/** The root cause in a pod's status and events, except for exits of the agent itself. */
export function judgePod(pod: Pod, agentName: string, events: readonly KubernetesEvent[]): Evidence | undefined {
  const agent = agentContainer(pod, agentName);
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const sidecars = containerStatuses.filter((container) => container !== agent);
  return (
    judgePhase(pod) ??
    judgeScheduling(pod, events) ??
    judgeNode(pod, agent, events) ??
    judgeOthers(initContainerStatuses, "init-container", events) ??
    judgeContainer(agent, events) ??
    judgeOthers(sidecars, "sidecar", events) ??
    judgeSetup(pod, agent, events)
  );
}

/** A container's status; undefined before the kubelet has written it. */
type Container = ContainerStatus | undefined;

/** The failed exit of a container that does not run now. */
export function endOf(container: Container): ContainerState["terminated"] {
  const ended =
    container?.state?.terminated ?? (container?.state?.waiting ? container.lastState?.terminated : undefined);
  return ended && (ended.exitCode !== 0 || ended.reason === "OOMKilled") ? ended : undefined;
}

function judgePhase({ status }: Pod): Evidence | undefined {
  if (status?.phase !== "Failed" || status.reason === undefined) return undefined;
  const [cause] = signIn(failureReasons, status.reason);
  return cause && found(cause, status.message ?? status.reason);
}

function judgeScheduling(pod: Pod, events: readonly KubernetesEvent[]): Evidence | undefined {
  const unscheduled = conditionOf(pod, "PodScheduled", "False");
  const early = pod.status?.conditions === undefined && pod.status?.containerStatuses === undefined;
  const event = early && !newest(events, "Scheduled") ? newest(events, "FailedScheduling") : undefined;
  const message = unscheduled
    ? (unscheduled.message ?? newest(events, "FailedScheduling")?.message ?? "")
    : event?.message;
  if (message === undefined) return undefined;
  // The message ends with the outcome of preemption, in much the same words as the faults of the nodes.
  const faults = (message.split(/\bpreemption: /)[0] ?? "").split(/, (?=\d)|: (?=\d)/);
  const causes = new Set(faults.slice(faults.length > 1 ? 1 : 0).map((fault) => signIn(schedulingSigns, fault)[0]));
  const [only = "unschedulable"] = causes;
  return found(causes.size === 1 ? only : "unschedulable", message);
}

/** The pods of a lost node keep the status of their containers, and are no longer ready. */
function judgeNode(pod: Pod, agent: Container, events: readonly KubernetesEvent[]): Evidence | undefined {
  if (!conditionOf(pod, "Ready", "False") || !agent?.ready) return undefined;
  const event = newest(events, "NodeNotReady");
  return event && found("node-not-ready", event.message ?? "");
}

function judgeContainer(container: Container, events: readonly KubernetesEvent[]): Evidence | undefined {
  const waiting = container?.state?.waiting;
  const reason = waiting?.reason ?? "";
  const message = waiting?.message ?? reason;
  if (reason === "InvalidImageName") return found("image-invalid", message);
  if (imageReasons.test(reason)) {
    // During the back-off the kubelet's status may lack the registry's message; its event has it.
    const pull = newest(events, "Failed", /failed to pull image/i)?.message;
    const answer = [waiting?.message, pull].find((text) => signIn(imageSigns, text).length > 0);
    const [cause = "image-pull", words] = signIn(imageSigns, answer);
    return found(cause, answer ?? message, words);
  }
  if (reason === "CreateContainerConfigError") {
    return found(missingRelaySecret.test(message) ? "secret-missing" : "container-config", message);
  }
  if (startReasons.test(reason)) return found("container-start", message);
  const ended = endOf(container);
  if (ended?.reason === "OOMKilled") return found("out-of-memory", `${ended.reason}, exit code ${ended.exitCode}`);
  if (ended?.reason && startReasons.test(ended.reason)) return found("container-start", ended.message ?? ended.reason);
  return undefined;
}

/** The root cause in a container beside the agent's: its failure keeps the agent from starting, or from the network. */
function judgeOthers(
  containers: readonly ContainerStatus[],
  cause: CauseId,
  events: readonly KubernetesEvent[],
): Evidence | undefined {
  for (const container of containers) {
    const own = judgeContainer(container, events);
    if (own?.id.startsWith("image-")) return own;
    const ended = endOf(container);
    if (!own && !ended) continue;
    const evidence = ended?.message ?? container.state?.waiting?.message ?? own?.evidence ?? "";
    return found(cause, `${container.name}: ${evidence === "" ? `exit code ${ended?.exitCode}` : evidence}`);
  }
  return undefined;
}

/** The root cause for a pod on its node without containers yet: the events show what the node waits for. */
function judgeSetup(pod: Pod, agent: Container, events: readonly KubernetesEvent[]): Evidence | undefined {
  const waiting = agent?.state?.waiting?.reason;
  if (agent && waiting !== "ContainerCreating" && waiting !== "PodInitializing") return undefined;
  const last = inOrder(events).find(
    ({ reason }) =>
      reason !== undefined && (setupReasons.has(reason) || /^(?:Pulling|Pulled|Created|Started)$/.test(reason)),
  );
  const cause = setupReasons.get(last?.reason ?? "");
  if (!last || cause === undefined) return found("starting", waiting ?? pod.status?.phase ?? "");
  const message = last.message ?? "";
  return found(missingRelaySecret.test(message) ? "secret-missing" : cause, message);
}

function found(id: CauseId, text: string, around?: RegExp): Evidence {
  return { id, evidence: mask(text, around) };
}

function newest(events: readonly KubernetesEvent[], reason: string, words = /(?:)/): KubernetesEvent | undefined {
  return inOrder(events).find((event) => event.reason === reason && words.test(event.message ?? ""));
}

/** Events, the newest first. */
function inOrder(events: readonly KubernetesEvent[]): KubernetesEvent[] {
  return events.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
}

function timeOf(event: KubernetesEvent): string {
  return (
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ""
  );
}
