import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { BackOff, goDuration } from "../../../sandbox/pods/backOff";

describe("back-off of a crashing container", () => {
  /** Lets a container crash this often, `runMs` after each start, and returns the waits in seconds. */
  function waits(backOff: BackOff, crashes: number, runMs: number): number[] {
    const seen: number[] = [];
    let now = 0;
    for (let crash = 0; crash < crashes; crash++) {
      now += runMs;
      const failedAt = now;
      const wait = backOff.remaining(failedAt, now);
      seen.push(wait / 1000);
      now += wait;
      backOff.next(failedAt, now);
    }
    return seen;
  }

  test("the first restart is immediate, then 10 s doubling to 300 s", () => {
    assert.deepEqual(waits(new BackOff(), 8, 100), [0, 10, 20, 40, 80, 160, 300, 300]);
  });

  test("limits can be shortened", () => {
    assert.deepEqual(waits(new BackOff({ initialSeconds: 0.5, maximumSeconds: 1.5 }), 5, 1), [0, 0.5, 1, 1.5, 1.5]);
  });

  test("a run of more than ten minutes starts the back-off over", () => {
    const backOff = new BackOff();
    waits(backOff, 5, 100);
    const start = 1_000_000;
    backOff.next(start, start);
    const failedAt = start + 600_001;
    assert.equal(backOff.remaining(failedAt, failedAt), 0);
    backOff.next(failedAt, failedAt);
    assert.equal(backOff.delay, 10_000);
  });

  test("a run of ten minutes sharp does not", () => {
    const backOff = new BackOff();
    backOff.next(0, 0);
    assert.equal(backOff.remaining(600_000, 600_000), 10_000);
  });

  test("time that has passed since the failure counts", () => {
    const backOff = new BackOff();
    backOff.next(0, 0);
    assert.equal(backOff.remaining(1000, 4000), 7000);
    assert.equal(backOff.remaining(1000, 40_000), 0);
  });
});

test("durations are written as Go writes them", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [500, "500ms"],
    [1500, "1.5s"],
    [10_000, "10s"],
    [80_000, "1m20s"],
    [300_000, "5m0s"],
    [3_600_000, "1h0m0s"],
  ];
  for (const [milliseconds, text] of cases) {
    assert.equal(goDuration(milliseconds), text);
  }
});
