import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { unifiedFields } from "../../../../../components/operations/preparation/fieldManagers";

const annotation = (name: string) => ({ "f:metadata": { "f:annotations": { [`f:${name}`]: {} } } });
const applied = (manager: string, name: string) => ({ manager, operation: "Apply", fieldsV1: annotation(name) });
const edited = { manager: "kubectl-edit", operation: "Update", fieldsV1: annotation("c") };
const status = { manager: "pulumi-kubernetes-1", operation: "Apply", subresource: "status", fieldsV1: {} };

describe("the fields that Pulumi's Kubernetes provider has applied", () => {
  test("under random names belong to one field manager afterwards, and those of others stay", () => {
    const fields = [applied("pulumi-kubernetes-1", "a"), edited, status, applied("pulumi-kubernetes-own", "b")];
    assert.deepEqual(unifiedFields(fields, "pulumi-kubernetes-own"), [
      edited,
      status,
      {
        manager: "pulumi-kubernetes-own",
        operation: "Apply",
        fieldsV1: { "f:metadata": { "f:annotations": { "f:a": {}, "f:b": {} } } },
      },
    ]);
  });

  test("under one name already need no write", () => {
    assert.equal(unifiedFields([applied("pulumi-kubernetes-own", "a"), edited], "pulumi-kubernetes-own"), undefined);
    assert.equal(unifiedFields([edited], "pulumi-kubernetes-own"), undefined);
  });
});
