import * as k8s from "@kubernetes/client-node";
import { apiErrorText, httpStatus } from "./nodeAccess";
import { pause, settledWithin } from "./waiting";

/** Hears about pods. `present` is also called for pods that have not changed, `gone` for ones never heard of. */
export interface PodListener {
  present(pod: k8s.V1Pod): void;
  gone(uid: string): void;
  /** A complete list: whatever is not in it does not exist any more. */
  listed(pods: readonly k8s.V1Pod[]): void;
}

const retryMilliseconds = 1000;

/**
 * Lists and watches all pods of a cluster. A broken watch resumes where it was; when the API server has forgotten that point
 * (410), the pods are listed again.
 */
export class PodWatch {
  readonly #api: k8s.CoreV1Api;
  readonly #watch: k8s.Watch;
  readonly #listener: PodListener;
  readonly #report: (line: string) => void;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #request: AbortController | undefined;
  #version: string | undefined;

  constructor(kubeConfig: k8s.KubeConfig, listener: PodListener, report: (line: string) => void) {
    this.#api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    this.#watch = new k8s.Watch(kubeConfig);
    this.#listener = listener;
    this.#report = report;
  }

  /** Resolves after the first list. @throws when the API server cannot be asked. */
  async start(): Promise<void> {
    await this.#list();
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#request?.abort();
    // A request to an API server that does not answer cannot be taken back; it ends with the server.
    await settledWithin(this.#running, 1000);
  }

  async #list(): Promise<void> {
    const list = await this.#api.listPodForAllNamespaces();
    if (this.#stop.signal.aborted) {
      return;
    }
    this.#version = list.metadata?.resourceVersion;
    this.#listener.listed(list.items);
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#version === undefined) {
          await this.#list();
        }
        await this.#watchOnce();
      } catch (error) {
        if (this.#stop.signal.aborted) {
          return;
        }
        if (httpStatus(error) === 410) {
          this.#version = undefined;
          continue;
        }
        this.#report(`watch of pods interrupted: ${apiErrorText(error)}`);
        await pause(retryMilliseconds, this.#stop.signal).catch(() => undefined);
      }
    }
  }

  async #watchOnce(): Promise<void> {
    const parameters = { allowWatchBookmarks: true, resourceVersion: this.#version };
    const take = (type: string, object: k8s.V1Pod & k8s.V1Status) => this.#take(type, object);
    await new Promise<void>((resolve, reject) => {
      // The client ends a watch after 30 s of silence; that is no failure, the next one continues.
      const ended = (error: unknown) => (error === null || isSilence(error) ? resolve() : reject(error));
      this.#watch.watch("/api/v1/pods", parameters, take, ended).then((request) => {
        this.#request = request;
        if (this.#stop.signal.aborted) {
          request.abort();
        }
      }, reject);
    });
  }

  #take(type: string, object: k8s.V1Pod & k8s.V1Status): void {
    if (this.#stop.signal.aborted) {
      return;
    }
    if (type === "ERROR") {
      // Without a version the next round lists. Other errors than 410 are rare enough for the same cure.
      this.#version = undefined;
      return;
    }
    this.#version = object.metadata?.resourceVersion ?? this.#version;
    if (type === "ADDED" || type === "MODIFIED") {
      this.#listener.present(object);
    } else if (type === "DELETED") {
      this.#listener.gone(object.metadata?.uid ?? "");
    }
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}
