import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatProblem } from "../../../../../components/base/problems";
import { ignorableCodes, ignoreFaults } from "../../../../../components/preflight/findings/finding";

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
