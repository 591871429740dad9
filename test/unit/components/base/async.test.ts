import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checksAtOnce, limitChecks } from "../../../../components/base/async";

describe("checks that wait for their turn", () => {
  test("run up to the limit at once, in the order in which they came", async () => {
    const begun: number[] = [];
    const releases: (() => void)[] = [];
    const all = Array.from({ length: checksAtOnce + 3 }, (_, index) =>
      limitChecks(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => releases.push(resolve));
        return index;
      }),
    );
    await settled();
    assert.equal(begun.length, checksAtOnce);
    releases.shift()?.();
    await settled();
    assert.deepEqual(begun.at(-1), checksAtOnce);
    for (let released = 1; released < all.length; released++) {
      releases.shift()?.();
      await settled();
    }
    assert.deepEqual(
      await Promise.all(all),
      all.map((_, index) => index),
    );
  });

  test("that fail give their turn on", async () => {
    const failures = Array.from({ length: checksAtOnce * 2 }, () =>
      limitChecks(async () => {
        throw new Error("refused");
      }).catch((error: Error) => error.message),
    );
    assert.equal((await Promise.all(failures)).length, checksAtOnce * 2);
    assert.equal(await limitChecks(async () => "free"), "free");
  });
});

/** All that is ready to go on has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
