import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { PlainMap } from "../../../sandbox/plugins/engine/values";
import { adoptFields, mustForce } from "../../../sandbox/plugins/kubernetes/managers";

const entry = (manager: string, operation: string, key: string): PlainMap => ({
  manager,
  operation,
  apiVersion: "v1",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:data": { [key]: {} } },
});
const object = (...managedFields: PlainMap[]): PlainMap => ({ metadata: { managedFields } });

test("fields of our own create and of kubectl's edits come under one manager", () => {
  const live = object(
    entry("pulumi-kubernetes", "Update", "f:a"),
    entry("kubectl-edit", "Update", "f:b"),
    entry("agent", "Update", "f:c"),
  );
  const adopted = adoptFields(live, "pulumi-kubernetes-1");
  assert.deepEqual(
    adopted?.map((one) => [
      (one as PlainMap)["manager"],
      (one as PlainMap)["operation"],
      (one as PlainMap)["fieldsV1"],
    ]),
    [
      ["agent", "Update", { "f:data": { "f:c": {} } }],
      ["pulumi-kubernetes-1", "Apply", { "f:data": { "f:a": {}, "f:b": {} } }],
    ],
  );
});

test("nothing is rewritten when all that is ours is ours already", () => {
  const live = object(entry("pulumi-kubernetes-1", "Apply", "f:a"), entry("agent", "Update", "f:c"));
  assert.equal(adoptFields(live, "pulumi-kubernetes-1"), undefined);
});

test("fields that another Pulumi resource has applied stay its own", () => {
  assert.equal(adoptFields(object(entry("pulumi-kubernetes-2", "Apply", "f:a")), "pulumi-kubernetes-1"), undefined);
});

test("only a preview forces its way past our own create, and anyone past an object without managers", () => {
  const created = object(entry("pulumi-kubernetes", "Update", "f:a"));
  assert.deepEqual(
    [mustForce(created, true), mustForce(created, false), mustForce(object(), false)],
    [true, false, true],
  );
});
