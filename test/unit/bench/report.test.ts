import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ours, peers } from "../../bench/contestants";
import { durations } from "../../bench/duration";
import { replaceBetween, seconds, table } from "../../bench/markdown";
import { report } from "../../bench/report";
import type { Results } from "../../bench/results";
import { costs } from "../../bench/scale";
import { summarise } from "../../bench/statistics";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { figures, resultsOf } from "./figures";

const sizes = [figures(1, 0), figures(1, 100), figures(10, 0), figures(10, 100), figures(20, 0)];

describe("the costs of large fleets", () => {
  test("are straight lines through the sizes", () => {
    const plugins = costs(resultsOf(...sizes)).find(({ what }) => what === "plugin processes");
    assert.ok(Math.abs((plugins?.line.each ?? 0) - 1) < 1e-9);
  });

  test("are not guessed from one size, nor from one size near and one far", () => {
    assert.deepEqual(costs(resultsOf(figures(5, 0))), []);
    assert.deepEqual(costs(resultsOf(figures(5, 0), figures(10, 100))), []);
  });
});

describe("the report", () => {
  const text = report(resultsOf(...sizes));

  test("has every part, and rows as wide as their head", () => {
    for (const part of ["Goals", "Time to register", "Requests and connections", "Memory", "State", "Scale"])
      assert.match(text, new RegExp(`### ${part}`));
    for (const block of text.split("\n\n").filter((part) => part.startsWith("|"))) {
      const widths = block.split("\n").map((line) => line.split(" | ").length);
      assert.equal(new Set(widths).size, 1, block);
    }
  });

  test("shows near and far side by side, and nothing where a contestant did not take part", () => {
    const { [peers.meshctl]: _, ...times } = figures(1, 0).times;
    const lines = report(resultsOf(figures(1, 0, { times }), figures(1, 100), figures(20, 0))).split("\n");
    assert.ok(lines.includes("|  | 1, near | 1, far (100 ms) | 20, near |"));
    const cells = "24.0 s (24.0–24.0) | 320.0 s (320.0–320.0)";
    assert.ok(lines.includes(`| ${peers.meshctl} |  | ${cells} |`), lines.join("\n"));
  });

  test("has no row for what took no part anywhere", () => {
    const { [peers.meshctl]: _, ...times } = figures(1, 0).times;
    assert.ok(!report(resultsOf(figures(1, 0, { times }))).includes("| meshctl |"));
  });

  test("counts requests and handshakes of the management cluster and of each remote cluster", () => {
    assert.ok(text.includes(`| 10, far (100 ms), ${ours.up} | 30 | 30 | 2 | 1 | 0.0 | 0.0 | 0.3 | 0.0 |`));
  });

  test("has the median with its ends", () => {
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

describe("the documents", () => {
  const read = (file: string) => readFileSync(join(repositoryRoot(), "docs", file), "utf8");
  const results = JSON.parse(read("engineering/performance.json")) as Results;

  test("have the tables of docs/engineering/performance.json; npm run bench -- --reprint --write makes them again", () => {
    const [performance, duration] = [read("engineering/performance.md"), read("explanation/duration.md")];
    assert.ok(
      performance === replaceBetween(performance, "figures", report(results)),
      "docs/engineering/performance.md",
    );
    assert.ok(duration === replaceBetween(duration, "durations", durations(results)), "docs/explanation/duration.md");
  });
});
