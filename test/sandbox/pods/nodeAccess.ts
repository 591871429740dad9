import * as k8s from "@kubernetes/client-node";
import type { KeyReader } from "./containerCommand";

/** What a node does to the API: bindings, pod status, deletions, and reading Secrets and ConfigMaps for environments. */
export class NodeAccess {
  readonly core: k8s.CoreV1Api;

  constructor(kubeConfig: k8s.KubeConfig) {
    this.core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  }

  node(name: string): Promise<k8s.V1Node> {
    return this.core.readNode({ name });
  }

  /** Assigns a pod to a node, as the scheduler does. */
  async bind(pod: PodIdentity, node: string): Promise<void> {
    await this.core.createNamespacedPodBinding({
      namespace: pod.namespace,
      name: pod.name,
      body: { metadata: { name: pod.name, uid: pod.uid }, target: { apiVersion: "v1", kind: "Node", name: node } },
    });
  }

  /**
   * Writes the status of this very pod: one of the same name with another UID is refused by the API server (409).
   * A JSON merge patch, because a strategic one would keep the reason of a condition that has none any more.
   */
  async patchStatus(pod: PodIdentity, status: k8s.V1PodStatus): Promise<void> {
    await this.core.patchNamespacedPodStatus(
      { namespace: pod.namespace, name: pod.name, body: { metadata: { uid: pod.uid }, status } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  }

  /** Removes the object of a pod whose containers have ended. */
  async deleteNow(pod: PodIdentity): Promise<void> {
    await this.core.deleteNamespacedPod({
      namespace: pod.namespace,
      name: pod.name,
      body: { gracePeriodSeconds: 0, preconditions: { uid: pod.uid } },
    });
  }

  readonly readKeys: KeyReader = async (kind, namespace, name) => {
    try {
      if (kind === "ConfigMap") {
        return (await this.core.readNamespacedConfigMap({ namespace, name })).data ?? {};
      }
      const data = (await this.core.readNamespacedSecret({ namespace, name })).data ?? {};
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
      );
    } catch (error) {
      if (httpStatus(error) === 404) {
        return undefined;
      }
      throw error;
    }
  };
}

/** Which pod an API call means. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The identity of a pod that came from the API server, where all three are always set. */
export function identityOf(pod: k8s.V1Pod): PodIdentity {
  return {
    namespace: pod.metadata?.namespace ?? "",
    name: pod.metadata?.name ?? "",
    uid: pod.metadata?.uid ?? "",
  };
}

/** The HTTP status of a failed API call, undefined for any other error. */
export function httpStatus(error: unknown): number | undefined {
  if (error instanceof k8s.ApiException) {
    return error.code;
  }
  if (error instanceof Error && "statusCode" in error && typeof error.statusCode === "number") {
    return error.statusCode;
  }
  return undefined;
}

/** One line about a failed API call, without the response body and headers that the client puts into its message. */
export function apiErrorText(error: unknown): string {
  const status = httpStatus(error);
  if (status !== undefined) {
    return `HTTP ${status}`;
  }
  if (!(error instanceof Error)) {
    return String(error);
  }
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message.split("\n")[0] ?? ""}${cause}`;
}
