import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { templateEdits } from "../../../../components/health/templateEdits";
import type { Deployment } from "../../../../components/kubernetes/workloads";
import { deployment, manifest, template } from "./view";

const agent = template.spec.containers[1];

/** The Deployment with another agent container, and the writer of its image. */
function edited(container: object, writer?: { manager: string; time: string }[]): Deployment {
  const spec = { ...template.spec, containers: [{ ...agent, ...container }] };
  const found = deployment({ ...template, spec });
  const field = (name: string) => ({
    "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"enterprise-agent"}': { [name]: {} } } } } },
  });
  const managedFields = (writer ?? []).map((one) => ({ ...one, fieldsV1: field("f:image") }));
  return { ...found, metadata: { ...found.metadata, managedFields } };
}

const image = "gcr.io/gloo-mesh/enterprise-agent:1.0.4";

describe("the pod template against its release's manifest", () => {
  test("has no edits where the API server added defaults, others added fields, and quantities have another form", () => {
    assert.deepEqual(templateEdits(manifest, deployment()), []);
  });

  test("has another image, with the program that wrote it last", () => {
    const writers = [
      { manager: "helm", time: "2026-01-01T00:00:00Z" },
      { manager: "kubectl-set", time: "2026-02-01T00:00:00Z" },
    ];
    assert.deepEqual(templateEdits(manifest, edited({ image: "other:1" }, writers)), [
      { field: "containers[enterprise-agent].image", values: [image, "other:1"], writer: "kubectl-set" },
    ]);
  });

  for (const manager of ["helm", "pulumi-resource-kubernetes"]) {
    test(`has no edit where ${manager} wrote the other value: an admission webhook changed it on the way`, () => {
      const writers = [{ manager, time: "2026-01-01T00:00:00Z" }];
      assert.deepEqual(templateEdits(manifest, edited({ image: "mirror/other:1" }, writers)), []);
    });
  }

  test("has an edited environment, whose values are not shown", () => {
    const env = [
      { name: "POD_NAMESPACE", value: "gloo-mesh" },
      { name: "TOKEN", value: "x" },
    ];
    assert.deepEqual(templateEdits(manifest, edited({ env })), [
      { field: "containers[enterprise-agent].env[TOKEN].value", writer: undefined },
    ]);
  });

  test("lacks a container, an argument, a label", () => {
    const spec = { ...template.spec, containers: [{ name: "other" }] };
    const fields = (present: object) => templateEdits(manifest, deployment(present)).map(({ field }) => field);
    assert.deepEqual(fields({ ...template, spec }), ["containers[enterprise-agent]"]);
    assert.deepEqual(fields({ ...template, metadata: {} }), [
      "metadata.labels.app",
      "metadata.annotations.prometheus.io/port",
    ]);
    assert.deepEqual(
      templateEdits(manifest, edited({ args: ["--verbose=true", "--metrics-port=9091"] })).map(({ field }) => field),
      ["containers[enterprise-agent].args"],
    );
  });

  test("has other resources, but not where only their form differs", () => {
    const edits = (resources: object) =>
      templateEdits(manifest, edited({ resources })).map(({ field, values }) => [field, values]);
    assert.deepEqual(edits({ requests: { cpu: "1e0", memory: "134217728" } }), []);
    assert.deepEqual(edits({ requests: { cpu: "2", memory: "128M" } }), [
      ["containers[enterprise-agent].resources.requests.cpu", ["1000m", "2"]],
      ["containers[enterprise-agent].resources.requests.memory", ["128Mi", "128M"]],
    ]);
  });

  test("is not compared where the manifest has no such Deployment, or cannot be read", () => {
    for (const other of ["", "---", "kind: Deployment\nmetadata: [", manifest.replaceAll("enterprise-agent", "x")]) {
      assert.deepEqual(templateEdits(other, deployment()), []);
    }
  });
});
