import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WaitReason } from "../../../../../components/operations/proof/waitReason";
import { WaitSchedule } from "../../../../../components/operations/proof/waitSchedule";

const reason = (kind: string, settleSeconds = 0): WaitReason => ({ kind, forms: [kind], settleSeconds });

/** The seconds at which a wait is reported, each with its kind, if it is looked at every second. */
function reported(seconds: number, reasonAt: (second: number) => WaitReason): string[] {
  const schedule = new WaitSchedule();
  return Array.from({ length: seconds + 1 }, (_, second) => second).flatMap((second) => {
    const present = reasonAt(second);
    return schedule.isDue(second, present) ? [`${second} ${present.kind}`] : [];
  });
}

describe("a wait is reported", () => {
  test("at once for a new reason, and again at 10, 30, 60 s and each further minute", () => {
    assert.deepEqual(
      reported(200, (second) => reason(second < 3 ? "a" : "b")),
      ["0 a", "3 b", "10 b", "30 b", "60 b", "120 b", "180 b"],
    );
  });

  test("once more where a reason returns", () => {
    const kinds = ["a", "a", "b", "a"];
    assert.deepEqual(
      reported(5, (second) => reason(kinds[second] ?? "a")),
      ["0 a", "2 b", "3 a"],
    );
  });

  test("when its reason has settled, or with a repetition", () => {
    assert.deepEqual(
      reported(13, (second) => reason(second < 9 ? "a" : "b", 3)),
      ["3 a", "10 b"],
    );
  });

  test("with repetitions alone for a reason that never settles", () => {
    assert.deepEqual(
      reported(35, () => reason("a", Number.POSITIVE_INFINITY)),
      ["10 a", "30 a"],
    );
  });

  test("not for a reason that passes before it has settled, which restarts the settling of the next", () => {
    assert.deepEqual(
      reported(8, (second) => reason(second % 2 === 0 ? "a" : "b", 3)),
      [],
    );
  });

  test("once at a repetition that was missed, and not again while the clock is set back", () => {
    const schedule = new WaitSchedule();
    assert.deepEqual(
      [31, 32, 9, 10, 31, 60].map((second) => schedule.isDue(second, reason("a", Number.POSITIVE_INFINITY))),
      [true, false, false, false, false, true],
    );
  });
});
