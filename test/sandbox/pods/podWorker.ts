import type * as k8s from "@kubernetes/client-node";
import type { BackOffLimits } from "./backOff";
import { ContainerWorker } from "./containerWorker";
import type { EventRecorder } from "./eventRecorder";
import { containerEvents, failedScheduling, type PodEvent, scheduled } from "./kubeletEvents";
import { apiErrorText, httpStatus, identityOf, type NodeAccess, type PodIdentity } from "./nodeAccess";
import type { PodNetwork } from "./podNetwork";
import { podStatus } from "./podStatus";
import type { ImageResolver } from "./program";
import { schedulingFailure } from "./scheduling";
import { StatusWriter } from "./statusWriter";
import { abortion, pause, settledWithin, unlessAborted } from "./waiting";

const retryMilliseconds = 1000;
const defaultGraceSeconds = 30;

/** What all pods of a node share. */
export interface NodeServices {
  readonly nodeName: string;
  readonly access: NodeAccess;
  readonly events: EventRecorder;
  /** Access to the cluster with the rights of a ServiceAccount. */
  readonly serviceAccountAccess: (namespace: string, name: string) => Promise<k8s.KubeConfig>;
  readonly network: PodNetwork;
  readonly images: ImageResolver;
  readonly pulledImages: Set<string>;
  readonly backOff: BackOffLimits;
  readonly report: (line: string) => void;
}

/** The life of one pod on this node, from its binding to the removal of its object. */
export class PodWorker {
  /** Resolves when nothing of the pod runs any more and its address is free. Never rejects. */
  readonly finished: Promise<void>;
  readonly #identity: PodIdentity;
  readonly #node: NodeServices;
  readonly #programs = new AbortController();
  readonly #object = new AbortController();
  #pod: k8s.V1Pod;
  #containers: ContainerWorker[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #deleting = false;

