import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ours } from "../../bench/contestants";
import { goals } from "../../bench/goals";
import { replaceBetween, seconds, table } from "../../bench/markdown";
import { parseOptions } from "../../bench/options";
import { report } from "../../bench/report";
import { type Results, type SizeResults, timings } from "../../bench/results";
import { costs } from "../../bench/scale";
import { summarise } from "../../bench/statistics";

const reads = { sender: "ours", cluster: "management", verbs: { get: 6 }, total: 6 } as const;
const usage = { role: "kubernetes plugin", processes: 2, largestMiB: 80, sumMiB: 160, cpuSeconds: 0.5 } as const;

/** Figures of a size that grow with it, and meet all goals but those that `more` changes. */
function figures(size: number, more: Partial<SizeResults> = {}): SizeResults {
  const one = { requests: [reads], usage: [{ ...usage, processes: size + 1, sumMiB: 80 * (size + 1) }] };
  return {
    size,
    plugin: "stand-in",
    times: {
      "the guide's script": [3000 * size],
      [ours.up]: [2000 + 100 * size],
      [timings.again]: [1200],
      [timings.empty]: [1000],
      [timings.destroy]: [900],
    },
    latencies: [100, 200, 300],
    phases: [[{ name: "total", milliseconds: 2000 }]],
    watched: { [ours.up]: one, [timings.again]: one },
    stateBytes: 40_000 * size,
    providerBytes: 1500 * size,
    ...more,
  };
}

function resultsOf(...sizes: SizeResults[]): Results {
  const machine = {
    date: "2026-01-01",
    processors: "2 × p",
    memoryGiB: 24,
    system: "linux",
    loads: [0.1],
    versions: {},
    note: "",
  };
  return { machine, rounds: 7, sizes };
}

const missed = (results: Results) => goals(results).flatMap(({ what, met }) => (met ? [] : [what]));

describe("the goals", () => {
  test("are met by figures that meet them", () => {
    assert.deepEqual(missed(resultsOf(figures(1), figures(20))), []);
  });

  test("are missed by a registration as slow as the script, or an idle run that is not idle", () => {
    const slow = { "the guide's script": [3000], [ours.up]: [3000], [timings.again]: [1400], [timings.empty]: [1000] };
    assert.deepEqual(missed(resultsOf(figures(1, { times: slow }))), [
      "one registration, against the guide's script",
      "`up` without changes, against an empty program",
    ]);
  });

  test("are missed by a write of an idle run, too many requests, and a late end", () => {
    const writing = { requests: [{ ...reads, verbs: { get: 40, patch: 1 }, total: 41 }], usage: [usage] };
    const watched = { [ours.up]: writing, [timings.again]: writing };
    assert.deepEqual(missed(resultsOf(figures(1, { watched, latencies: [501] }))), [
      "writes of an `up` without changes",
      "requests of this package for one registration",
      "from the Secret to the resource, 1 at once (1 samples, median)",
    ]);
  });

  test("are told only for what was measured", () => {
    assert.equal(goals(resultsOf(figures(5))).length, 1);
  });
});

describe("the costs of large fleets", () => {
  test("are straight lines through the sizes", () => {
    const plugins = costs(resultsOf(figures(1), figures(20))).find(({ what }) => what === "plugin processes");
    assert.ok(Math.abs((plugins?.line.each ?? 0) - 1) < 1e-9);
  });

  test("are not guessed from one size", () => {
    assert.deepEqual(costs(resultsOf(figures(5))), []);
  });
});

describe("the report", () => {
  test("has every part, and rows as wide as their head", () => {
    const text = report(resultsOf(figures(1), figures(20)));
    for (const part of ["Goals", "Time to register", "Requests", "Memory", "State", "Scale"])
      assert.match(text, new RegExp(`### ${part}`));
    for (const block of text.split("\n\n").filter((part) => part.startsWith("|"))) {
      const widths = block.split("\n").map((line) => line.split(" | ").length);
      assert.equal(new Set(widths).size, 1, block);
    }
  });

  test("tells the median with its ends", () => {
    assert.equal(seconds(summarise([1000, 3000, 2000])), "2.0 s (1.0–3.0)");
    assert.equal(seconds(summarise([120])), "0.12 s (0.12–0.12)");
  });

  test("has tables whose figures stand to the right", () => {
    assert.equal(table(["", "a"], [["b", "1"]]), "|  | a |\n| --- | ---: |\n| b | 1 |");
  });

  test("takes the place between its marks and leaves the rest", () => {
    const document = "before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter";
    const changed = replaceBetween(document, "figures", "new");
    assert.equal(changed, "before\n<!-- figures: begin -->\n\nnew\n\n<!-- figures: end -->\nafter");
    assert.equal(replaceBetween(changed, "figures", "new"), changed);
    assert.throws(() => replaceBetween("nothing", "figures", "new"), /no place/);
  });
});

describe("the options", () => {
  test("have defaults", () => {
    assert.deepEqual(parseOptions([]), { rounds: 7, sizes: [1, 5, 20], write: false, note: "" });
  });

  test("can be given", () => {
    const given = parseOptions(["--rounds", "3", "--sizes", "2", "--write", "--note", "quiet"]);
    assert.deepEqual(given, { rounds: 3, sizes: [2], write: true, note: "quiet" });
  });

  for (const wrong of [
    ["--rounds", "0"],
    ["--sizes", "1,x"],
    ["--sizes", ""],
  ]) {
    test(`are refused: ${wrong.join(" ")}`, () => assert.throws(() => parseOptions(wrong), /usage/));
  }
});
