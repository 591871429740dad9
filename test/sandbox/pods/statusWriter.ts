import { isDeepStrictEqual } from "node:util";
import type * as k8s from "@kubernetes/client-node";
import { apiErrorText, httpStatus, type NodeAccess, type PodIdentity } from "./nodeAccess";
import { pause, unlessAborted } from "./waiting";

const retryMilliseconds = 1000;

/**
 * Brings the computed status of one pod to the API server: one write at a time, always the newest, none when nothing changed.
 * It keeps trying while the API server is away and gives up when the pod is gone.
 */
export class StatusWriter {
  readonly #access: Pick<NodeAccess, "patchStatus">;
  readonly #pod: PodIdentity;
  readonly #compute: () => k8s.V1PodStatus;
  readonly #signal: AbortSignal;
  readonly #report: (line: string) => void;
  #written: k8s.V1PodStatus | undefined;
  #gone = false;
  #writing = false;
  #pass: Promise<void> = Promise.resolve();

  constructor(options: {
    access: Pick<NodeAccess, "patchStatus">;
    pod: PodIdentity;
    compute: () => k8s.V1PodStatus;
    signal: AbortSignal;
    report: (line: string) => void;
  }) {
    this.#access = options.access;
    this.#pod = options.pod;
    this.#compute = options.compute;
    this.#signal = options.signal;
    this.#report = options.report;
  }

  /** Something changed. Resolves when the API server has the present status, or never will. Never rejects. */
  publish(): Promise<void> {
    if (!this.#writing) {
      this.#writing = true;
      this.#pass = this.#writeUntilEqual();
    }
    return this.#pass;
  }

  async #writeUntilEqual(): Promise<void> {
    try {
      while (!this.#signal.aborted && !this.#gone) {
        const status = this.#compute();
        if (isDeepStrictEqual(status, this.#written)) {
          return;
        }
        await this.#write(status);
      }
    } finally {
      // In the same turn as the comparison: a change made from now on starts a new pass.
      this.#writing = false;
    }
  }

  async #write(status: k8s.V1PodStatus): Promise<void> {
    try {
      await unlessAborted(this.#access.patchStatus(this.#pod, status), this.#signal);
      this.#written = status;
    } catch (error) {
      if (this.#signal.aborted) {
        return;
      }
      const code = httpStatus(error);
      if (code === 404 || code === 409) {
        this.#gone = true;
        return;
      }
      this.#report(`status of pod ${this.#pod.namespace}/${this.#pod.name} not written: ${apiErrorText(error)}`);
      await pause(retryMilliseconds, this.#signal).catch(() => undefined);
    }
  }
}
