import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeOwner, isOurs, ownershipOf, registrationAnnotation } from "../../../../components/glooMesh/ownership";
import type { KubernetesObject } from "../../../../components/kubernetes/objects";

const mark = "project/stack/cluster-2";
const ownership = ownershipOf({ mark, formerMarks: ["project/stack/previous"] });

const markedBy = (manager: string, owner = mark): KubernetesObject => ({
  metadata: {
    name: "x",
    annotations: { [registrationAnnotation]: owner },
    managedFields: [
      { manager, fieldsV1: { "f:metadata": { "f:annotations": { [`f:${registrationAnnotation}`]: {} } } } },
    ],
  },
});

describe("a mark", () => {
  for (const manager of [
    "pulumi-kubernetes-1a2b3c4d",
    "pulumi-resource-kubernetes",
    "gloo-mesh-relay-registration",
    "velero-server",
    "kubectl-annotate",
  ]) {
    test(`that ${manager} wrote is genuine, the present and a previous one`, () => {
      assert.equal(isOurs(markedBy(manager), ownership), true);
      assert.equal(isOurs(markedBy(manager, "project/stack/previous"), ownership), true);
      assert.equal(isOurs(markedBy(manager, "other/stack/x"), ownership), false);
    });
  }

  for (const manager of [
    "kubectl-client-side-apply",
    "kubectl-create",
    "kubectl-replace",
    "kubectl",
    "argocd-controller",
    "before-first-apply",
  ]) {
    test(`that ${manager} wrote is a copy`, () => {
      const copy = markedBy(manager);
      assert.equal(isOurs(copy, ownership), false);
      assert.match(describeOwner(copy), /^its mark is a copy of one of the registration project\/stack\/cluster-2/);
    });
  }
});
