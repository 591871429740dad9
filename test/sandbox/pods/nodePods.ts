import type * as k8s from "@kubernetes/client-node";
import type { LoggedPod } from "./kubeletServer";
import type { PodListener } from "./podWatch";
import { type NodeServices, PodWorker } from "./podWorker";
import { settledWithin } from "./waiting";

// Programs should end at once; one that does not must not keep the sandbox from stopping.
const stopSeconds = 5;

/** All pods of the node: one worker each, started and ended by what the watch tells. */
export class NodePods implements PodListener {
  readonly #node: NodeServices;
  readonly #workers = new Map<string, { readonly key: string; readonly worker: PodWorker }>();

  constructor(node: NodeServices) {
    this.#node = node;
  }

  present(pod: k8s.V1Pod): void {
    const uid = pod.metadata?.uid ?? "";
    const known = this.#workers.get(uid);
    if (known !== undefined) {
      known.worker.update(pod);
      return;
    }
    const placed = pod.spec?.nodeName;
    if (placed !== undefined && placed !== this.#node.nodeName) {
      return;
    }
    this.#workers.set(uid, {
      key: podKey(pod.metadata?.namespace, pod.metadata?.name),
      worker: new PodWorker(pod, this.#node),
    });
  }

  gone(uid: string): void {
    const known = this.#workers.get(uid);
    if (known !== undefined) {
      this.#workers.delete(uid);
      known.worker.abandon();
      this.#node.events.forget(uid);
    }
  }

  listed(pods: readonly k8s.V1Pod[]): void {
    const present = new Set(pods.map((pod) => pod.metadata?.uid));
    for (const uid of [...this.#workers.keys()].filter((one) => !present.has(one))) {
      this.gone(uid);
    }
    for (const pod of pods) {
      this.present(pod);
    }
  }

  /** Finds a container for the log endpoint. */
  find(namespace: string, name: string, container: string): LoggedPod | "no such pod" | "no such container" {
    const key = podKey(namespace, name);
    // The youngest of that name: an older one may still be shutting down.
    const found = [...this.#workers.values()].filter((one) => one.key === key).at(-1);
    return found === undefined ? "no such pod" : (found.worker.container(container) ?? "no such container");
  }

  /** Ends all programs; their pods stay in the API as they are. */
  async stop(): Promise<void> {
    const workers = [...this.#workers.values()].map((one) => one.worker);
    for (const worker of workers) {
      worker.abandon();
    }
    if (!(await settledWithin(Promise.all(workers.map((worker) => worker.finished)), stopSeconds * 1000))) {
      this.#node.report(`some programs did not end within ${stopSeconds} s`);
    }
    this.#workers.clear();
  }
}

function podKey(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ""}/${name ?? ""}`;
}
