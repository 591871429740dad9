import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leavings, ours, peers } from "../../bench/contestants";
import { comparisons, goals } from "../../bench/goals";
import { type Results, type SizeResults, timings } from "../../bench/results";
import { figures, resultsOf, watched } from "./figures";

const missed = (results: Results) => goals(results).flatMap(({ what, met }) => (met ? [] : [what]));
const all = (change: (one: SizeResults) => SizeResults = (one) => one) =>
  resultsOf(...[figures(1, 0), figures(1, 100), figures(10, 0), figures(10, 100)].map(change));

/** The results with one time changed. */
function withTime(size: number, rtt: number, name: string, milliseconds: number): Results {
  return all((one) =>
    one.size === size && one.rtt === rtt ? { ...one, times: { ...one.times, [name]: [milliseconds] } } : one,
  );
}

describe("the goals", () => {
  test("are met by figures that meet them", () => {
    assert.deepEqual(missed(all()), []);
  });

  test("are all those of the benchmark when all was measured", () => {
    const written = goals(all());
    for (const { what } of comparisons)
      assert.ok(
        written.some((goal) => goal.what === what),
        what,
      );
    assert.equal(written.length, comparisons.length + 3 + 2 + 2);
  });

  for (const [title, size, rtt, name, ratio, limit] of [
    ["near, one registration, against the script", 1, 0, ours.up, 10_000, 1.4],
    ["near, one registration, against meshctl", 1, 0, ours.up, 16_000, 0.6],
    ["near, nothing to do, against the least program with the same providers", 1, 0, timings.again, 2000, 1.15],
    ["far, one registration, against the script", 1, 100, ours.up, 15_000, 0.55],
    ["far, one registration, against meshctl", 1, 100, ours.up, 24_000, 0.4],
    ["far, nothing to do, one cluster, against the same near", 1, 100, timings.again, 2000, 1.6],
    ["far, preview, one cluster, against the same near", 1, 100, timings.preview, 2000, 1.6],
    ["far, ten registrations, against the script side by side", 10, 100, ours.up, 6000, 1.5],
    ["far, ten clusters, nothing to do, against the first `up`", 10, 100, timings.again, 7500, 0.45],
    ["far, ten clusters, preview, against the first `up`", 10, 100, timings.preview, 7500, 0.45],
    ["far, destroy of one, against the script's way to leave", 1, 100, leavings.destroy, 12_000, 1],
    ["far, destroy of ten, against the script's way to leave one by one", 10, 100, leavings.destroy, 120_000, 0.25],
  ] as const) {
    test(`compare medians: ${title}`, () => {
      const of = (factor: number) =>
        goals(withTime(size, rtt, name, ratio * limit * factor)).find((one) => one.what === title);
      assert.deepEqual(of(1), { what: title, goal: `≤ ${limit} ×`, measured: `${limit.toFixed(2)} ×`, met: true });
      assert.equal(of(1.02)?.met, false);
    });
  }

  test("compare how many times faster this package is", () => {
    const what = "far, ten registrations, faster than the script one by one";
    const of = (milliseconds: number) =>
      goals(withTime(10, 100, peers.script, milliseconds)).find((one) => one.what === what);
    assert.deepEqual(of(90_000), { what, goal: "≥ 12 ×", measured: "12.0 ×", met: true });
    assert.deepEqual(of(60_000), { what, goal: "≥ 12 ×", measured: "8.0 ×", met: false });
  });

  test("are missed by a write with nothing to do, too many requests, and a late end", () => {
    const counts = { [ours.up]: watched(31), [timings.again]: watched(12, 1) };
    assert.deepEqual(missed(resultsOf(figures(1, 0, { watched: counts, latencies: [501] }))), [
      "requests of this package for one registration",
      "requests of this package with nothing to do, one cluster",
      "writes with nothing to do, one cluster",
      "near, from the Secret to the resource, 1 at once (1 samples, median)",
    ]);
  });

  test("are missed by requests to the management cluster that grow with the clusters", () => {
    const more = { watched: { [timings.again]: watched(13) } };
    assert.deepEqual(goals(resultsOf(figures(5, 0), figures(10, 0, more))).slice(0, 1), [
      {
        what: "near, requests to the management cluster with nothing to do, 5 and 10 clusters",
        goal: "the same number",
        measured: "12 and 13",
        met: false,
      },
    ]);
  });

  test("are printed only for what was measured", () => {
    assert.deepEqual(goals(resultsOf(figures(5, 100))), []);
  });
});
