import { randomBytes } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import type { PodEvent } from "./kubeletEvents";
import { settledWithin } from "./waiting";

/**
 * Writes events of pods, one after the other. A repeated event raises the count of the first one, as the kubelet's recorder does.
 * Events are best effort there and here: a failed write (a namespace that is being deleted refuses them) is dropped.
 */
export class EventRecorder {
  readonly #api: k8s.CoreV1Api;
  readonly #node: string;
  readonly #seen = new Map<string, { name: string; count: number }>();
  #queue: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(api: k8s.CoreV1Api, node: string) {
    this.#api = api;
    this.#node = node;
  }

  record(pod: k8s.V1Pod, event: PodEvent): void {
    const at = new Date();
    this.#queue = this.#queue
      .then(() => (this.#stopped ? undefined : this.#write(pod, event, at)))
      .catch(() => undefined);
  }

  /** Forgets what was counted for a pod that is gone. */
  forget(podUid: string): void {
    this.#queue = this.#queue.then(() => {
      for (const key of [...this.#seen.keys()].filter((one) => one.startsWith(`${podUid} `))) {
        this.#seen.delete(key);
      }
    });
  }

  /** Drops what is not written yet and waits for a write under way, but not for an API server that does not answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await settledWithin(this.#queue, 1000);
  }

  async #write(pod: k8s.V1Pod, event: PodEvent, at: Date): Promise<void> {
    const namespace = pod.metadata?.namespace ?? "default";
    const key = `${pod.metadata?.uid ?? ""} ${event.container ?? ""} ${event.type} ${event.reason} ${event.message}`;
    const seen = this.#seen.get(key);
    if (seen !== undefined) {
      seen.count += 1;
      await this.#api.patchNamespacedEvent(
        { namespace, name: seen.name, body: { count: seen.count, lastTimestamp: at } },
        k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
      );
      return;
    }
    const name = `${pod.metadata?.name ?? ""}.${randomBytes(8).toString("hex")}`;
    await this.#api.createNamespacedEvent({
      namespace,
      body: {
        metadata: { name, namespace },
        involvedObject: involvedObject(pod, event.container),
        type: event.type,
        reason: event.reason,
        message: event.message,
        source:
          event.component === "kubelet" ? { component: "kubelet", host: this.#node } : { component: event.component },
        reportingComponent: event.component,
        reportingInstance: event.component === "kubelet" ? this.#node : "",
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      },
    });
    this.#seen.set(key, { name, count: 1 });
  }
}

function involvedObject(pod: k8s.V1Pod, container: string | undefined): k8s.V1ObjectReference {
  const { namespace, name, uid, resourceVersion } = pod.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
  };
}
