import { ours } from "./contestants";
import { timesOf } from "./goals";
import { mebibytes, table } from "./markdown";
import type { Role } from "./processWatch";
import { type Results, type SizeResults, timings } from "./results";
import { at, type Line, lineThrough } from "./statistics";

/** A cost that grows with the number of clusters. */
export interface Cost {
  readonly what: string;
  readonly line: Line;
  readonly form: (value: number) => string;
}

const sizesAhead = [50, 200, 1000];
const whole = (value: number) => `${Math.round(value)}`;
const time = (milliseconds: number) =>
  milliseconds < 120_000 ? `${(milliseconds / 1000).toFixed(0)} s` : `${(milliseconds / 60_000).toFixed(0)} min`;

/** Straight lines through what was measured at the smallest distance; at least two sizes are needed. */
export function costs({ sizes: all }: Results): Cost[] {
  const sizes = all.filter(({ rtt }) => rtt === all[0]?.rtt);
  if (sizes.length < 2) return [];
  const cost = (what: string, form: Cost["form"], of: (size: SizeResults) => number | undefined): Cost => {
    const points = sizes.flatMap((one): [number, number][] => {
      const value = of(one);
      return value === undefined ? [] : [[one.size, value]];
    });
    return { what, form, line: lineThrough(points) };
  };
  const memory = (what: string, role: Role, sum: "sumMiB" | "largestMiB") =>
    cost(what, mebibytes, ({ watched }) => watched[ours.up]?.usage.find((one) => one.role === role)?.[sum]);
  return [
    cost("`up --skip-preview`, all of them new", time, (one) => timesOf(one, ours.up)?.median),
    cost("`up` without changes", time, (one) => timesOf(one, timings.again)?.median),
    cost(
      "processor time of that",
      (value) => `${whole(value)} s`,
      ({ watched }) => watched[timings.again]?.usage.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    ),
    cost(
      "plugin processes",
      whole,
      ({ watched }) => watched[ours.up]?.usage.find(({ role }) => role === "kubernetes plugin")?.processes,
    ),
    memory("memory of all plugins", "kubernetes plugin", "sumMiB"),
    memory("memory of the engine", "engine", "largestMiB"),
    memory("memory of the program", "program", "largestMiB"),
    memory("memory of the dynamic provider", "dynamic provider", "largestMiB"),
    cost(
      "state",
      (value) => mebibytes(value / 2 ** 20),
      ({ stateBytes }) => stateBytes,
    ),
  ];
}

/** What the lines give for sizes that were not measured. */
export function scaleTable(results: Results): string {
  const rows = costs(results).map(({ what, line, form }) => [
    what,
    ...[0, ...sizesAhead].map((size) => form(size === 0 ? line.each : at(line, size))),
  ]);
  return table(["", "each further cluster", ...sizesAhead.map((size) => `${size} clusters`)], rows);
}
