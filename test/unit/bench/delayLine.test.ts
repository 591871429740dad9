import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DelayLine } from "../../bench/delayLine";
import { ManualClock } from "./manualClock";

describe("a delay line", () => {
  test("delivers after its delay, and not before", () => {
    const { clock, line, arrived } = lineOf(50);
    line.send(() => arrived.push("a"));
    clock.advance(49);
    assert.equal(arrived.length, 0);
    clock.advance(1);
    assert.deepEqual(arrived, ["a"]);
  });

  test("keeps the order, whatever is sent meanwhile", () => {
    const { clock, line, arrived } = lineOf(50);
    for (const name of ["a", "b"]) line.send(() => arrived.push(name));
    clock.advance(30);
    line.send(() => arrived.push("c"));
    clock.advance(20);
    assert.deepEqual(arrived, ["a", "b"]);
    clock.advance(30);
    assert.deepEqual(arrived, ["a", "b", "c"]);
  });

  test("carries any number at once: a thousand need no longer than one", () => {
    const { clock, line, arrived } = lineOf(50);
    const names = Array.from({ length: 1000 }, (_, index) => `${index}`);
    for (const name of names) line.send(() => arrived.push(name));
    clock.advance(50);
    assert.deepEqual(arrived, names);
  });

  test("holds back what comes before it opens", () => {
    const { clock, line, arrived } = lineOf(50, 100);
    line.send(() => arrived.push("a"));
    clock.advance(149);
    assert.equal(arrived.length, 0);
    clock.advance(1);
    assert.deepEqual(arrived, ["a"]);
    line.send(() => arrived.push("b"));
    clock.advance(50);
    assert.deepEqual(arrived, ["a", "b"]);
  });

  test("without a delay delivers at once", () => {
    const { line, arrived } = lineOf(0);
    line.send(() => arrived.push("a"));
    assert.deepEqual(arrived, ["a"]);
  });

  test("waits again when its timer comes early", () => {
    const { clock, line, arrived } = lineOf(50);
    line.send(() => arrived.push("a"));
    clock.fireEarly(10);
    assert.equal(arrived.length, 0);
    clock.advance(10);
    assert.deepEqual(arrived, ["a"]);
  });

  test("that is cut delivers nothing more and leaves no timer", () => {
    const { clock, line, arrived } = lineOf(50);
    line.send(() => arrived.push("a"));
    line.cut();
    assert.equal(clock.waiting, 0);
    clock.advance(100);
    assert.equal(arrived.length, 0);
  });
});

function lineOf(delayMs: number, opensAt = 0): { clock: ManualClock; line: DelayLine; arrived: string[] } {
  const clock = new ManualClock();
  return { clock, line: new DelayLine(clock, delayMs, opensAt), arrived: [] };
}
