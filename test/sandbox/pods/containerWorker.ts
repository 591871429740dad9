import { randomBytes } from "node:crypto";
import type * as k8s from "@kubernetes/client-node";
import { BackOff, type BackOffLimits, goDuration } from "./backOff";
import { ContainerConfigError, containerArguments, containerEnvironment, type KeyReader } from "./containerCommand";
import { ContainerLog } from "./containerLog";
import { containerEvents, type PodEvent, podLabel } from "./kubeletEvents";
import { LogUnavailableError, logContainerId } from "./logSelection";
import { apiErrorText, identityOf } from "./nodeAccess";
import type { PodNetwork } from "./podNetwork";
import { type ContainerRecord, containerStatus, restarts, terminated } from "./podStatus";
import type { ImageResolver, PodContext, PodProgram } from "./program";
import { pause, unlessAborted } from "./waiting";

/** What a container needs from its pod and its node. */
export interface ContainerSurroundings {
  readonly pod: k8s.V1Pod;
  readonly podIp: string;
  readonly nodeName: string;
  readonly kubeConfig: k8s.KubeConfig;
  readonly network: PodNetwork;
  readonly images: ImageResolver;
  readonly pulledImages: Set<string>;
  readonly backOff: BackOffLimits;
  readonly readKeys: KeyReader;
  /** Called after each change of `record`; resolves when the API server knows. */
  readonly publish: () => Promise<void>;
  readonly event: (event: PodEvent) => void;
}

interface Run {
  readonly containerId: string;
  readonly startedAt: Date;
  readonly log: ContainerLog;
}

/** One container of one pod: pulls, starts, restarts with back-off, keeps the logs of the last two runs. */
export class ContainerWorker {
  readonly #container: k8s.V1Container;
  readonly #around: ContainerSurroundings;
  readonly #restartBackOff: BackOff;
  readonly #label: string;
  #record: ContainerRecord;
  #runs: Run[] = [];

  constructor(container: k8s.V1Container, around: ContainerSurroundings) {
    this.#container = container;
    this.#around = around;
    this.#restartBackOff = new BackOff(around.backOff);
    this.#label = podLabel(identityOf(around.pod));
    this.#record = firstRecord(container, around.pod, new Date());
  }

  get record(): ContainerRecord {
    return this.#record;
  }

