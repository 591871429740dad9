import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlan } from "../../../../components/plan/planMessage";
import { describeDeregistrations } from "../../../../components/plan/undeclared";

const object = (name: string, mark?: string) => ({
  metadata: {
    name,
    ...(mark === undefined ? {} : { annotations: { "gloo-mesh-relay-registration/registration": mark } }),
  },
});

test("clusters that the stack no longer declares are found by the stack's marks", () => {
  const clusters = [
    object("kept", "project/dev/kept"),
    object("gone", "project/dev/gone"),
    object("of-another-stack", "project/dev2/x"),
    object("of-meshctl"),
    object("moved", "urn:pulumi:dev::project::acme:index:Fleet$gloo-mesh-relay:index:GlooMeshRelayRegistration::moved"),
    object("elsewhere", "urn:pulumi:dev::other::gloo-mesh-relay:index:GlooMeshRelayRegistration::x"),
  ];
  const found = (declared: readonly string[]) =>
    describeDeregistrations(clusters, { project: "project", stack: "dev" }, new Set(declared))?.headline;
  assert.equal(found(["project/dev/kept"]), "gone, moved");
  const moved = "urn:pulumi:dev::project::acme:index:Fleet$gloo-mesh-relay:index:GlooMeshRelayRegistration::moved";
  assert.equal(found(["project/dev/kept", "project/dev/gone", moved]), undefined);
});

test("clusters that the program no longer declares are all in the first line, with a line for each", () => {
  const objects =
    "its agent unless another tool installs it, its Secrets and its KubernetesCluster, and its namespace if this stack created it";
  const clusters = [object("cluster-4", "project/dev/b"), object("cluster-3", "project/dev/a")];
  const plan = describeDeregistrations(clusters, { project: "project", stack: "dev" }, new Set());
  assert.equal(
    plan && formatPlan(plan),
    [
      "plan: deregister cluster-3, cluster-4",
      `  - cluster-3, which is no longer declared: ${objects}`,
      `  - cluster-4, which is no longer declared: ${objects}`,
    ].join("\n"),
  );
});
