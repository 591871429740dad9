import { leavings, ours, peers } from "./contestants";
import { distance } from "./distance";
import { type Results, type SizeResults, timings } from "./results";
import { type Summary, summarise } from "./statistics";
import { managementRequests, ownRequests, writes } from "./traffic";

/** A goal and the measurement that it is compared with. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

/** A ratio of two medians of one run of the benchmark, and its limit. */
interface Comparison {
  readonly what: string;
  readonly of: Timed;
  readonly against: Timed;
  /** A ratio that must not be exceeded, or how many times shorter `of` must be than `against`. */
  readonly limit: { readonly atMost: number } | { readonly timesFaster: number };
}

/** A time in the tables. */
interface Timed {
  readonly size: number;
  readonly rtt: number;
  readonly name: string;
}

const near = 0;
const far = 100;
const nearOne = (name: string): Timed => ({ size: 1, rtt: near, name });
const farOne = (name: string): Timed => ({ size: 1, rtt: far, name });
const farTen = (name: string): Timed => ({ size: 10, rtt: far, name });
const atMost = (limit: number) => ({ atMost: limit });

/** The goals for times. */
export const comparisons: readonly Comparison[] = [
  {
    what: "near, one registration, against the script",
    of: nearOne(ours.up),
    against: nearOne(peers.script),
    limit: atMost(1.4),
  },
  {
    what: "near, one registration, against meshctl",
    of: nearOne(ours.up),
    against: nearOne(peers.meshctl),
    limit: atMost(0.6),
  },
  {
    what: "near, nothing to do, against the least program with the same providers",
    of: nearOne(timings.again),
    against: nearOne(timings.least),
    limit: atMost(1.15),
  },
  {
    what: "far, one registration, against the script",
    of: farOne(ours.up),
    against: farOne(peers.script),
    limit: atMost(0.55),
  },
  {
    what: "far, one registration, against meshctl",
    of: farOne(ours.up),
    against: farOne(peers.meshctl),
    limit: atMost(0.4),
  },
  {
    what: "far, nothing to do, one cluster, against the same near",
    of: farOne(timings.again),
    against: nearOne(timings.again),
    limit: atMost(1.6),
  },
  {
    what: "far, preview, one cluster, against the same near",
    of: farOne(timings.preview),
    against: nearOne(timings.preview),
    limit: atMost(1.6),
  },
  {
    what: "far, ten registrations, faster than the script one by one",
    of: farTen(ours.up),
    against: farTen(peers.script),
    limit: { timesFaster: 12 },
  },
  {
    what: "far, ten registrations, against the script side by side",
    of: farTen(ours.up),
    against: farTen(peers.sideBySide),
    limit: atMost(1.5),
  },
  {
    what: "far, ten clusters, nothing to do, against the first `up`",
    of: farTen(timings.again),
    against: farTen(ours.up),
    limit: atMost(0.45),
  },
  {
    what: "far, ten clusters, preview, against the first `up`",
    of: farTen(timings.preview),
    against: farTen(ours.up),
    limit: atMost(0.45),
  },
  {
    what: "far, destroy of one, against the script's way to leave",
    of: farOne(leavings.destroy),
    against: farOne(leavings.script),
    limit: atMost(1),
  },
  {
    what: "far, destroy of ten, against the script's way to leave one by one",
    of: farTen(leavings.destroy),
    against: farTen(leavings.script),
    limit: atMost(0.25),
  },
];

const requestLimits = { registration: 30, nothingToDo: 12 };
const longestLatencyMs = 500;

/** The goals that have measurements. */
export function goals({ sizes }: Results): Goal[] {
  return [
    ...comparisons.flatMap((one) => compared(sizes, one)),
    ...ofOneRegistration(sizes),
    ...ofManagementCluster(sizes),
    ...latency(sizes),
  ];
}

export function timesOf({ times }: SizeResults, name: string): Summary | undefined {
  const samples = times[name];
  return samples && samples.length > 0 ? summarise(samples) : undefined;
}

function compared(sizes: readonly SizeResults[], { what, of, against, limit }: Comparison): Goal[] {
  const [one, other] = [median(sizes, of), median(sizes, against)];
  if (one === undefined || other === undefined) return [];
  if ("timesFaster" in limit) {
    const ratio = other / one;
    return [
      { what, goal: `≥ ${limit.timesFaster} ×`, measured: `${ratio.toFixed(1)} ×`, met: ratio >= limit.timesFaster },
    ];
  }
  const ratio = one / other;
  return [{ what, goal: `≤ ${limit.atMost} ×`, measured: `${ratio.toFixed(2)} ×`, met: ratio <= limit.atMost }];
}

function median(sizes: readonly SizeResults[], { size, rtt, name }: Timed): number | undefined {
  const found = sizes.find((one) => one.size === size && one.rtt === rtt);
  return found && timesOf(found, name)?.median;
}

/** Requests do not depend on the distance, so the nearest counts. */
function ofOneRegistration(sizes: readonly SizeResults[]): Goal[] {
  const one = sizes.find(({ size }) => size === 1);
  if (!one) return [];
  const goal = (what: string, name: string, count: number, limit: number): Goal[] =>
    name in one.watched
      ? [{ what, goal: limit === 0 ? "0" : `≤ ${limit}`, measured: String(count), met: count <= limit }]
      : [];
  return [
    ...goal(
      "requests of this package for one registration",
      ours.up,
      ownRequests(one, ours.up),
      requestLimits.registration,
    ),
    ...goal(
      "requests of this package with nothing to do, one cluster",
      timings.again,
      ownRequests(one, timings.again),
      requestLimits.nothingToDo,
    ),
    ...goal("writes with nothing to do, one cluster", timings.again, writes(one, timings.again), 0),
  ];
}

/** Of the smallest and the largest size at each distance. */
function ofManagementCluster(sizes: readonly SizeResults[]): Goal[] {
  return [...new Set(sizes.map(({ rtt }) => rtt))].flatMap((rtt) => {
    const [first, last] = [sizes.find((one) => one.rtt === rtt), sizes.findLast((one) => one.rtt === rtt)];
    if (!first || !last || first === last) return [];
    const [few, many] = [managementRequests(first, timings.again), managementRequests(last, timings.again)];
    const what = `${distance(rtt)}, requests to the management cluster with nothing to do, ${first.size} and ${last.size} clusters`;
    return [{ what, goal: "the same number", measured: `${few} and ${many}`, met: few === many }];
  });
}

function latency(sizes: readonly SizeResults[]): Goal[] {
  return sizes.flatMap(({ size, rtt, latencies }) => {
    if (latencies.length === 0 || rtt !== near) return [];
    const { median, count } = summarise(latencies);
    const what = `near, from the Secret to the resource, ${size} at once (${count} samples, median)`;
    const goal = `≤ ${longestLatencyMs} ms`;
    return [{ what, goal, measured: `${Math.round(median)} ms`, met: median <= longestLatencyMs }];
  });
}
