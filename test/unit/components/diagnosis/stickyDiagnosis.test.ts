import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CauseId } from "../../../../components/diagnosis/causes";
import { conclude } from "../../../../components/diagnosis/diagnosis";
import { stickyDiagnosis } from "../../../../components/diagnosis/stickyDiagnosis";
import { place } from "./fixtures/fixture";

const of = (id: CauseId) => conclude({ id, evidence: `evidence of ${id}` }, place);

describe("the diagnosis after a further look", () => {
  for (const inBetween of ["crash", "unknown", "starting"] as const) {
    test(`stays a cause on the way to the relay server when the look finds only "${inBetween}"`, () => {
      assert.equal(stickyDiagnosis(of("san-mismatch"), of(inBetween)).id, "san-mismatch");
    });
  }

  for (const inBetween of ["unknown", "starting"] as const) {
    test(`stays a crash for one look that finds only "${inBetween}": the next pod has no exit yet`, () => {
      assert.equal(stickyDiagnosis(of("crash"), of(inBetween), of("crash")).id, "crash");
      assert.equal(stickyDiagnosis(of("crash"), of(inBetween), of(inBetween)).id, inBetween);
    });
  }

  test("is the newest where that is definite", () => {
    assert.equal(stickyDiagnosis(of("refused"), of("plaintext-mismatch")).id, "plaintext-mismatch");
    assert.equal(stickyDiagnosis(of("refused"), of("panic")).id, "panic");
    const again = conclude({ id: "crash", evidence: "exit code 4, 2 restarts" }, place);
    assert.equal(stickyDiagnosis(of("crash"), again, of("crash")), again);
  });

  test("drops faults of a pod that runs now", () => {
    assert.equal(stickyDiagnosis(of("image-not-found"), of("unknown")).id, "unknown");
    assert.equal(stickyDiagnosis(of("unschedulable"), of("crash")).id, "crash");
  });

  test("is the first one at first", () => assert.equal(stickyDiagnosis(undefined, of("unknown")).id, "unknown"));
});
