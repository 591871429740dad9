import assert from "node:assert/strict";
import { test } from "node:test";
import { count } from "../../../../components/base/text";

test("one thing has no plural", () => {
  assert.deepEqual(
    [0, 1, 2].map((number) => count(number, "restart")),
    ["0 restarts", "1 restart", "2 restarts"],
  );
});
