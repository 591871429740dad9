import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cleanLine } from "../../../../components/base/foreignText";
import {
  formatPlan,
  type PlanAction,
  type PlanSign,
  parsePlan,
  planLines,
} from "../../../../components/plan/planMessage";

const actions = ["register", "change", "unchanged", "deregister"] as const satisfies readonly PlanAction[];
const signs = ["+", "~", "-", " "] as const satisfies readonly PlanSign[];

describe("a plan as a message", () => {
  test("carries the action and the headline in its first line, and Pulumi's signs before the details", () => {
    const lines = [
      { sign: "+", text: "namespace gloo-mesh" },
      { sign: " ", text: "known only in the run: agent.values.x" },
    ] as const;
    assert.equal(
      formatPlan({ action: "register", headline: "cluster-1 (new) · agent 1.0.4", lines }),
      "plan: register cluster-1 (new) · agent 1.0.4\n  + namespace gloo-mesh\n    known only in the run: agent.values.x",
    );
  });

  test("says each action in fixed words", () => {
    const first = (action: PlanAction) => formatPlan({ action, headline: "cluster-1", lines: [] });
    assert.deepEqual(actions.map(first), [
      "plan: register cluster-1",
      "plan: change cluster-1",
      "plan: up to date: cluster-1",
      "plan: deregister cluster-1",
    ]);
  });

  test("is read as it was written, whatever its texts are", () => {
    // What a log would take for a command is written otherwise: see the next test.
    const text = () => fc.stringMatching(/^[^\s]+(?: [^\s]+){0,3}$/).map(cleanLine);
    const line = fc.tuple(fc.constantFrom(...signs), text()).map(([sign, text]) => ({ sign, text }));
    const plans = fc
      .tuple(fc.constantFrom(...actions), text(), fc.array(line, { maxLength: 4 }))
      .map(([action, headline, lines]) => ({ action, headline, lines }));
    fc.assert(fc.property(plans, (plan) => assert.deepEqual(parsePlan(`${formatPlan(plan)}\n`), plan)));
  });

  test("has no text that a pipeline's log takes for a command", () => {
    const plan = { action: "register", headline: "! ##[error]", lines: [] } as const;
    assert.deepEqual(planLines(plan), ["register ! # #[error]"]);
  });

  test("has one line for each text, also for one with line breaks", () => {
    const plan = { action: "change", headline: "a\nb", lines: [{ sign: "~", text: "c\n\td" }] } as const;
    assert.deepEqual(planLines(plan), ["change a b", "~ c d"]);
  });

  test("is not read from another message", () => {
    for (const message of ["", "plan:", "plan:\n  first", "plan: replace cluster-1", "a plan: change cluster-1"]) {
      assert.equal(parsePlan(message), undefined, message);
    }
  });
});
