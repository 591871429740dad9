import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { stackSchema } from "./operatorFields";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly subjects?: readonly { readonly name: string }[];
  readonly spec?: { readonly serviceAccountName?: string } & Readonly<Record<string, unknown>>;
}

const text = readFileSync(join(repositoryRoot(), "examples", "operator", "stack.yaml"), "utf8");
const manifests = parseAllDocuments(text).map((document) => {
  assert.deepEqual([...document.errors, ...document.warnings], []);
  return document.toJS() as Manifest;
});
const stack = manifests.find(({ kind }) => kind === "Stack");
const validate = new Ajv({ allErrors: true }).compile(stackSchema);

/** Each fault by its place. */
function faultsOf(manifest: unknown): string[] {
  validate(manifest);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

describe("examples/operator", () => {
  it("has fields that the operator's CRD has, of its types", () => {
    assert.deepEqual(faultsOf(stack), []);
  });

  it("runs as the service account that it creates and binds", () => {
    const [account, binding] = ["ServiceAccount", "ClusterRoleBinding"].map((kind) =>
      manifests.find((manifest) => manifest.kind === kind),
    );
    const name = stack?.spec?.serviceAccountName;
    assert.ok(name);
    assert.deepEqual([account?.metadata.name, binding?.subjects?.map((subject) => subject.name)], [name, [name]]);
    assert.equal(account?.metadata.namespace, stack?.metadata.namespace);
  });

  const changed: readonly [what: string, spec: object][] = [
    ["a field that the CRD lacks", { driftDetection: { schedules: [{ cron: "17 3 * * *" }] } }],
    ["a value of another type", { resyncFrequencySeconds: "3600" }],
    ["a variable without a type", { envRefs: { A: { literal: { value: "b" } } } }],
    ["a wrong field of the workspace", { workspaceTemplate: { spec: { pod: {} } } }],
  ];
  for (const [what, spec] of changed) {
    it(`would be refused with ${what}`, () => {
      assert.equal(faultsOf({ ...stack, spec: { ...stack?.spec, ...spec } }).length, 1);
    });
  }
});
