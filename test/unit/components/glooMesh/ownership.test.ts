import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  describeOwner,
  isOurs,
  otherWriterOf,
  ownershipOf,
  registrationAnnotation,
  wayOut,
} from "../../../../components/glooMesh/ownership";
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

describe("the way out where an object of someone else has the name", () => {
  const ways = { instead: "use it", removal: "delete it: x" };
  const applied = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  const ofRelease = { "meta.helm.sh/release-name": "platform", "meta.helm.sh/release-namespace": "gloo-mesh" };
  const cases: Readonly<Record<string, readonly [metadata: Partial<KubernetesObject["metadata"]>, removal: string]>> = {
    "nothing manages": [{}, "or, if it is a leftover that nothing else manages, delete it: x"],
    "kubectl applied, which restores nothing": [
      { annotations: applied },
      "or, if it is a leftover that nobody applies again, delete it: x",
    ],
    "helm created beside a release, which does not restore it": [
      { managedFields: [{ manager: "helm" }] },
      "or, if it is a leftover that nothing else manages, delete it: x",
    ],
    "a Helm release has, whose upgrade restores it": [
      { annotations: ofRelease },
      "or remove it with the Helm release gloo-mesh/platform or from its values, since an upgrade of the release would restore it",
    ],
    "Argo CD restores at once": [
      { labels: { "argocd.argoproj.io/instance": "mesh" }, annotations: applied },
      "or remove it where Argo CD has it from, since Argo CD would restore it",
    ],
  };
  for (const [title, [metadata, removal]] of Object.entries(cases)) {
    test(`that ${title}`, () => {
      const next = wayOut({ metadata: { name: "x", ...metadata } }, ways);
      assert.equal(next.slice(next.indexOf("use it")), `use it; ${removal}`);
    });
  }
});

test("the writer beside the registration is the newest that is neither Pulumi nor this package, and writes more than a status", () => {
  const entry = (manager: string, minute: number, subresource?: string) => ({
    manager,
    time: `2026-01-01T00:0${minute}:00Z`,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const writer = (...managedFields: ReturnType<typeof entry>[]) =>
    otherWriterOf({ metadata: { name: "x", managedFields } });
  const own = [entry("pulumi-kubernetes-gloo-mesh-1a2b", 9), entry("gloo-mesh-relay-registration", 9)];
  assert.equal(writer(...own), undefined);
  assert.equal(
    writer(...own, entry("operator", 1), entry("kubectl-edit", 2), entry("relay", 8, "status")),
    "kubectl-edit",
  );
  assert.equal(otherWriterOf({ metadata: { name: "x" } }), undefined);
});
