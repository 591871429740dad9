import { leavings, ours } from "./contestants";
import { distance } from "./distance";
import { timesOf } from "./goals";
import { table } from "./markdown";
import { measuredOn } from "./report";
import { type Results, type SizeResults, timings } from "./results";
import { at, lineThrough } from "./statistics";

const sizesShown = [1, 10, 50];
const rttsShown = [0, 100];
const runs = { register: ours.up, "nothing to do": timings.again, deregister: leavings.destroy } as const;

/** "How long does it take for N clusters?", for docs/explanation/duration.md: three numbers for each size, near and far. */
export function durations(results: Results): string {
  const rows = rttsShown.flatMap((rtt) =>
    sizesShown.map((size) => [
      `${size}, ${distance(rtt)}`,
      ...Object.values(runs).map((name) => duration(results.sizes, { size, rtt, name })),
    ]),
  );
  return [`${measuredOn(results)}\nTimes are medians.`, table(["clusters", ...Object.keys(runs)], rows)].join("\n\n");
}

/** The median; without one, what the line through the two or more sizes measured at this distance gives, and marked as such. */
function duration(
  sizes: readonly SizeResults[],
  { size, rtt, name }: { readonly size: number; readonly rtt: number; readonly name: string },
): string {
  const points = sizes.flatMap((one): [number, number][] => {
    const summary = one.rtt === rtt ? timesOf(one, name) : undefined;
    return summary ? [[one.size, summary.median]] : [];
  });
  const measured = points.find(([one]) => one === size);
  if (measured) return seconds(measured[1]);
  return points.length < 2 ? "not measured" : `not measured, about ${seconds(at(lineThrough(points), size))}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}
