import { ours } from "./contestants";
import { type Results, type SizeResults, timings } from "./results";
import { type Summary, summarise } from "./statistics";

/** A goal and the measurement that it is compared with. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

/** The goals that have measurements. */
export function goals({ sizes }: Results): Goal[] {
  const of = (size: number) => sizes.find((one) => one.size === size);
  const [one, twenty] = [of(1), of(20)];
  return [
    ...(one ? ofOne(one) : []),
    ...(twenty ? faster(twenty, "the guide's script") : []),
    ...(twenty ? faster(twenty, "meshctl") : []),
    ...latency(sizes),
    ...hubReads(sizes),
  ];
}

export function timesOf({ times }: SizeResults, name: string): Summary | undefined {
  const samples = times[name];
  return samples && samples.length > 0 ? summarise(samples) : undefined;
}

/** Requests of this package's client in a watched run. */
export function ownRequests({ watched }: SizeResults, name: string, cluster?: "management" | "remote"): number {
  const own = (watched[name]?.requests ?? []).filter(
    (count) => count.sender === "ours" && (cluster === undefined || count.cluster === cluster),
  );
  return own.reduce((sum, { total }) => sum + total, 0);
}

/** Writing requests of all senders in a watched run. */
export function writes({ watched }: SizeResults, name: string): number {
  const verbs = ["create", "update", "patch", "delete", "deletecollection"];
  return (watched[name]?.requests ?? []).reduce(
    (sum, count) => sum + verbs.reduce((all, verb) => all + (count.verbs[verb] ?? 0), 0),
    0,
  );
}

function ofOne(one: SizeResults): Goal[] {
  const limits = { "the guide's script": 0.95, meshctl: 0.8 };
  return [
    ...Object.entries(limits).flatMap(([peer, limit]) => {
      const quotient = ratio(one, ours.up, peer);
      return quotient === undefined ? [] : [atMost(`one registration, against ${peer}`, quotient, limit, " ×")];
    }),
    ...[ratio(one, timings.again, timings.empty)].flatMap((quotient) =>
      quotient === undefined ? [] : [atMost("`up` without changes, against an empty program", quotient, 1.3, " ×")],
    ),
    { what: "writes of an `up` without changes", goal: "0", ...exactly(writes(one, timings.again), 0) },
    {
      ...atMost("requests of this package for one registration", ownRequests(one, ours.up), 40, ""),
      measured: String(ownRequests(one, ours.up)),
    },
  ];
}

function faster(size: SizeResults, peer: string): Goal[] {
  const quotient = ratio(size, peer, ours.up);
  if (quotient === undefined) return [];
  const what = `20 registrations, faster than ${peer}`;
  return [{ what, goal: "≥ 8 ×", measured: `${quotient.toFixed(1)} ×`, met: quotient >= 8 }];
}

function latency(sizes: readonly SizeResults[]): Goal[] {
  return sizes.flatMap(({ size, latencies }) => {
    if (latencies.length === 0) return [];
    const { median, count } = summarise(latencies);
    const what = `from the Secret to the resource, ${size} at once (${count} samples, median)`;
    return [{ what, goal: "≤ 500 ms", measured: `${Math.round(median)} ms`, met: median <= 500 }];
  });
}

function hubReads(sizes: readonly SizeResults[]): Goal[] {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last || first === last) return [];
  const each =
    (ownRequests(last, timings.again, "management") - ownRequests(first, timings.again, "management")) /
    (last.size - first.size);
  const what =
    "requests of this package to the management cluster in an `up` without changes, for each further cluster";
  return [{ what, goal: "≤ 6, for its own objects", measured: each.toFixed(1), met: each <= 6 }];
}

function ratio(size: SizeResults, over: string, under: string): number | undefined {
  const [one, other] = [timesOf(size, over), timesOf(size, under)];
  return one && other ? one.median / other.median : undefined;
}

function atMost(what: string, value: number, limit: number, unit: string): Goal {
  return { what, goal: `≤ ${limit}${unit}`, measured: `${value.toFixed(2)}${unit}`, met: value <= limit };
}

function exactly(value: number, wanted: number): Pick<Goal, "measured" | "met"> {
  return { measured: String(value), met: value === wanted };
}
