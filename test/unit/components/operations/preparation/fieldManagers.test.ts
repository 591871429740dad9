import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { takenOverFields, unifiedFields } from "../../../../../components/operations/preparation/fieldManagers";

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

describe("the fields of an object that is taken over", () => {
  const mark = annotation("gloo-mesh-relay-registration/registration");

  test("that a registration declares lose their previous writers, all others keep them", () => {
    const secret = {
      manager: "meshctl",
      operation: "Update",
      fieldsV1: { "f:data": { ".": {}, "f:ca.crt": {} }, "f:type": {} },
    };
    const cluster = {
      manager: "kubectl-create",
      operation: "Update",
      fieldsV1: { "f:spec": { "f:clusterDomain": {}, "f:other": {} }, "f:metadata": { "f:labels": { "f:team": {} } } },
    };
    const label = {
      manager: "helm",
      operation: "Update",
      fieldsV1: { "f:metadata": { "f:labels": { "f:istio-injection": {} } } },
    };
    const ofStatus = { manager: "server", operation: "Update", subresource: "status", fieldsV1: { "f:spec": {} } };
    assert.deepEqual(takenOverFields([secret, cluster, label, ofStatus], "pulumi-kubernetes-own"), [
      { ...secret, fieldsV1: { "f:type": {} } },
      { ...cluster, fieldsV1: { "f:spec": { "f:other": {} }, "f:metadata": { "f:labels": { "f:team": {} } } } },
      ofStatus,
      { ...secret, manager: "pulumi-kubernetes-own", operation: "Apply", fieldsV1: mark },
    ]);
  });

  test("of another stack's registration go to this one's field manager", () => {
    assert.deepEqual(takenOverFields([applied("pulumi-kubernetes-gloo-mesh-a", "a")], "pulumi-kubernetes-own"), [
      {
        manager: "pulumi-kubernetes-own",
        operation: "Apply",
        fieldsV1: {
          "f:metadata": { "f:annotations": { "f:a": {}, "f:gloo-mesh-relay-registration/registration": {} } },
        },
      },
    ]);
  });
});
