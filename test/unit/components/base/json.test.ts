import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mergeDeep } from "../../../../components/base/json";

describe("mergeDeep", () => {
  test("takes lists and nulls as values", () => {
    assert.deepEqual(mergeDeep({ list: [1, 2], map: { a: 1 } }, { list: [3], map: null }), { list: [3], map: null });
  });

  test("changes neither argument", () => {
    const first: Record<string, unknown> = { deep: { a: 1 } };
    const second = { deep: { b: 2 } };
    mergeDeep(first, second);
    assert.deepEqual([first, second], [{ deep: { a: 1 } }, { deep: { b: 2 } }]);
  });

  // Nobody can want a value of that name, and assigning it sets a prototype.
  const key = fc.string().filter((text) => text !== "__proto__");
  const values = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }));

  test("with nothing on either side changes nothing, and merging twice is merging once", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const merged = mergeDeep(first, second);
        assert.deepEqual(mergeDeep(merged, {}), merged);
        assert.deepEqual(mergeDeep({}, merged), merged);
        assert.deepEqual(mergeDeep(merged, second), merged);
      }),
    );
  });

  test("keeps every leaf of the second", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const merged = mergeDeep(first, second);
        for (const [key, value] of Object.entries(second)) {
          const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
          if (!isMap) assert.deepEqual(merged[key], value);
        }
      }),
    );
  });

  test("never reaches Object.prototype", () => {
    mergeDeep(
      JSON.parse('{"__proto__": {"a": 1}}'),
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"b": 1}}'),
    );
    assert.equal(Reflect.get({}, "polluted"), undefined);
    assert.equal(Reflect.get(Object, "b"), undefined);
  });
});
