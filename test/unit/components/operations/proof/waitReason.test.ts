import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { conclude } from "../../../../../components/diagnosis/diagnosis";
import type { Stage } from "../../../../../components/operations/proof/proofRun";
import { type WaitState, waitReason } from "../../../../../components/operations/proof/waitReason";
import { place } from "../../diagnosis/fixtures/fixture";

const stage = (code: Stage["code"], waiting: string, cause?: string): Stage => ({
  code,
  what: "a sentence",
  waiting,
  ...(cause === undefined ? {} : { cause }),
});
const noCertificate = stage("GMR501", "no certificate yet");
const refused = conclude({ id: "refused", evidence: "cannot dial: EOF", error: "EOF" }, place);
const scaled = conclude({ id: "scaled-to-zero" }, place);
const silent = conclude({ id: "unknown", evidence: "starting" }, place);
const state = (changes: Partial<WaitState> = {}): WaitState => ({
  stage: noCertificate,
  trouble: undefined,
  diagnosis: silent,
  silentSeconds: 0,
  ...changes,
});
const never = Number.POSITIVE_INFINITY;

describe("the reason of a wait", () => {
  test("is the agent's cause, with its evidence or, shorter, its error", () => {
    assert.deepEqual(waitReason(state({ diagnosis: refused })), {
      kind: "refused",
      forms: ["refused: cannot dial: EOF", "refused: EOF"],
      settleSeconds: 0,
    });
  });

  test("is a sentence for a cause without evidence", () => {
    assert.equal(
      waitReason(state({ diagnosis: scaled })).forms[0],
      "scaled-to-zero: the agent's Deployment is scaled to 0",
    );
  });

  test("is what the agent last said, and not called unknown before 30 s without a cause", () => {
    const reasons = [0, 29, 30].map((silentSeconds) => waitReason(state({ silentSeconds })));
    assert.deepEqual(
      reasons.map(({ kind, forms, settleSeconds }) => [kind, forms[0], settleSeconds]),
      [
        ["no certificate yet", "no certificate yet: starting", never],
        ["no certificate yet", "no certificate yet: starting", never],
        ["unknown", "unknown: starting", never],
      ],
    );
  });

  test("says that the agent has logged nothing, but not before the first look", () => {
    const logless = conclude({ id: "unknown" }, place);
    assert.equal(
      waitReason(state({ diagnosis: logless, silentSeconds: 40 })).forms[0],
      "unknown: the agent has logged nothing",
    );
    assert.deepEqual(waitReason(state({ diagnosis: undefined })).forms, ["no certificate yet"]);
  });

  test("is the step itself where that knows why, or does not wait for the agent", () => {
    const steps = [
      stage("GMR501", "waiting for the Secret a/b", "it must be provided"),
      stage("GMR503", "older pods not gone yet: a", "a is being deleted"),
      stage("GMR502", "not acceptable: it is expired"),
      stage("GMR505", "removing the bootstrap token"),
      stage("GMR508", "the relay server does not count the agent", "0"),
    ];
    for (const one of steps) {
      assert.deepEqual(waitReason(state({ stage: one, diagnosis: refused })), {
        kind: one.waiting,
        forms: [one.waiting],
        settleSeconds: 3,
      });
    }
  });

  test("is the connection to the API server while that is broken", () => {
    const trouble = { code: "GMR111", what: "The API server does not answer", where: "", next: "" } as const;
    assert.deepEqual(waitReason(state({ trouble, diagnosis: refused })), {
      kind: "GMR111",
      forms: ["GMR111 The API server does not answer"],
      settleSeconds: 3,
    });
  });
});
