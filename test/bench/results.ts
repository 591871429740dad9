import type { Phase } from "../sandbox/demoPhases";
import type { Usage } from "./processWatch";
import type { RequestCount } from "./requests";

/** All that the benchmark measures, as docs/performance.json keeps it. Times in milliseconds. */
export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  readonly sizes: readonly SizeResults[];
}

/** On what it was measured. */
export interface Machine {
  readonly date: string;
  readonly processors: string;
  readonly memoryGiB: number;
  readonly system: string;
  /** Load of the machine one minute before and at the end, as `uptime` tells it. */
  readonly loads: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly note: string;
}

/** What was measured with one number of registrations. */
export interface SizeResults {
  readonly size: number;
  /** Which Kubernetes plugin the runs used: the official one or the stand-in. */
  readonly plugin: string;
  /** Samples by what was timed: the contestants, and `timings`. */
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** From the client Secret being stored to the resource being done; one sample for each cluster and `up`. */
  readonly latencies: readonly number[];
  /** Of each `up --skip-preview`. */
  readonly phases: readonly (readonly Phase[])[];
  /** What was watched in a round of its own. */
  readonly watched: Readonly<Record<string, Watched>>;
  /** Bytes of the stack's state, and of the provider texts in it. */
  readonly stateBytes: number;
  readonly providerBytes: number;
}

export interface Watched {
  readonly requests: readonly RequestCount[];
  readonly usage: readonly Usage[];
}

/** What is timed beside the contestants. */
export const timings = {
  again: "second up, nothing to do",
  empty: "up of an empty program",
  least: "up of the least program",
  destroy: "pulumi destroy",
} as const;
