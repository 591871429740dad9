import type { PodProgram } from "../pods/program";

/**
 * The ports of this machine on which the replicas of one hub's relay server listen. All pods share the machine's address, so
 * each run takes one for itself, the first that is free.
 */
export class ReplicaPorts {
  /** By the name of the pod. */
  readonly #taken = new Map<string, number>();

  /** @param numbers at least one; agents reach the hub by the first */
  constructor(private readonly numbers: readonly [number, ...number[]]) {}

  get first(): number {
    return this.numbers[0];
  }

  /** The port on which a pod listens now. */
  of(podName: string): number | undefined {
    return this.#taken.get(podName);
  }

  /** The program of a replica, made for the port that its run has taken. */
  program(listening: (port: number) => PodProgram): PodProgram {
    return {
      run: async (context) => {
        const taken = new Set(this.#taken.values());
        const port = this.numbers.find((number) => !taken.has(number));
        if (port === undefined) throw new Error("no port of this machine is planned for a further replica");
        this.#taken.set(context.podName, port);
        try {
          return await listening(port).run(context);
        } finally {
          this.#taken.delete(context.podName);
        }
      },
    };
  }
}
