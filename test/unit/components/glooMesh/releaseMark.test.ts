import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { releaseMark } from "../../../../components/glooMesh/releaseMark";
import type { Secret } from "../../../../components/kubernetes/objects";

const mark = "urn:pulumi:stack::project::gloo-mesh-relay-registration:index:GlooMeshRelayRegistration::cluster-2";
const values = { global: { glooMeshRelayRegistration: mark } };
const genuine = { owner: mark, copiedMark: undefined };
const copied = { owner: undefined, copiedMark: mark };

interface RecordOptions {
  readonly status?: string;
  readonly recorded?: boolean;
  /** Who wrote it; undefined for an API server that keeps no record of writers. */
  readonly manager?: string | undefined;
  readonly isApplied?: boolean;
}

const record = ({ status = "deployed", recorded = false, manager, isApplied = false }: RecordOptions = {}): Secret => ({
  metadata: {
    name: "sh.helm.release.v1.enterprise-agent.v1",
    labels: { status, ...(recorded ? { "gloo-mesh-relay-registration/recorded": "true" } : {}) },
    ...(isApplied ? { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } } : {}),
    ...(manager === undefined ? {} : { managedFields: [{ manager, fieldsV1: { "f:data": { "f:release": {} } } }] }),
  },
});

const markOf = (status: string, description: string | undefined, ...records: readonly Secret[]) =>
  releaseMark({ status, content: { description, values } }, records);

describe("the mark of a Helm release", () => {
  for (const description of ["relay agent", "relay agent (recovered 2)"]) {
    test(`proves a release that was described as ${description}, before a proof notes it`, () => {
      assert.deepEqual(markOf("deployed", description, record()), genuine);
    });
  }

  for (const description of ["Install complete", "Upgrade complete", "relay agents", "the relay agent", undefined]) {
    test(`is a copy where no proof noted the release and Helm was told ${description ?? "nothing"}`, () => {
      assert.deepEqual(markOf("deployed", description, record({ manager: "Helm" })), copied);
    });
  }

  test("proves a noted release that somebody upgraded or rolled back since, also with a Helm that drops labels", () => {
    const noted = record({ status: "superseded", recorded: true });
    assert.deepEqual(markOf("deployed", "Upgrade complete", record({ recorded: true }), noted), genuine);
    assert.deepEqual(markOf("deployed", "Rollback to 1", record(), noted), genuine);
  });

  test("is a copy in a release that was installed anew after an uninstallation with its history kept", () => {
    const history = [
      record({ status: "uninstalled", recorded: true }),
      record({ status: "superseded", recorded: true }),
    ];
    assert.deepEqual(markOf("deployed", "Install complete", record(), ...history), copied);
  });

  for (const status of ["pending-install", "pending-upgrade", "failed", "uninstalling", "uninstalled"]) {
    test(`decides alone in a release that is ${status}, which Helm describes itself`, () => {
      assert.deepEqual(markOf(status, "Initial install underway", record({ status })), genuine);
    });
  }

  for (const manager of [
    "Helm",
    "helm",
    "pulumi-resource-kubernetes",
    "Go-http-client",
    "gloo-mesh-relay-registration",
    "velero-server",
  ]) {
    test(`proves a record that ${manager} wrote`, () => {
      assert.deepEqual(markOf("deployed", "relay agent", record({ recorded: true, manager })), genuine);
    });
  }

  for (const manager of ["kubectl-client-side-apply", "kubectl-create", "kubectl-replace", "argocd-controller"]) {
    test(`is a copy in a record that ${manager} wrote, label and description included`, () => {
      assert.deepEqual(markOf("deployed", "relay agent", record({ recorded: true, manager })), copied);
      assert.deepEqual(markOf("failed", "x", record({ status: "failed", manager })), copied);
    });
  }

  test("is a copy in a record that kubectl applied to an API server without a record of writers", () => {
    assert.deepEqual(markOf("deployed", "relay agent", record({ recorded: true, isApplied: true })), copied);
  });

  test("is none where the values have none", () => {
    const content = { description: "relay agent", values: { global: { glooMeshRelayRegistration: 1 } } };
    assert.deepEqual(releaseMark({ status: "deployed", content }, [record()]), {
      owner: undefined,
      copiedMark: undefined,
    });
  });
});
