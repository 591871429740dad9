import { leavings, ours, peers } from "../../bench/contestants";
import { type Results, type SizeResults, timings, type Watched } from "../../bench/results";

const usage = { role: "kubernetes plugin", processes: 2, largestMiB: 80, sumMiB: 160, cpuSeconds: 0.5 } as const;

/** What a run asked of the clusters: this many requests of this package to the management cluster. */
export function watched(get: number, patch = 0, plugins = 2): Watched {
  const reads = { sender: "ours", cluster: "management", verbs: { get, patch }, total: get + patch } as const;
  const connections = {
    management: { connections: 2, handshakes: 2, resumed: 1 },
    remote: { connections: 3, handshakes: 3, resumed: 0 },
  };
  return { requests: [reads], connections, usage: [{ ...usage, processes: plugins, sumMiB: 80 * plugins }] };
}

/** Figures of a size that meet all goals but those that `more` changes. */
export function figures(size: number, rtt: number, more: Partial<SizeResults> = {}): SizeResults {
  const unit = rtt === 0 ? 1000 : 1500;
  return {
    size,
    rtt,
    plugin: "stand-in",
    times: {
      [peers.script]: [10 * unit * size],
      [peers.meshctl]: [16 * unit * size],
      [peers.sideBySide]: [4 * unit],
      [ours.up]: [5 * unit],
      [ours.fullUp]: [7 * unit],
      [timings.again]: [2 * unit],
      [timings.preview]: [2 * unit],
      [timings.empty]: [unit],
      [timings.least]: [2 * unit],
      [leavings.script]: [8 * unit * size],
      [leavings.sideBySide]: [6 * unit],
      [leavings.destroy]: [7 * unit],
    },
    latencies: [100, 200, 300],
    phases: [[{ name: "total", milliseconds: 2000 }]],
    watched: { [ours.up]: watched(30, 0, size + 1), [timings.again]: watched(12) },
    stateBytes: 40_000 * size,
    providerBytes: 1500 * size,
    ...more,
  };
}

export function resultsOf(...sizes: SizeResults[]): Results {
  const machine = {
    date: "2026-01-01",
    processors: "2 × p",
    memoryGiB: 24,
    system: "linux",
    loads: [0.1],
    versions: {},
    note: "",
  };
  return { machine, rounds: 5, sizes };
}
