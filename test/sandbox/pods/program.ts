import type * as k8s from "@kubernetes/client-node";

/**
 * What runs inside a "container" of the sandbox: an in-process stand-in for the executable of an image.
 */
export interface PodProgram {
  /**
   * Runs until it is done and resolves with the exit code (0 to 255). It must stop soon after `context.signal` aborts.
   * A rejection counts as exit code 1; its message ends up in the container log.
   */
  run(context: PodContext): Promise<number>;
}

/** Everything that a program learns from its pod, and everything that it may do to it. */
export interface PodContext {
  readonly namespace: string;
  readonly podName: string;
  readonly podIp: string;
  /** `command` and `args` of the container, joined, with `$(VAR)` expanded. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly image: string;
  /**
   * Access to the cluster of this pod with the rights of its ServiceAccount and no others: what its RBAC rules do not grant
   * is refused.
   */
  readonly kubeConfig: k8s.KubeConfig;
  /** Appends a line to the container log, which `kubectl logs` shows. */
  log(line: string): void;
  /** Tells that the program is up. It decides readiness only when the container has a readinessProbe. */
  ready(): void;
  /** Makes `podIp:port` of the pod network lead to a local address, until this run ends. */
  listen(port: number, address: { host: string; port: number }): void;
  /** Aborts when the pod is deleted or the runner stops. */
  readonly signal: AbortSignal;
}

/**
 * Maps an image reference to the program that stands for it (a factory: each container start gets a fresh program),
 * or to the reason why the image cannot be pulled.
 */
export type ImageResolver = (
  image: string,
) => (() => PodProgram) | { waitingReason: "ErrImagePull" | "ImagePullBackOff"; message: string };
