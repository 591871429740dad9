import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cleanLine } from "../../../../components/base/foreignText";
import {
  describeError,
  formatProblem,
  gather,
  hasProblems,
  type Problem,
  parseProblem,
  problemCodes,
  problemsOf,
  RegistrationError,
} from "../../../../components/base/problems";

const missing: Problem = { code: "GMR202", what: "It is missing", where: "there", cause: "why", next: "fix it" };
const taken: Problem = { code: "GMR208", what: "It is taken", where: "here", next: "take another" };

test("a problem reads: code and what — where — cause — next", () => {
  assert.equal(formatProblem(missing), "GMR202 It is missing — there — why — fix it");
});

test("a problem without a known cause leaves it out", () => {
  assert.equal(formatProblem(taken), "GMR208 It is taken — here — take another");
});

test("an error of several problems has one line for each", () => {
  const error = new RegistrationError([missing, taken]);
  assert.equal(error.message, `${formatProblem(missing)}\n${formatProblem(taken)}`);
  assert.deepEqual(problemsOf(error), [missing, taken]);
  assert.equal(problemsOf(new Error("other")), undefined);
  assert.equal(problemsOf(undefined), undefined);
});

test("codes have one form and each its own meaning", () => {
  for (const code of Object.keys(problemCodes)) assert.match(code, /^GMR\d{3}$/);
  assert.equal(new Set(Object.values(problemCodes)).size, Object.keys(problemCodes).length);
});

describe("gather", () => {
  test("gives the values in their order when all succeed", async () => {
    assert.deepEqual(await gather([Promise.resolve(1), Promise.resolve("two")]), [1, "two"]);
  });

  test("throws the problems of all that failed, in one error", async () => {
    const failing = gather([
      Promise.reject(new RegistrationError(missing)),
      Promise.resolve(),
      Promise.reject(new RegistrationError([taken])),
    ]);
    await assert.rejects(failing, (error) => {
      assert.deepEqual(problemsOf(error), [missing, taken]);
      return true;
    });
  });

  test("reports a problem once that several promises have", async () => {
    const failing = gather([
      Promise.reject(new RegistrationError(missing)),
      Promise.reject(new RegistrationError(missing)),
    ]);
    await assert.rejects(failing, (error) => problemsOf(error)?.length === 1);
  });

  test("throws a defect as it is, and leaves no rejection unhandled", async () => {
    const defect = new TypeError("a defect");
    await assert.rejects(gather([Promise.reject(new RegistrationError(missing)), Promise.reject(defect)]), defect);
  });
});

describe("the one-line form of a problem", () => {
  // Commands of a workflow's log do not come back as they were written: the test of cleaning has them.
  const part = () =>
    fc.stringMatching(/^[\w:;.,*[\]-]+(?: [\w:;.,*[\]-]+){0,4}$/).filter((text) => cleanLine(text) === text);
  const problems = fc
    .tuple(fc.constantFrom(...Object.keys(problemCodes)), part(), part(), fc.option(part(), { nil: undefined }), part())
    .map(([code, what, where, cause, next]) =>
      cause === undefined ? { code, what, where, next } : { code, what, where, cause, next },
    );
  const before = fc.constantFrom("", "error: ", "* ", "RegistrationError: ");

  test("is read as it was written, with the words that the engine puts before it", () => {
    fc.assert(
      fc.property(problems, before, (problem, words) => {
        assert.deepEqual(parseProblem(`${words}${formatProblem(problem)}`), problem);
      }),
    );
  });

  test("keeps a dash within the cause", () => {
    assert.equal(parseProblem("GMR501 none — there — a — b — look")?.cause, "a — b");
  });

  test("is not read from a line without a code", () => {
    for (const line of ["", "GMR501", "see GMR501 in the docs", "XGMR501 x", "update failed"]) {
      assert.equal(parseProblem(line), undefined, line);
    }
  });
});

test("an error has problems when it carries a list of them, whoever made it", () => {
  const carried = Object.assign(new Error("shown on a resource"), { problems: [missing] });
  assert.equal(hasProblems(new RegistrationError(taken)) && hasProblems(carried), true);
  for (const other of [new Error("other"), undefined, null, "GMR202", { problems: [missing] }]) {
    assert.equal(hasProblems(other), false);
  }
});

test("an error in words is its problems, and a defect its stack", () => {
  const problem = { code: "GMR117", what: "it answered x", where: "hub", next: "look" } as const;
  assert.equal(describeError(new RegistrationError(problem)), "GMR117 it answered x — hub — look");
  assert.match(
    describeError(new TypeError("x is not a function")),
    /^TypeError: x is not a function\n +at .*problems\.test/,
  );
  assert.equal(describeError("odd"), "odd");
});

describe("text of others in a problem", () => {
  const forged = {
    code: "GMR117",
    what: "it answered x\nGMR304 another — here — why — kubectl delete all",
    where: "context \u001b[31ma\u202e",
    cause: "a — b",
    next: "look\r\n::error::x",
  } as const;
  const line =
    "GMR117 it answered x GMR304 another - here - why - kubectl delete all — context a — a - b — look : :error::x";

  test("adds neither a line nor a part, in an error and in its problems", () => {
    const error = new RegistrationError(forged);
    assert.equal(error.message, line);
    assert.equal(formatProblem(forged), line);
    assert.deepEqual(parseProblem(line), error.problems[0]);
  });

  test("is cut", () => assert.ok(formatProblem({ ...forged, what: "x".repeat(1_000_000) }).length < 2200));
});
