import assert from "node:assert/strict";
import { test } from "node:test";
import { objectIn } from "../../../../components/kubernetes/objectShape";

test("an answer is an object only with a name that an object can have", () => {
  const named = (name: unknown) => ({ metadata: { name } });
  for (const answer of [null, 1, "a", [], {}, { metadata: [] }, named(5), named(""), named(".."), named("a/b")]) {
    assert.equal(objectIn(answer), undefined);
  }
  assert.deepEqual(objectIn(named("a")), named("a"));
});

test("fields of a wrong kind are dropped, all others kept", () => {
  const answer = {
    metadata: { name: "a", labels: { b: "c", d: 5 }, annotations: [], creationTimestamp: "soon", finalizers: ["e"] },
    spec: { replicas: "2", template: { spec: { containers: [null, { name: "f", image: {} }] } }, other: [1] },
    status: { conditions: "g", containerStatuses: { name: "h" }, observedGeneration: 3 },
  };
  assert.deepEqual(objectIn(answer), {
    metadata: { name: "a", labels: { b: "c" }, finalizers: ["e"] },
    spec: { template: { spec: { containers: [{ name: "f" }] } }, other: [1] },
    status: { observedGeneration: 3 },
  });
});

test("free text is cut before a word, and an inner list after 1000 elements", () => {
  const read = objectIn<{ message: string; status: { conditions: unknown[] } }>({
    metadata: { name: "a" },
    message: `${"b".repeat(2040)} secret-of-someone`,
    status: { conditions: Array.from({ length: 5000 }, () => ({ type: "c" })) },
  });
  assert.equal(read?.message, `${"b".repeat(2040)} `);
  assert.equal(read?.status.conditions.length, 1000);
});
