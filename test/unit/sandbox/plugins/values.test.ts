import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  decode,
  encode,
  equal,
  hasSecret,
  hasUnknown,
  Secret,
  toPlainMap,
  unknown,
  type Value,
  type ValueMap,
} from "../../../sandbox/plugins/engine/values";

const { value } = fc.letrec<{ value: Value; map: ValueMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("map"),
    tie("value").map((inner) => new Secret(inner)),
  ),
  map: fc.dictionary(
    fc.string().filter((key) => key !== "__proto__"),
    tie("value"),
    { maxKeys: 3, noNullPrototype: true },
  ),
}));

test("what is sent over the wire comes back as it was, secrets included", () => {
  fc.assert(fc.property(value, (one) => equal(decode(encode({ one })), { one })));
});

test("an unknown value stays unknown on the wire, inside a secret too", () => {
  const back = decode(encode({ later: unknown, hidden: new Secret(unknown) }));
  assert.ok(hasUnknown(back["later"] ?? null));
  assert.ok(hasSecret(back["hidden"] ?? null) && hasUnknown(back["hidden"] ?? null));
});

test("a value that is not known yet never becomes plain JSON", () => {
  assert.throws(() => toPlainMap({ spec: { size: unknown } }), /not known yet/);
});

test("a plain value and a secret of the same content are different", () => {
  assert.equal(equal({ a: "x" }, { a: new Secret("x") }), false);
});

test("an absent bag of properties reads as an empty one", () => {
  assert.deepEqual(decode(undefined), {});
  assert.deepEqual(decode(new Struct()), {});
});
