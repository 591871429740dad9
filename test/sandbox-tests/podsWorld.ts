import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@kubernetes/client-node";
import { auditEvents, type ControlPlane, isWrite, startControlPlanes, writeKubeconfig } from "../sandbox/controlplane";
import { type PodProgram, PodRunner } from "../sandbox/pods";
import { Processes } from "../sandbox/processes";
import { ensureTools } from "../toolchain";

const limitSeconds = 40;

/** One control plane with a pod runner whose back-off is short, and kubectl. */
export class PodWorld {
  readonly plane: ControlPlane;
  runner: PodRunner;
  readonly #core: k8s.CoreV1Api;
  readonly #folder: string;
  readonly #kubectl: string;
  readonly #processes: Processes;
  readonly #programs: Map<string, () => PodProgram>;

  private constructor(parts: {
    plane: ControlPlane;
    runner: PodRunner;
    folder: string;
    kubectl: string;
    processes: Processes;
    programs: Map<string, () => PodProgram>;
  }) {
    this.plane = parts.plane;
    this.runner = parts.runner;
    this.#core = parts.plane.kubeConfig.makeApiClient(k8s.CoreV1Api);
    this.#folder = parts.folder;
    this.#kubectl = parts.kubectl;
    this.#processes = parts.processes;
    this.#programs = parts.programs;
  }

  static async start(): Promise<PodWorld> {
    const tools = await ensureTools();
    const folder = await mkdtemp(join(tmpdir(), "gmr-"));
    const processes = await Processes.start();
    processes.removeWhenAbandoned(folder);
    try {
      const [plane] = await startControlPlanes(["pods"], { folder, tools, processes });
      if (plane === undefined) {
        throw new Error("no control plane was started");
      }
      await writeKubeconfig(join(folder, "kubeconfig"), [plane]);
      const programs = new Map<string, () => PodProgram>();
      const runner = await startRunner(plane, programs);
      return new PodWorld({ plane, runner, folder, kubectl: tools.kubectl.path, processes, programs });
    } catch (error) {
      await processes.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.runner.stop();
    await this.#processes.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async startRunner(): Promise<void> {
    this.runner = await startRunner(this.plane, this.#programs);
  }

  /** Makes an image that stands for a program. */
  image(name: string, program: () => PodProgram): string {
    const image = `example.test/${name}:1`;
    this.#programs.set(image, program);
    return image;
  }

  /** Creates a Deployment with one replica and one container called "main", labelled app=NAME. */
  async deploy(
    name: string,
    container: Omit<k8s.V1Container, "name">,
    pod: Partial<k8s.V1PodSpec> = {},
  ): Promise<void> {
    const labels = { app: name };
    await this.plane.kubeConfig.makeApiClient(k8s.AppsV1Api).createNamespacedDeployment({
      namespace: "default",
      body: {
        metadata: { name },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { ...pod, containers: [{ name: "main", ...container }] } },
        },
      },
    });
  }

  /** The first pod of a Deployment that satisfies the condition, as soon as it does. */
  pod(name: string, condition: (pod: k8s.V1Pod) => boolean): Promise<k8s.V1Pod> {
    const path = "/api/v1/namespaces/default/pods";
    return this.#first<k8s.V1Pod>(path, { labelSelector: `app=${name}` }, (_type, pod) => condition(pod));
  }

  async podGone(pod: k8s.V1Pod): Promise<void> {
    await this.kubectl("wait", "--for=delete", `pod/${pod.metadata?.name ?? ""}`, `--timeout=${limitSeconds}s`);
  }

