import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ours } from "../../bench/contestants";
import { durations } from "../../bench/duration";
import { figures, resultsOf } from "./figures";

const rows = (text: string) => text.split("\n").filter((line) => /^\| \d/.test(line));

describe("the page of durations", () => {
  test("has three numbers for each size, near and far", () => {
    const sizes = [1, 10, 50].flatMap((size) => [figures(size, 0), figures(size, 100)]);
    assert.deepEqual(rows(durations(resultsOf(...sizes))), [
      "| 1, near | 5.0 s | 2.0 s | 7.0 s |",
      "| 10, near | 5.0 s | 2.0 s | 7.0 s |",
      "| 50, near | 5.0 s | 2.0 s | 7.0 s |",
      "| 1, far (100 ms) | 7.5 s | 3.0 s | 11 s |",
      "| 10, far (100 ms) | 7.5 s | 3.0 s | 11 s |",
      "| 50, far (100 ms) | 7.5 s | 3.0 s | 11 s |",
    ]);
  });

  test("says what was not measured, and calculates it only from two sizes at that distance", () => {
    const slower = { times: { ...figures(10, 0).times, [ours.up]: [14_000] } };
    const text = durations(resultsOf(figures(1, 0), figures(10, 0, slower), figures(1, 100)));
    assert.deepEqual(
      rows(text).map((row) => row.split(" | ").slice(0, 2).join(": ")),
      [
        "| 1, near: 5.0 s",
        "| 10, near: 14 s",
        "| 50, near: not measured, about 54 s",
        "| 1, far (100 ms): 7.5 s",
        "| 10, far (100 ms): not measured",
        "| 50, far (100 ms): not measured",
      ],
    );
  });
});
