import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { causeOfPart, causeOfProblem, inOrderOfCauses } from "../../../../components/health/consequences";
import { healthParts } from "../../../../components/health/part";

const problem = (code: string, what = code) => ({ code, what });
const gone = problem("GMR312", "The namespace gloo-mesh of this registration is gone");
const noNamespace = problem(
  "GMR117",
  'The API server answered 404 to POST /api/v1/namespaces/gloo-mesh/secrets: namespaces "gloo-mesh" not found',
);

describe("what a problem follows from", () => {
  /** The code of the problem, those beside it, and the one that explains it. */
  const cases: readonly (readonly [code: string, others: readonly string[], cause: string | undefined])[] = [
    ["GMR504", ["GMR312"], "GMR312"],
    ["GMR503", ["GMR227", "GMR504"], "GMR504"],
    ["GMR503", ["GMR312", "GMR319"], "GMR319"],
    ["GMR501", ["GMR503"], "GMR503"],
    ["GMR501", ["GMR212"], undefined],
    ["GMR508", ["GMR501", "GMR227"], "GMR227"],
    ["GMR227", ["GMR503", "GMR501"], undefined],
    ["GMR312", ["GMR504", "GMR503"], undefined],
    ["GMR116", ["GMR312"], undefined],
  ];
  for (const [code, others, cause] of cases) {
    test(`${code} beside ${others.join(", ")}: ${cause ?? "nothing"}`, () => {
      assert.equal(
        causeOfProblem(
          problem(code),
          others.map((other) => problem(other)),
        )?.code,
        cause,
      );
    });
  }

  test("a write that finds no namespace follows from what deleted it, another error of the API server does not", () => {
    assert.equal(causeOfProblem(noNamespace, [gone]), gone);
    assert.equal(causeOfProblem(problem("GMR117", "The API server answered 500 to GET /api/v1"), [gone]), undefined);
  });

  test("a problem does not follow from itself", () => {
    for (const code of ["GMR312", "GMR504", "GMR501", "GMR508"]) {
      assert.equal(causeOfProblem(problem(code), [problem(code)]), undefined);
    }
  });
});

test("each problem comes behind what explains it, the others stay in their order", () => {
  const codes = ["GMR508", "GMR116", "GMR501", "GMR504", "GMR312", "GMR212"].map((code) => problem(code));
  assert.deepEqual(
    inOrderOfCauses(codes).map(({ code }) => code),
    ["GMR116", "GMR312", "GMR212", "GMR504", "GMR501", "GMR508"],
  );
});

test("a part follows only from one that is judged before it", () => {
  for (const [index, part] of healthParts.entries()) {
    const later = healthParts.slice(index);
    assert.equal(
      causeOfPart(part, (one) => later.includes(one)),
      undefined,
      part,
    );
  }
});
