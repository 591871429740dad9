import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatProblem, type ProblemCode, problemsOf } from "../../../../../components/base/problems";
import {
  type Finding,
  ignorableCodes,
  ignoreFaults,
  settle,
} from "../../../../../components/preflight/findings/finding";

const finding = (code: ProblemCode, severity: Finding["severity"]): Finding => ({
  code,
  severity,
  what: `what of ${code}`,
  where: "where",
  next: "next",
});

/** The codes with which it fails. */
function codesOf(settling: () => unknown): string[] {
  try {
    settling();
  } catch (error) {
    return (problemsOf(error) ?? []).map(({ code }) => code);
  }
  return [];
}

describe("settle", () => {
  test("throws all errors at once and leaves warnings out of them", () => {
    const findings = [finding("GMR210", "error"), finding("GMR212", "warning"), finding("GMR304", "error")];
    assert.deepEqual(
      codesOf(() => settle(findings, new Set())),
      ["GMR210", "GMR304"],
    );
  });

  test("returns warnings as notices", () => {
    const warning = finding("GMR212", "warning");
    assert.deepEqual(settle([warning], new Set()), [formatProblem(warning)]);
  });

  test("an ignored error is told all the same", () => {
    const error = finding("GMR210", "error");
    assert.deepEqual(settle([error], new Set(["GMR210"])), [`ignored: ${formatProblem(error)}`]);
  });

  test("an error that cannot be ignored stays one", () => {
    assert.deepEqual(
      codesOf(() => settle([finding("GMR304", "error")], new Set(["GMR304"]))),
      ["GMR304"],
    );
  });
});

describe("GMR011: checks that cannot be ignored", () => {
  test("none for the codes that can be", () => {
    assert.deepEqual(ignoreFaults([...ignorableCodes]), []);
    assert.deepEqual(ignoreFaults([]), []);
  });

  test("a known code that guards what others own", () => {
    const [fault, ...more] = ignoreFaults(["GMR303", "GMR303"]);
    assert.equal(more.length, 0);
    assert.match(fault ? formatProblem(fault) : "", /^GMR011 .*"GMR303".*namespace belongs to somebody else.*GMR116/);
  });

  test("an unknown code, and names of Object", () => {
    for (const code of ["GMR999", "gmr210", "", "toString", "__proto__", "constructor"]) {
      assert.match(ignoreFaults([code])[0]?.cause ?? "", /there is no problem with this code/, code);
    }
  });

  test("over all texts: a fault exactly for those that cannot be ignored, in one line", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (code) => {
        const faults = ignoreFaults([code]);
        assert.equal(faults.length, (ignorableCodes as ReadonlySet<string>).has(code) ? 0 : 1);
        for (const fault of faults) assert.doesNotMatch(formatProblem(fault), /\n/);
      }),
    );
  });
});
