import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { unknown } from "../../../sandbox/plugins/engine/values";
import { compare, inputsAfterDrift, prune, replacements } from "../../../sandbox/plugins/kubernetes/compare";
import { replacingFields } from "../../../sandbox/plugins/kubernetes/replacing";

const never = () => false;
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "root" }, data: { token: "b2xk" } };

test("nothing has changed in any object that is compared with itself", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (object) => {
      const one = JSON.parse(JSON.stringify(object));
      assert.equal(compare(one, JSON.parse(JSON.stringify(one)), never).size, 0);
    }),
  );
});

test("changes are named by the engine's notation of paths", () => {
  const before = { spec: { ports: [{ port: 1 }, { port: 2 }], gone: 1 } };
  const after = { spec: { ports: [{ port: 1 }, { port: 3 }], "app.kubernetes.io/name": "x" } };
  assert.deepEqual(
    [...compare(before, after, never)],
    [
      ["spec.ports[1].port", "update"],
      ["spec.gone", "delete"],
      ['spec["app.kubernetes.io/name"]', "add"],
    ],
  );
});

test("a value that is not known yet counts as changed", () => {
  assert.deepEqual(
    [...compare({ a: 1 }, { a: unknown, b: unknown }, never)],
    [
      ["a", "update"],
      ["b", "add"],
    ],
  );
});

for (const { what, mutable, object, path, replaces } of [
  { what: "Secret data", mutable: false, object: secret, path: "data.token", replaces: true },
  { what: "Secret data with enableSecretMutable", mutable: true, object: secret, path: "data.token", replaces: false },
  {
    what: "data of an immutable Secret",
    mutable: true,
    object: { ...secret, immutable: true },
    path: "data.token",
    replaces: true,
  },
  { what: "a Secret's type", mutable: true, object: secret, path: "type", replaces: true },
  { what: "a name", mutable: true, object: secret, path: "metadata.name", replaces: true },
  { what: "a label", mutable: true, object: secret, path: "metadata.labels.a", replaces: false },
  {
    what: "a custom resource's spec",
    mutable: false,
    object: { apiVersion: "ex.io/v1", kind: "Thing" },
    path: "spec.domain",
    replaces: false,
  },
  {
    what: "a Deployment's selector",
    mutable: false,
    object: { apiVersion: "apps/v1", kind: "Deployment" },
    path: "spec.selector.matchLabels.app",
    replaces: true,
  },
]) {
  test(`${what} ${replaces ? "is replaced" : "changes in place"}`, () => {
    const replacing = replacingFields(object, { secrets: mutable, configMaps: false });
    assert.equal(replacing(path.split(".")), replaces);
  });
}

test("a namespace that changes forces a replacement", () => {
  const news = { ...secret, metadata: { name: "root", namespace: "b" } };
  const changes = compare(
    { ...secret, metadata: { name: "root", namespace: "a" } },
    news,
    replacingFields(news, { secrets: true, configMaps: true }),
  );
  assert.deepEqual(replacements(changes), ["metadata.namespace"]);
});

test("another spelling by the API server is no drift", () => {
  const inputs = { spec: { cpu: "1000m" } };
  assert.deepEqual(inputsAfterDrift(inputs, { spec: { cpu: "1" } }, { spec: { cpu: "1", added: true } }), inputs);
});

test("an edit by others, and a field they removed, show in the inputs", () => {
  const inputs = { data: { a: "1", b: "2" } };
  assert.deepEqual(inputsAfterDrift(inputs, inputs, { data: { a: "9" } }), { data: { a: "9" } });
});

test("fields and list items that nobody asked for are left out of a comparison", () => {
  assert.deepEqual(prune({ a: [{ x: 1, y: 2 }, { x: 3 }], b: 1 }, { a: [{ x: 0 }] }), { a: [{ x: 1 }] });
});
