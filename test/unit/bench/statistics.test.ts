import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { at, lineThrough, summarise } from "../../bench/statistics";

describe("a series of measurements", () => {
  test("is told by its median, its ends and its 95th part", () => {
    const values = Array.from({ length: 101 }, (_, index) => index);
    assert.deepEqual(summarise(values), { count: 101, median: 50, minimum: 0, maximum: 100, p95: 95 });
  });

  test("of an even number has its median between the two in the middle", () => {
    assert.equal(summarise([4, 1, 3, 2]).median, 2.5);
  });

  test("of one is that one", () => {
    assert.deepEqual(summarise([7]), { count: 1, median: 7, minimum: 7, maximum: 7, p95: 7 });
  });

  test("without any is refused", () => {
    assert.throws(() => summarise([]), /no measurement/);
  });

  test("is told the same in whatever order it comes, and is left as it is", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (values) => {
        const before = [...values];
        const summary = summarise(values);
        assert.deepEqual(values, before);
        assert.deepEqual(summarise([...values].reverse()), summary);
        assert.ok(summary.minimum <= summary.median && summary.median <= summary.p95 && summary.p95 <= summary.maximum);
      }),
    );
  });
});

describe("a line through measurements", () => {
  test("is found again when they lie on one", () => {
    const line = lineThrough([1, 5, 20].map((x) => [x, 3 + 2 * x] as const));
    assert.ok(Math.abs(line.base - 3) < 1e-9 && Math.abs(line.each - 2) < 1e-9);
    assert.ok(Math.abs(at(line, 1000) - 2003) < 1e-6);
  });

  test("is flat through one", () => {
    assert.deepEqual(lineThrough([[5, 10]]), { base: 10, each: 0 });
  });
});
