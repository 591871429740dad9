import type * as k8s from "@kubernetes/client-node";

/** What the runner knows of one container; the source of its ContainerStatus. */
export interface ContainerRecord {
  readonly name: string;
  readonly image: string;
  readonly state: k8s.V1ContainerState;
  /** How the run before the present one ended. */
  readonly lastTerminated?: k8s.V1ContainerStateTerminated;
  readonly containerId?: string;
  readonly ready: boolean;
  readonly restartCount: number;
}

/** Facts of a pod that its status repeats. */
export interface PodPlacement {
  readonly hostIp: string;
  readonly podIp: string;
  readonly startTime: Date;
}

/**
 * The status that a kubelet would report. Times of unchanged conditions are taken over from `previous`, so that equal facts
 * give an equal status and need no write.
 */
export function podStatus(
  pod: k8s.V1Pod,
  containers: readonly ContainerRecord[],
  placement: PodPlacement,
  previous: readonly k8s.V1PodCondition[],
  now: Date,
): k8s.V1PodStatus {
  const phase = podPhase(containers, pod.spec?.restartPolicy ?? "Always");
  const generation = pod.metadata?.generation;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    hostIP: placement.hostIp,
    hostIPs: [{ ip: placement.hostIp }],
    podIP: placement.podIp,
    podIPs: [{ ip: placement.podIp }],
    startTime: placement.startTime,
    conditions: podConditions(containers, phase, generation, previous, now),
    containerStatuses: containers.map(containerStatus),
  };
}

/** Whether a container that ended with this code starts again. */
export function restarts(policy: string, exitCode: number): boolean {
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** The phase that follows from the containers (k8s.io/kubernetes/pkg/kubelet, getPhase). */
export function podPhase(containers: readonly ContainerRecord[], policy: string): string {
  const finished = containers.filter((container) => container.state.terminated !== undefined);
  if (finished.length === containers.length && containers.length > 0) {
    const codes = finished.map((container) => container.state.terminated?.exitCode ?? 0);
    if (!codes.some((code) => restarts(policy, code))) {
      return codes.every((code) => code === 0) ? "Succeeded" : "Failed";
    }
  }
  const pending = containers.some(
    (container) => container.state.waiting !== undefined && container.lastTerminated === undefined,
  );
  return pending || containers.length === 0 ? "Pending" : "Running";
}

/** How a run ended, in the words of a container runtime. */
export function terminated(
  run: { readonly containerId: string; readonly startedAt: Date },
  exitCode: number,
  finishedAt: Date,
): k8s.V1ContainerStateTerminated {
  return {
    exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    startedAt: run.startedAt,
    finishedAt,
    containerID: run.containerId,
  };
}

/** The ContainerStatus of the Kubernetes API for one container. */
export function containerStatus(record: ContainerRecord): k8s.V1ContainerStatus {
  const containerId = record.containerId;
  return {
    name: record.name,
    image: record.image,
    imageID: containerId === undefined ? "" : record.image,
    ready: record.ready,
    started: record.state.running !== undefined,
    restartCount: record.restartCount,
    state: record.state,
    lastState: record.lastTerminated === undefined ? {} : { terminated: record.lastTerminated },
    ...(containerId === undefined ? {} : { containerID: containerId }),
  };
}

function podConditions(
  containers: readonly ContainerRecord[],
  phase: string,
  generation: number | undefined,
  previous: readonly k8s.V1PodCondition[],
  now: Date,
): k8s.V1PodCondition[] {
  const readiness = readinessFacts(containers, phase);
  return [
    { type: "PodReadyToStartContainers", status: "True" },
    { type: "Initialized", status: "True" },
    { type: "Ready", ...readiness },
    { type: "ContainersReady", ...readiness },
    { type: "PodScheduled", status: "True" },
  ].map((condition) => {
    const before = previous.find((one) => one.type === condition.type && one.status === condition.status);
    return {
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: before?.lastTransitionTime ?? now,
    };
  });
}

function readinessFacts(
  containers: readonly ContainerRecord[],
  phase: string,
): { status: string; reason?: string; message?: string } {
  if (phase === "Succeeded") {
    return { status: "False", reason: "PodCompleted" };
  }
  if (phase === "Failed") {
    return { status: "False", reason: "PodFailed" };
  }
  const unready = containers.filter((container) => !container.ready).map((container) => container.name);
  if (unready.length === 0) {
    return { status: "True" };
  }
  return {
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}
