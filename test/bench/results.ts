import type { Phase } from "../sandbox/demoPhases";
import type { ConnectionCount } from "./distantServer";
import type { Usage } from "./processWatch";
import type { RequestCount } from "./requests";

/** All that the benchmark measures, as docs/engineering/performance.json keeps it. Times in milliseconds. */
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
  /** Load of the machine one minute before and at the end, as `uptime` prints it. */
  readonly loads: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly note: string;
}

/** What was measured with one number of registrations at one distance. */
export interface SizeResults {
  readonly size: number;
  /** Milliseconds that a round trip to each API server takes; 0 is near, on this machine. */
  readonly rtt: number;
  /** Which Kubernetes plugin the runs used: the official one or the stand-in. */
  readonly plugin: string;
  /** Samples by what was timed: the contestants, their ways to deregister, and `timings`. */
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** From the client Secret being stored to the resource being done; one sample for each cluster and `up`. */
  readonly latencies: readonly number[];
  /** Of each `up --skip-preview`. */
  readonly phases: readonly (readonly Phase[])[];
  /** What one run of each asked of the clusters and used on this machine. */
  readonly watched: Readonly<Record<string, Watched>>;
  /** Bytes of the stack's state, and of the provider texts in it. */
  readonly stateBytes: number;
  readonly providerBytes: number;
}

export interface Watched {
  readonly requests: readonly RequestCount[];
  /** Figures of 2026-11-23 have none. */
  readonly connections?: Connections;
  /** Empty where memory and processor time were not followed. */
  readonly usage: readonly Usage[];
}

/** Of the run's own programs: nobody else uses these addresses. */
export interface Connections {
  readonly management: ConnectionCount;
  /** Of all remote clusters together. */
  readonly remote: ConnectionCount;
}

/** What is timed while all clusters are registered. */
export const timings = {
  again: "second up, nothing to do",
  preview: "preview, nothing to do",
  empty: "up of an empty program",
  least: "up of the least program",
} as const;
