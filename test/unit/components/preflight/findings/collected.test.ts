import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  formatProblem,
  type Problem,
  type ProblemCode,
  problemsOf,
  RegistrationError,
} from "../../../../../components/base/problems";
import { Collected } from "../../../../../components/preflight/findings/collected";
import type { Finding } from "../../../../../components/preflight/findings/finding";

const problem = (code: ProblemCode, where = "here"): Problem => ({
  code,
  what: `what of ${code}`,
  where,
  next: "mend it",
});
const finding = (code: ProblemCode, severity: Finding["severity"], where = "here"): Finding => ({
  ...problem(code, where),
  severity,
});
const failing = (...problems: Problem[]) => Promise.reject(new RegistrationError(problems));

function codesOf(collected: Collected, ignored: readonly string[] = []): readonly string[] {
  try {
    collected.settle(ignored);
  } catch (error) {
    return (problemsOf(error) ?? []).map(({ code }) => code);
  }
  return [];
}

describe("what the checks find", () => {
  test("is told at once: what could not be looked at, and what was found", async () => {
    const collected = new Collected();
    assert.equal(await collected.take(failing(problem("GMR202"), problem("GMR205"))), undefined);
    await collected.check(failing(problem("GMR117")));
    await collected.check(Promise.resolve([finding("GMR303", "error")]));
    assert.deepEqual(codesOf(collected), ["GMR202", "GMR205", "GMR117", "GMR303"]);
  });

  test("is told once, however many looks have met it", async () => {
    const collected = new Collected();
    for (let look = 0; look < 3; look++) await collected.take(failing(problem("GMR112")));
    collected.add([finding("GMR304", "error"), finding("GMR304", "error", "elsewhere")]);
    assert.deepEqual(codesOf(collected), ["GMR112", "GMR304", "GMR304"]);
  });

  test("is notices where nothing stops the run, the ignored ones among them", async () => {
    const collected = new Collected();
    assert.equal(await collected.take(Promise.resolve("value")), "value");
    collected.add([finding("GMR212", "warning"), finding("GMR226", "error")]);
    const notices = collected.settle(["GMR226"]);
    assert.deepEqual(
      notices.map((notice) => notice.slice(0, notice.indexOf(" what"))),
      ["GMR212", "ignored: GMR226"],
    );
  });

  test("errors alone where one stops the run; a code that cannot be ignored stays one", () => {
    const collected = new Collected();
    collected.add([finding("GMR210", "error"), finding("GMR212", "warning"), finding("GMR304", "error")]);
    collected.add(undefined);
    assert.deepEqual(codesOf(collected, ["GMR304"]), ["GMR210", "GMR304"]);
  });

  test("notices in full", () => {
    const collected = new Collected();
    collected.add(finding("GMR212", "warning"));
    collected.add(finding("GMR210", "error"));
    assert.deepEqual(collected.settle(["GMR210"]), [
      formatProblem(problem("GMR212")),
      `ignored: ${formatProblem(problem("GMR210"))}`,
    ]);
  });

  test("what could not be looked at cannot be ignored", async () => {
    const collected = new Collected();
    await collected.take(failing(problem("GMR209")));
    assert.deepEqual(codesOf(collected, ["GMR209"]), ["GMR209"]);
  });

  test("a defect goes out as it is", async () => {
    const defect = new TypeError("x is not a function");
    await assert.rejects(new Collected().take(Promise.reject(defect)), defect);
  });
});

describe("missing rights", () => {
  async function refused(severity: Finding["severity"]): Promise<Collected> {
    const collected = new Collected();
    collected.add([finding("GMR116", severity, "hub")]);
    await collected.take(failing({ ...problem("GMR116", "hub"), what: "a single refusal" }));
    await collected.take(failing({ ...problem("GMR116", "remote"), what: "another cluster's" }));
    return collected;
  }

  test("of a cluster are told in one finding, and its single refusals add nothing", async () => {
    assert.deepEqual(codesOf(await refused("error")), ["GMR116", "GMR116"]);
  });

  test("are told by the refusals where the finding is ignored or but a warning", async () => {
    assert.deepEqual(codesOf(await refused("error"), ["GMR116"]), ["GMR116", "GMR116"]);
    assert.deepEqual(codesOf(await refused("warning")), ["GMR116", "GMR116"]);
  });
});
