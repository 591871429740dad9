import type * as k8s from "@kubernetes/client-node";

/** Logs cannot be shown; the message is the one that the kubelet gives. */
export class LogUnavailableError extends Error {
  override readonly name = "LogUnavailableError";
}

/**
 * The id of the run whose log `kubectl logs [--previous]` shows (k8s.io/kubernetes/pkg/kubelet, validateContainerLogStatus).
 * @throws LogUnavailableError when there is no such run.
 */
export function logContainerId(podName: string, status: k8s.V1ContainerStatus, previous: boolean): string {
  const where = `container "${status.name}" in pod "${podName}"`;
  const last = status.lastState?.terminated?.containerID;
  const { running, terminated, waiting } = status.state ?? {};
  if (previous) {
    return last ?? refuse(`previous terminated ${where} not found`);
  }
  if (running !== undefined) {
    return status.containerID ?? refuse(`${where} is not available`);
  }
  if (terminated !== undefined) {
    return terminated.containerID ?? last ?? refuse(`${where} is terminated`);
  }
  if (last !== undefined) {
    return last;
  }
  return refuse(`${where} is waiting to start${waitingCause(waiting?.reason)}`);
}

function waitingCause(reason: string | undefined): string {
  switch (reason) {
    case undefined:
      return " - no logs yet";
    case "ErrImagePull":
      return ": image can't be pulled";
    case "ImagePullBackOff":
      return ": trying and failing to pull image";
    default:
      return `: ${reason}`;
  }
}

function refuse(message: string): never {
  throw new LogUnavailableError(message);
}
