import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseOptions } from "../../bench/options";

describe("the options", () => {
  test("have defaults: near only", () => {
    const sizes = [1, 5, 10, 20].map((size) => ({ size, rtts: [0] }));
    assert.deepEqual(parseOptions([]), { rounds: 5, sizes, write: false, reprint: false, note: "" });
  });

  test("measure near and far, and a size only near where it says so", () => {
    assert.deepEqual(parseOptions(["--rtt", "100,0"]).sizes, [
      { size: 1, rtts: [0, 100] },
      { size: 5, rtts: [0, 100] },
      { size: 10, rtts: [0, 100] },
      { size: 20, rtts: [0] },
    ]);
  });

  test("measure far alone, without what is only for near", () => {
    assert.deepEqual(parseOptions(["--rtt", "100", "--sizes", "1,20:near"]).sizes, [{ size: 1, rtts: [100] }]);
  });

  test("can be given", () => {
    const given = parseOptions(["--rounds", "3", "--sizes", "2", "--write", "--reprint", "--note", "quiet"]);
    const sizes = [{ size: 2, rtts: [0] }];
    assert.deepEqual(given, { rounds: 3, sizes, write: true, reprint: true, note: "quiet" });
  });

  for (const wrong of [
    ["--rounds", "0"],
    ["--rounds", "1.5"],
    ["--sizes", "1,x"],
    ["--sizes", ""],
    ["--sizes", "0"],
    ["--sizes", "5:far"],
    ["--rtt", "-1"],
    ["--rtt", ""],
    ["--rtt", "10001"],
  ]) {
    test(`are refused: ${wrong.join(" ")}`, () => assert.throws(() => parseOptions(wrong), /usage|argument/));
  }
});
