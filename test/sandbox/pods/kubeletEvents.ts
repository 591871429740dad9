/** One event about a pod, in the reasons and words of the real scheduler and kubelet (v1.34). */
export interface PodEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: "default-scheduler" | "kubelet";
  /** Name of the container it is about. */
  readonly container?: string;
}

/** The pod as the kubelet's messages name it: name_namespace(uid). */
export function podLabel(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): string {
  return `${pod.name}_${pod.namespace}(${pod.uid})`;
}

/** The scheduler has chosen the node. */
export function scheduled(namespace: string, name: string, node: string): PodEvent {
  const message = `Successfully assigned ${namespace}/${name} to ${node}`;
  return { type: "Normal", reason: "Scheduled", message, component: "default-scheduler" };
}

/** The scheduler has found no node. */
export function failedScheduling(message: string): PodEvent {
  return { type: "Warning", reason: "FailedScheduling", message, component: "default-scheduler" };
}

/** What a kubelet says about one container, as functions of the container's name. */
export const containerEvents = {
  pulling: (container: string, image: string) => normal(container, "Pulling", `Pulling image "${image}"`),
  pulled: (container: string, image: string) =>
    normal(
      container,
      "Pulled",
      `Successfully pulled image "${image}" in 0s (0s including waiting). Image size: 0 bytes.`,
    ),
  present: (container: string, image: string) =>
    normal(container, "Pulled", `Container image "${image}" already present on machine`),
  created: (container: string) => normal(container, "Created", `Created container: ${container}`),
  started: (container: string) => normal(container, "Started", `Started container ${container}`),
  killing: (container: string) => normal(container, "Killing", `Stopping container ${container}`),
  backOffPulling: (container: string, image: string) =>
    normal(container, "BackOff", `Back-off pulling image "${image}"`),
  pullFailed: (container: string, image: string, cause: string) =>
    warning(container, "Failed", `Failed to pull image "${image}": ${cause}`),
  failed: (container: string, error: string) => warning(container, "Failed", `Error: ${error}`),
  backOffRestarting: (container: string, pod: string) =>
    warning(container, "BackOff", `Back-off restarting failed container ${container} in pod ${pod}`),
} as const;

function normal(container: string, reason: string, message: string): PodEvent {
  return { type: "Normal", reason, message, component: "kubelet", container };
}

function warning(container: string, reason: string, message: string): PodEvent {
  return { type: "Warning", reason, message, component: "kubelet", container };
}