  /** Waits until the EndpointSlice controller has found a ready pod behind a Service. */
  async endpoint(service: string): Promise<void> {
    await this.#first<k8s.V1EndpointSlice>(
      "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
      { labelSelector: `kubernetes.io/service-name=${service}` },
      (_type, slice) => (slice.endpoints ?? []).some((endpoint) => endpoint.conditions?.ready === true),
    );
  }

  /** Waits for an event about a pod. */
  async event(pod: k8s.V1Pod, reason: string, message: string): Promise<void> {
    await this.#first<k8s.CoreV1Event>(
      "/api/v1/namespaces/default/events",
      { fieldSelector: `involvedObject.uid=${pod.metadata?.uid ?? ""}` },
      (_type, event) => event.reason === reason && event.message === message,
    );
  }

  /** Waits until a pod has this many events. */
  async eventCount(pod: k8s.V1Pod, count: number): Promise<void> {
    const names = new Set<string>();
    await this.#first<k8s.CoreV1Event>(
      "/api/v1/namespaces/default/events",
      { fieldSelector: `involvedObject.uid=${pod.metadata?.uid ?? ""}` },
      (_type, event) => names.add(event.metadata.name ?? "").size >= count,
    );
  }

  /** The different reasons of the events of a pod so far, sorted. */
  async eventReasons(pod: k8s.V1Pod): Promise<string[]> {
    const fieldSelector = `involvedObject.uid=${pod.metadata?.uid ?? ""}`;
    const events = await this.#core.listNamespacedEvent({ namespace: "default", fieldSelector });
    return [...new Set(events.items.map((event) => event.reason ?? ""))].sort();
  }

  /** What a user may do: how many ConfigMaps it can list, and the answer to a list of Secrets. */
  async tryRights(kubeConfig: k8s.KubeConfig): Promise<{ granted: number; refused: unknown }> {
    const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
    const granted = (await core.listNamespacedConfigMap({ namespace: "default" })).items.length;
    const refused = await core.listNamespacedSecret({ namespace: "default" }).then(
      () => 200,
      (error: unknown) => (error instanceof k8s.ApiException ? error.code : error),
    );
    return { granted, refused };
  }

  /** Writes of the node that concern one pod, oldest first, as "verb resource/subresource". */
  async nodeWrites(pod: k8s.V1Pod): Promise<string[]> {
    const name = pod.metadata?.name ?? "";
    const events = await auditEvents(this.plane, (event) => isWrite(event) && event.name === name);
    return events
      .filter((event) => event.user.startsWith("system:node:") && event.resource.startsWith("pods"))
      .map((event) => `${event.verb} ${event.resource}`);
  }

  /** Runs kubectl and resolves with its output. Rejects with what it wrote to stderr when it fails. */
  kubectl(...words: string[]): Promise<string> {
    return this.startKubectl(...words).output;
  }

  /** Starts kubectl, to be read while it runs. */
  startKubectl(...words: string[]): RunningKubectl {
    const child = spawn(this.#kubectl, ["--kubeconfig", join(this.#folder, "kubeconfig"), ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { HOME: this.#folder },
    });
    this.#processes.guard(child);
    return new RunningKubectl(child, words);
  }

  async #first<T extends k8s.KubernetesObject>(
    path: string,
    parameters: Record<string, string>,
    condition: (type: string, object: T) => boolean,
  ): Promise<T> {
    const limit = AbortSignal.timeout(limitSeconds * 1000);
    let last: T | undefined;
    let request: AbortController | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        limit.addEventListener("abort", () => {
          reject(new Error(`not seen within ${limitSeconds} s; last: ${JSON.stringify(last ?? null)}`));
        });
        new k8s.Watch(this.plane.kubeConfig)
          .watch(
            path,
            parameters,
            (type: string, object: T) => {
              last = object;
              if (type !== "DELETED" && condition(type, object)) {
                resolve(object);
              }
            },
            (error: unknown) => reject(error ?? new Error(`watch of ${path} ended`)),
          )
          .then((started) => {
            request = started;
          }, reject);
      });
    } finally {
      request?.abort();
    }
  }
}

/** A kubectl command that runs. */
export class RunningKubectl {
  /** All of stdout, when it has ended well. */
  readonly output: Promise<string>;
  readonly #child: ChildProcess;
  #text = "";

  constructor(child: ChildProcess, words: readonly string[]) {
    this.#child = child;
    let errors = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    this.output = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) =>
        code === 0 ? resolve(this.#text) : reject(new Error(`kubectl ${words.join(" ")}: exit ${code}: ${errors}`)),
      );
    });
  }

  /** Resolves when stdout so far equals the text; rejects when the command ends before. */
  untilOutput(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#text === text) {
          this.#child.stdout?.off("data", look);
          resolve();
        }
      };
      this.#child.stdout?.on("data", look);
      this.output.then(() => reject(new Error(`kubectl ended with ${JSON.stringify(this.#text)}`)), reject);
      look();
    });
  }
}

/** A promise that something else settles. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function startRunner(plane: ControlPlane, programs: ReadonlyMap<string, () => PodProgram>): Promise<PodRunner> {
  return PodRunner.start(plane, {
    images: (image) => programs.get(image) ?? { waitingReason: "ErrImagePull", message: "not found" },
    backOff: { initialSeconds: 0.5, maximumSeconds: 2 },
  });
}
