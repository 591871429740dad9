import { ours } from "./contestants";
import { goals, timesOf } from "./goals";
import { kibibytes, mebibytes, seconds, table } from "./markdown";
import { type Results, type SizeResults, timings } from "./results";
import { scaleTable } from "./scale";
import { summarise } from "./statistics";

/** All figures as Markdown, for docs/performance.md. */
export function report(results: Results): string {
  const { sizes } = results;
  return [
    machine(results),
    "### Goals",
    table(
      ["", "goal", "measured", "met"],
      goals(results).map(({ what, goal, measured, met }) => [what, goal, measured, met ? "yes" : "**no**"]),
    ),
    "### Time to register",
    byName(sizes, (name) => !Object.values<string>(timings).includes(name)),
    "### Time with nothing to do, and to deregister",
    byName(sizes, (name) => Object.values<string>(timings).includes(name)),
    `### Where the time of \`${ours.up}\` goes`,
    phases(sizes),
    "### From the client Secret to the resource",
    latencies(sizes),
    "### Requests to the API servers",
    requests(sizes),
    "### Memory and processor time",
    usage(sizes),
    "### State",
    table(
      ["registrations", "state", "of which provider source"],
      sizes.map(({ size, stateBytes, providerBytes }) => [
        String(size),
        kibibytes(stateBytes),
        kibibytes(providerBytes),
      ]),
    ),
    "### Scale",
    scaleTable(results),
  ].join("\n\n");
}

function machine({
  machine: { date, processors, memoryGiB, system, loads, versions, note },
  rounds,
  sizes,
}: Results): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const plugins = [...new Set(sizes.map(({ plugin }) => plugin))].join(", ");
  return [
    `Measured on ${date}, ${rounds} rounds: ${processors}, ${memoryGiB} GiB, ${system}; ${named.join(", ")} (${plugins}).`,
    `Load of the machine before each size and at the end: ${loads.join(", ")}.${note === "" ? "" : ` ${note}`}`,
    "Times are medians, with the smallest and the largest in brackets.",
  ].join("\n");
}

/** A row for each timed command, a column for each size. */
function byName(sizes: readonly SizeResults[], isIn: (name: string) => boolean): string {
  const names = [...new Set(sizes.flatMap(({ times }) => Object.keys(times)))].filter(isIn);
  const cell = (size: SizeResults, name: string) => {
    const summary = timesOf(size, name);
    return summary ? seconds(summary) : "";
  };
  return table(
    ["", ...sizes.map(({ size }) => columnOf(size))],
    names.map((name) => [name, ...sizes.map((size) => cell(size, name))]),
  );
}

function phases(sizes: readonly SizeResults[]): string {
  const names = sizes[0]?.phases[0]?.map(({ name }) => name) ?? [];
  const cell = ({ phases: all }: SizeResults, name: string) =>
    seconds(summarise(all.map((one) => one.find((phase) => phase.name === name)?.milliseconds ?? 0)));
  return table(
    ["", ...sizes.map(({ size }) => columnOf(size))],
    names.map((name) => [name, ...sizes.map((size) => cell(size, name))]),
  );
}

function latencies(sizes: readonly SizeResults[]): string {
  const rows = sizes.map(({ size, latencies: all }) => {
    const { count, median, p95, maximum } = summarise(all);
    return [String(size), String(count), ...[median, p95, maximum].map((value) => `${Math.round(value)} ms`)];
  });
  return table(["registrations at once", "samples", "median", "95 of 100", "longest"], rows);
}

function requests(sizes: readonly SizeResults[]): string {
  const rows = sizes.flatMap(({ size, watched }) =>
    Object.entries(watched).flatMap(([name, { requests: counts }]) =>
      (([ours.fullUp, timings.least] as string[]).includes(name) ? [] : counts).map(
        ({ sender, cluster, verbs, total }) => [
          `${size}, ${name}`,
          sender === "ours" ? "this package" : sender,
          cluster,
          Object.entries(verbs)
            .map(([verb, number]) => `${number} ${verb}`)
            .join(", "),
          String(total),
        ],
      ),
    ),
  );
  return table(["registrations, run", "sender", "cluster", "verbs", "requests"], rows);
}

function usage(sizes: readonly SizeResults[]): string {
  const rows = sizes.flatMap(({ size, watched }) =>
    [ours.up, timings.again, timings.least, timings.empty].flatMap((name) =>
      (watched[name]?.usage ?? [])
        .filter(({ role }) => role !== "other")
        .map(({ role, processes, largestMiB, sumMiB, cpuSeconds }) => [
          `${size}, ${name}`,
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

function columnOf(size: number): string {
  return size === 1 ? "1 registration" : `${size} registrations`;
}
