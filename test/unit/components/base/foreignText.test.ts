import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cleanDeep, cleanLine, cleanLines } from "../../../../components/base/foreignText";

describe("text of others as one line", () => {
  for (const [title, text, expected] of [
    ["folds every kind of line break", "a\nb\r\nc\u2028d\u2029e\u0085f\vg", "a b c d e f g"],
    ["drops sequences for terminals", "\u001b[31ma\u001b[0m\u001b]8;;https://x\u0007b\u001b]8;;\u0007\u009b1mc", "abc"],
    ["drops controls", "a\u0000b\u0008c\u007fd\u0090e", "abcde"],
    ["drops what turns the direction of writing", "a\u202eb\u2066c\u2069d\u200fe", "abcde"],
    ["drops what nobody sees", "a\u200bb\u2060c\u00add\u{e0041}e\u3164f\ue000g", "abcdefg"],
    ["drops halves of characters", "a\ud800b", "ab"],
    [
      "defuses commands of GitHub",
      "::error file=a::b ::add-mask::c ##[group]d",
      ": :error file=a::b : :add-mask::c # #[group]d",
    ],
    ["defuses commands of Azure and TeamCity", "##vso[task.x]a ##teamcity[b]", "# #vso[task.x]a # #teamcity[b]"],
    ["defuses the engine's colours", "<{%fg 0%}>a", "< {%fg 0%}>a"],
    [
      "keeps addresses, names of code and letters of any alphabet",
      "[::1]:443 std::vec::Vec é 日本 ✓ — #12",
      "[::1]:443 std::vec::Vec é 日本 ✓ — #12",
    ],
  ] as const) {
    test(title, () => assert.equal(cleanLine(text), expected));
  }

  test("is cut, and takes a short time whatever its length", () => {
    assert.equal(cleanLine("a ".repeat(5_000_000)).length, 1999);
    assert.equal(cleanLine("\u001b[".repeat(5_000_000)), "");
  });
});

test("text of several lines keeps its lines and indentation", () => {
  assert.equal(
    cleanLines("a:\r\n  - b\u001b[1m\n\tc\u202e\n::error::d\u2028\u000be"),
    "a:\n  - b\n    c\n: :error::de",
  );
});

test("each string of a value is cleaned, and nothing else", () => {
  const value = { a: ["x\ny", 1, null], b: { c: "\u200bz", d: true } };
  assert.deepEqual(cleanDeep(value), { a: ["x y", 1, null], b: { c: "z", d: true } });
});
