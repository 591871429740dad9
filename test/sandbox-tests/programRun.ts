import type * as k8s from "@kubernetes/client-node";
import type { PodProgram } from "../sandbox/pods";
import { Transcript } from "./transcript";

/** One run of a program without a pod around it. */
export class ProgramRun {
  readonly log = new Transcript();
  /** The exit code. */
  readonly exit: Promise<number>;
  readonly #stopping = new AbortController();

  constructor(
    program: PodProgram,
    pod: {
      kubeConfig: k8s.KubeConfig;
      namespace: string;
      image: string;
      args: readonly string[];
      env?: Readonly<Record<string, string>>;
    },
  ) {
    this.exit = this.log.tee(program).run({
      env: {},
      ...pod,
      podName: "no-pod",
      podIp: "127.0.0.1",
      log: () => undefined,
      ready: () => undefined,
      listen: () => undefined,
      signal: this.#stopping.signal,
    });
  }

  /** Tells the program to end, and waits until it has. */
  async stop(): Promise<number> {
    this.#stopping.abort();
    return this.exit;
  }
}
