import assert from "node:assert/strict";
import { test } from "node:test";
import { parseForeignJson } from "../../../../components/base/foreignJson";

test("JSON of others is read like any JSON", () => {
  for (const text of ['{"a":[1,"x,]}\\"{[",{"b":null}]}', "1", '"\\\\"', "[]"]) {
    assert.deepEqual(parseForeignJson(text), JSON.parse(text));
  }
});

test("JSON of others is refused where it is too deep, has too many values, or is none", () => {
  assert.ok(parseForeignJson(`${"[".repeat(200)}${"]".repeat(200)}`));
  for (const text of [`${"[".repeat(201)}${"]".repeat(201)}`, '{"a":'.repeat(300_000), "", "<html>", '"', '{"a']) {
    assert.throws(() => parseForeignJson(text), SyntaxError);
  }
  assert.throws(() => parseForeignJson("[1,2,3]", { values: 2 }), SyntaxError);
  assert.deepEqual(parseForeignJson("[1,2,3]", { values: 3 }), [1, 2, 3]);
});
