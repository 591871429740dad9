import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { awaitedLater, limiter } from "../../../../components/base/async";

describe("work that waits for its turn", () => {
  const most = 10;

  test("run up to the limit at once, in the order in which they came", async () => {
    const limit = limiter(most);
    const begun: number[] = [];
    const releases: (() => void)[] = [];
    const all = Array.from({ length: most + 3 }, (_, index) =>
      limit(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => releases.push(resolve));
        return index;
      }),
    );
    await settled();
    assert.equal(begun.length, most);
    releases.shift()?.();
    await settled();
    assert.deepEqual(begun.at(-1), most);
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
    const limit = limiter(most);
    const failures = Array.from({ length: most * 2 }, () =>
      limit(async () => {
        throw new Error("refused");
      }).catch((error: Error) => error.message),
    );
    assert.equal((await Promise.all(failures)).length, most * 2);
    assert.equal(await limit(async () => "free"), "free");
  });
});

test("a rejection that is awaited later is not unhandled meanwhile", async () => {
  const work = awaitedLater(Promise.reject(new Error("refused")));
  await settled();
  await assert.rejects(work, /refused/);
});

/** All that is ready to go on has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
