import { leavings, ours, peers } from "./contestants";
import { distance } from "./distance";
import { goals, timesOf } from "./goals";
import { kibibytes, mebibytes, seconds, table } from "./markdown";
import { type Results, type SizeResults, timings } from "./results";
import { scaleTable } from "./scale";
import { summarise } from "./statistics";
import { ownRequests, requestsOf } from "./traffic";

/** All figures as Markdown, for docs/engineering/performance.md. */
export function report(results: Results): string {
  const { sizes } = results;
  const [nearest, ends] = [nearestOf(sizes), firstAndLast(nearestOf(sizes))];
  return [
    `${measuredOn(results)}\nTimes are medians, with the smallest and the largest in brackets.`,
    "### Goals",
    goalsTable(results),
    "### Time to register",
    byName(sizes, [...Object.values(peers), ...Object.values(ours)]),
    "### Time with nothing to do",
    byName(sizes, Object.values(timings)),
    "### Time to deregister",
    byName(sizes, Object.values(leavings)),
    `### Where the time of \`${ours.up}\` goes`,
    phases(sizes),
    "### From the client Secret to the resource",
    latencies(sizes),
    "### Requests and connections",
    traffic(sizes),
    "### Requests by sender and verb",
    requests(ends),
    "### Memory and processor time",
    usage(ends),
    "### State",
    table(
      ["registrations", "state", "of which provider source"],
      nearest.map(({ size, stateBytes, providerBytes }) => [
        String(size),
        kibibytes(stateBytes),
        kibibytes(providerBytes),
      ]),
    ),
    "### Scale",
    scaleTable(results),
  ].join("\n\n");
}

export function goalsTable(results: Results): string {
  const rows = goals(results).map(({ what, goal, measured, met }) => [what, goal, measured, met ? "yes" : "**no**"]);
  return table(["", "goal", "measured", "met"], rows);
}

/** When, on what and how often the figures were measured. */
export function measuredOn({ machine: { note, loads, versions, ...on }, rounds, sizes }: Results): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const plugins = [...new Set(sizes.map(({ plugin }) => plugin))].join(", ");
  return [
    `Measured on ${on.date}, ${rounds} rounds: ${on.processors}, ${on.memoryGiB} GiB, ${on.system}; ${named.join(", ")} (${plugins}).`,
    `Load of the machine before each size and at the end: ${loads.join(", ")}.${note === "" ? "" : ` ${note}`}`,
  ].join("\n");
}

/** A row for each timed command, a column for each size and distance; what was not measured at all has no row. */
function byName(sizes: readonly SizeResults[], names: readonly string[]): string {
  const cell = (size: SizeResults, name: string) => {
    const summary = timesOf(size, name);
    return summary ? seconds(summary) : "";
  };
  const measured = names.filter((name) => sizes.some(({ times }) => name in times));
  return table(
    ["", ...sizes.map(columnOf)],
    measured.map((name) => [name, ...sizes.map((size) => cell(size, name))]),
  );
}

function phases(sizes: readonly SizeResults[]): string {
  const names = sizes[0]?.phases[0]?.map(({ name }) => name) ?? [];
  const cell = ({ phases: all }: SizeResults, name: string) =>
    seconds(summarise(all.map((one) => one.find((phase) => phase.name === name)?.milliseconds ?? 0)));
  return table(
    ["", ...sizes.map(columnOf)],
    names.map((name) => [name, ...sizes.map((size) => cell(size, name))]),
  );
}

function latencies(sizes: readonly SizeResults[]): string {
  const rows = sizes.map((one) => {
    const { count, median, p95, maximum } = summarise(one.latencies);
    return [columnOf(one), String(count), ...[median, p95, maximum].map((value) => `${Math.round(value)} ms`)];
  });
  return table(["at once", "samples", "median", "95 of 100", "longest"], rows);
}

/** One row for each run; a remote cluster's figures are those of one of them, on average. */
function traffic(sizes: readonly SizeResults[]): string {
  const rows = sizes.flatMap((one) =>
    Object.entries(one.watched).map(([name, { connections }]) => {
      const of = (cluster: "management" | "remote", decimals: 0 | 1) => {
        const each = (value: number) => (value / (cluster === "remote" ? one.size : 1)).toFixed(decimals);
        const all = requestsOf(one, name, (count) => count.cluster === cluster);
        const own = ownRequests(one, name, cluster);
        const { handshakes, resumed } = connections?.[cluster] ?? {};
        return [all, own, handshakes, resumed].map((value) => (value === undefined ? "" : each(value)));
      };
      return [`${columnOf(one)}, ${name}`, ...of("management", 0), ...of("remote", one.size === 1 ? 0 : 1)];
    }),
  );
  const head = ["requests", "this package's", "TLS handshakes", "resumed"];
  return table(["", ...head.map((what) => `management: ${what}`), ...head.map((what) => `each remote: ${what}`)], rows);
}

function requests(sizes: readonly SizeResults[]): string {
  const rows = sizes.flatMap((one) =>
    Object.entries(one.watched).flatMap(([name, { requests: counts }]) =>
      (name === ours.fullUp || name === timings.least ? [] : counts).map(({ sender, cluster, verbs, total }) => [
        `${columnOf(one)}, ${name}`,
        sender === "ours" ? "this package" : sender,
        cluster,
        Object.entries(verbs)
          .map(([verb, number]) => `${number} ${verb}`)
          .join(", "),
        String(total),
      ]),
    ),
  );
  return table(["registrations, run", "sender", "cluster", "verbs", "requests"], rows);
}

function usage(sizes: readonly SizeResults[]): string {
  const rows = sizes.flatMap((one) =>
    [ours.up, timings.again, timings.least, timings.empty].flatMap((name) =>
      (one.watched[name]?.usage ?? [])
        .filter(({ role }) => role !== "other")
        .map(({ role, processes, largestMiB, sumMiB, cpuSeconds }) => [
          `${columnOf(one)}, ${name}`,
          role,
          String(processes),
          mebibytes(largestMiB),
          mebibytes(sumMiB),
          `${cpuSeconds.toFixed(2)} s`,
        ]),
    ),
  );
  return table(["registrations, run", "process", "number", "largest", "together", "processor time"], rows);
}

/** Of each number of registrations the nearest. */
export function nearestOf(sizes: readonly SizeResults[]): SizeResults[] {
  return sizes.filter((one, index) => sizes.findIndex(({ size }) => size === one.size) === index);
}

function firstAndLast<T>(all: readonly T[]): T[] {
  return all.filter((_, index) => index === 0 || index === all.length - 1);
}

function columnOf({ size, rtt }: Pick<SizeResults, "size" | "rtt">): string {
  return `${size}, ${distance(rtt)}`;
}