  /** The log that `kubectl logs` asks for. @throws LogUnavailableError when there is none. */
  log(previous: boolean): ContainerLog {
    const podName = this.#around.pod.metadata?.name ?? "";
    const id = logContainerId(podName, containerStatus(this.#record), previous);
    const run = this.#runs.find((one) => one.containerId === id);
    if (run === undefined) {
      throw new LogUnavailableError(`unable to retrieve container logs for ${id}`);
    }
    return run.log;
  }

  /** Works until the container has ended for good. Rejects with an AbortError when the signal ends it while it waits. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const program = await this.#pull(signal);
      const environment = await this.#configure(signal);
      const ended = await this.#runOnce(program, environment, signal);
      signal.throwIfAborted();
      if (!restarts(this.#around.pod.spec?.restartPolicy ?? "Always", ended.exitCode)) {
        return;
      }
      await this.#waitForRestart(ended, signal);
    }
  }

  async #pull(signal: AbortSignal): Promise<PodProgram> {
    const { name, image = "" } = { ...this.#container };
    const backOff = new BackOff(this.#around.backOff);
    for (;;) {
      const present = this.#around.pulledImages.has(image);
      const resolved = this.#around.images(image);
      if (typeof resolved === "function") {
        if (present) {
          this.#around.event(containerEvents.present(name, image));
        } else {
          this.#around.event(containerEvents.pulling(name, image));
          this.#around.event(containerEvents.pulled(name, image));
          this.#around.pulledImages.add(image);
        }
        return resolved();
      }
      const failedAt = Date.now();
      backOff.next(failedAt, failedAt);
      this.#around.event(containerEvents.pulling(name, image));
      this.#around.event(containerEvents.pullFailed(name, image, resolved.message));
      if (resolved.waitingReason === "ErrImagePull") {
        this.#around.event(containerEvents.failed(name, "ErrImagePull"));
        await this.#change({ state: { waiting: { reason: "ErrImagePull", message: resolved.message } } });
        // The kubelet shows the plain error until its next look at the pod, about a second later.
        await pause(Math.min(1000, backOff.delay / 4), signal);
      }
      this.#around.event(containerEvents.backOffPulling(name, image));
      this.#around.event(containerEvents.failed(name, "ImagePullBackOff"));
      const message = `Back-off pulling image "${image}": ErrImagePull: ${resolved.message}`;
      await this.#change({ state: { waiting: { reason: "ImagePullBackOff", message } } });
      await pause(backOff.remaining(failedAt, Date.now()), signal);
    }
  }

  async #configure(signal: AbortSignal): Promise<Record<string, string>> {
    const { pod, podIp, network, nodeName, readKeys, backOff } = this.#around;
    for (;;) {
      let failure: { reason: string; message: string };
      try {
        const facts = { podIp, hostIp: network.nodeIp, nodeName };
        return await unlessAborted(containerEnvironment(pod, this.#container, facts, readKeys), signal);
      } catch (error) {
        signal.throwIfAborted();
        const message = error instanceof ContainerConfigError ? error.message : apiErrorText(error);
        failure = { reason: "CreateContainerConfigError", message };
      }
      this.#around.event(containerEvents.failed(this.#container.name, failure.message));
      await this.#change({ state: { waiting: failure } });
      // The kubelet looks again after 10 s, which is also the first step of its back-off.
      await pause(backOff.initialSeconds * 1000, signal);
    }
  }

  async #runOnce(
    program: PodProgram,
    environment: Record<string, string>,
    signal: AbortSignal,
  ): Promise<k8s.V1ContainerStateTerminated> {
    signal.throwIfAborted();
    const name = this.#container.name;
    const run: Run = {
      containerId: `sandbox://${randomBytes(32).toString("hex")}`,
      startedAt: new Date(),
      log: new ContainerLog(),
    };
    this.#runs = [...this.#runs.slice(-1), run];
    this.#around.event(containerEvents.created(name));
    this.#around.event(containerEvents.started(name));
    void this.#change({
      state: { running: { startedAt: run.startedAt } },
      containerId: run.containerId,
      ready: this.#container.readinessProbe === undefined,
    });
    const ending = new AbortController();
    const routes: (() => void)[] = [];
    const exitCode = await this.#execute(program, {
      ...this.#podFacts(),
      args: containerArguments(this.#container, environment),
      env: environment,
      log: (line) => run.log.append(line),
      ready: () => {
        if (this.#record.containerId === run.containerId && this.#record.state.running !== undefined) {
          void this.#change({ ready: true });
        }
      },
      listen: (port, address) => {
        if (!ending.signal.aborted) {
          routes.push(this.#around.network.route(this.#around.podIp, port, address));
        }
      },
      signal: AbortSignal.any([signal, ending.signal]),
    });
    // A program that has returned but left something running gets its signal too.
    ending.abort();
    for (const withdraw of routes) {
      withdraw();
    }
    run.log.close();
    const ended = terminated(run, exitCode, new Date());
    void this.#change({ state: { terminated: ended }, ready: false });
    return ended;
  }

  async #execute(program: PodProgram, context: PodContext): Promise<number> {
    try {
      return (await program.run(context)) & 0xff;
    } catch (error) {
      if (context.signal.aborted) {
        return 143;
      }
      context.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return 1;
    }
  }

  async #waitForRestart(ended: k8s.V1ContainerStateTerminated, signal: AbortSignal): Promise<void> {
    const failedAt = ended.finishedAt?.getTime() ?? Date.now();
    const wait = this.#restartBackOff.remaining(failedAt, Date.now());
    if (wait > 0) {
      const { name } = this.#container;
      const delay = goDuration(this.#restartBackOff.delay);
      const message = `back-off ${delay} restarting failed container=${name} pod=${this.#label}`;
      this.#around.event(containerEvents.backOffRestarting(name, this.#label));
      void this.#change({ state: { waiting: { reason: "CrashLoopBackOff", message } }, lastTerminated: ended });
      await pause(wait, signal);
    }
    this.#restartBackOff.next(failedAt, Date.now());
    this.#record = { ...this.#record, lastTerminated: ended, restartCount: this.#record.restartCount + 1 };
  }

  #podFacts(): Pick<PodContext, "namespace" | "podName" | "podIp" | "image" | "kubeConfig"> {
    const { namespace, name } = identityOf(this.#around.pod);
    const { podIp, kubeConfig } = this.#around;
    return { namespace, podName: name, podIp, image: this.#container.image ?? "", kubeConfig };
  }

  #change(change: Partial<ContainerRecord>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    return this.#around.publish();
  }
}

/**
 * The record of a container before its first run here. A pod that already ran under an earlier runner lost its process with it:
 * that counts as a restart, described as the kubelet describes a container that it cannot find any more.
 */
function firstRecord(container: k8s.V1Container, pod: k8s.V1Pod, now: Date): ContainerRecord {
  const base = {
    name: container.name,
    image: container.image ?? "",
    state: { waiting: { reason: "ContainerCreating" } },
    ready: false,
  };
  const before = pod.status?.containerStatuses?.find((status) => status.name === container.name);
  if (before?.containerID === undefined) {
    return { ...base, restartCount: 0 };
  }
  const lost: k8s.V1ContainerStateTerminated = before.state?.terminated ??
    (before.state?.running === undefined ? before.lastState?.terminated : undefined) ?? {
      exitCode: 137,
      reason: "ContainerStatusUnknown",
      message: "The container could not be located when the pod was terminated",
      finishedAt: now,
    };
  return { ...base, restartCount: before.restartCount + 1, lastTerminated: lost, containerId: before.containerID };
}