  constructor(pod: k8s.V1Pod, node: NodeServices) {
    this.#pod = pod;
    this.#identity = identityOf(pod);
    this.#node = node;
    this.finished = this.#live().catch((error: unknown) => {
      if (!this.#object.signal.aborted) {
        node.report(`pod ${this.#identity.namespace}/${this.#identity.name} given up: ${apiErrorText(error)}`);
      }
    });
  }

  /** The container of that name, undefined when the pod has none or has not been started yet. */
  container(name: string): ContainerWorker | undefined {
    return this.#containers.find((container) => container.record.name === name);
  }

  /** A newer version of the object was seen; a deletion begins the shutdown. */
  update(pod: k8s.V1Pod): void {
    this.#pod = pod;
    if (pod.metadata?.deletionTimestamp !== undefined && !this.#deleting) {
      this.#deleting = true;
      for (const container of this.#containers.filter((one) => one.record.state.running !== undefined)) {
        this.#event(containerEvents.killing(container.record.name));
      }
      this.#programs.abort();
    }
  }

  /** Ends the programs without a word to the API server: the object is gone, or the node goes away. */
  abandon(): void {
    this.#object.abort();
    this.#programs.abort();
  }

  async #live(): Promise<void> {
    this.update(this.#pod);
    await this.#bind();
    const phase = this.#pod.status?.phase;
    if (phase !== "Succeeded" && phase !== "Failed") {
      await this.#runContainers();
    }
    if (!this.#deleting) {
      await abortion(this.#programs.signal).aborted;
    }
    if (this.#deleting) {
      await this.#retry("not deleted", () => this.#node.access.deleteNow(this.#identity));
    }
  }

  async #bind(): Promise<void> {
    if (this.#pod.spec?.nodeName !== undefined) {
      return;
    }
    const { namespace, name } = this.#identity;
    await this.#awaitPlace();
    await this.#retry("not bound", () => this.#node.access.bind(this.#identity, this.#node.nodeName));
    this.#event(scheduled(namespace, name, this.#node.nodeName));
  }

  /** Resolves when the node can take the pod; until then the pod says why not, as the scheduler writes it. */
  async #awaitPlace(): Promise<void> {
    const signal = AbortSignal.any([this.#object.signal, this.#programs.signal]);
    let told: string | undefined;
    const look = async (): Promise<boolean> => {
      const failure = schedulingFailure(this.#pod, await this.#node.access.node(this.#node.nodeName));
      if (failure === undefined) return true;
      if (failure !== told) {
        this.#event(failedScheduling(failure));
        const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: failure };
        await this.#node.access.patchStatus(this.#identity, { phase: "Pending", conditions: [condition] });
        told = failure;
      }
      return false;
    };
    for (;;) {
      let placed = false;
      await this.#retry("not scheduled", async () => {
        placed = await look();
      });
      if (placed) return;
      await pause(retryMilliseconds, signal);
    }
  }

  async #runContainers(): Promise<void> {
    const pod = this.#pod;
    const serviceAccount = pod.spec?.serviceAccountName ?? "default";
    const kubeConfig = await this.#node.serviceAccountAccess(this.#identity.namespace, serviceAccount);
    const podIp = this.#node.network.allocate(pod.status?.podIP);
    const writer = this.#statusWriter(podIp);
    this.#containers = (pod.spec?.containers ?? []).map(
      (container) =>
        new ContainerWorker(container, {
          ...this.#node,
          pod,
          podIp,
          kubeConfig,
          readKeys: this.#node.access.readKeys,
          publish: () => writer.publish(),
          event: (event) => this.#event(event),
        }),
    );
    try {
      void writer.publish();
      const initContainers = pod.spec?.initContainers ?? [];
      if (initContainers.length > 0) {
        this.#event(initContainersRefused(initContainers.map((container) => container.name)));
        return;
      }
      this.#running = Promise.allSettled(this.#containers.map((one) => this.#runContainer(one)));
      await Promise.race([this.#running, abortion(this.#programs.signal).aborted]);
      await this.#awaitEnd();
    } finally {
      this.#node.network.release(podIp);
    }
  }

  async #runContainer(container: ContainerWorker): Promise<void> {
    try {
      await container.run(this.#programs.signal);
    } catch (error) {
      if (!this.#programs.signal.aborted) {
        const { namespace, name } = this.#identity;
        this.#node.report(`container ${container.record.name} of pod ${namespace}/${name}: ${apiErrorText(error)}`);
      }
    }
  }

  /** Programs run in this process and cannot be killed: one that ignores its signal is left behind, and that is reported. */
  async #awaitEnd(): Promise<void> {
    const grace = this.#pod.metadata?.deletionGracePeriodSeconds ?? defaultGraceSeconds;
    if (!(await settledWithin(this.#running, Math.max(1, grace) * 1000))) {
      const { namespace, name } = this.#identity;
      this.#node.report(`pod ${namespace}/${name} did not stop within ${grace} s after its signal was aborted`);
    }
  }

  #statusWriter(podIp: string): StatusWriter {
    let conditions = this.#pod.status?.conditions ?? [];
    const started = this.#pod.status?.startTime;
    const placement = {
      hostIp: this.#node.network.nodeIp,
      podIp,
      startTime: started === undefined ? new Date() : new Date(started),
    };
    return new StatusWriter({
      access: this.#node.access,
      pod: this.#identity,
      signal: this.#object.signal,
      report: this.#node.report,
      compute: () => {
        const records = this.#containers.map((container) => container.record);
        const status = podStatus(this.#pod, records, placement, conditions, new Date());
        conditions = status.conditions ?? [];
        return status;
      },
    });
  }

  /** Repeats a call until it works or the object is gone. */
  async #retry(failure: string, call: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await unlessAborted(call(), this.#object.signal);
        return;
      } catch (error) {
        this.#object.signal.throwIfAborted();
        const code = httpStatus(error);
        if (code === 404 || code === 409) {
          return;
        }
        this.#node.report(`pod ${this.#identity.namespace}/${this.#identity.name} ${failure}: ${apiErrorText(error)}`);
        await pause(retryMilliseconds, this.#object.signal);
      }
    }
  }

  #event(event: PodEvent): void {
    this.#node.events.record(this.#pod, event);
  }
}

function initContainersRefused(names: readonly string[]): PodEvent {
  return {
    type: "Warning",
    reason: "FailedCreatePodSandBox",
    message: `init containers are not supported in this sandbox: ${names.join(", ")}`,
    component: "kubelet",
  };
}
