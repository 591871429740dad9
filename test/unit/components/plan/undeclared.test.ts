import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlan } from "../../../../components/plan/planMessage";
import { describeUndeclared } from "../../../../components/plan/undeclared";

const object = (name: string, mark?: string, annotations: Record<string, string> = {}) => ({
  metadata: {
    name,
    ...(mark === undefined
      ? {}
      : { annotations: { "gloo-mesh-relay-registration/registration": mark, ...annotations } }),
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
    describeUndeclared(clusters, { project: "project", stack: "dev" }, new Set(declared)).map(
      ({ headline }) => headline,
    );
  assert.deepEqual(found(["project/dev/kept"]), ["gone, moved"]);
  const moved = "urn:pulumi:dev::project::acme:index:Fleet$gloo-mesh-relay:index:GlooMeshRelayRegistration::moved";
  assert.deepEqual(found(["project/dev/kept", "project/dev/gone", moved]), []);
});

test("clusters that the program no longer declares are all in the first line, with a line for each", () => {
  const objects =
    "its agent unless another tool installs it, its Secrets and its KubernetesCluster, and its namespace if this stack created it";
  const clusters = [object("cluster-4", "project/dev/b"), object("cluster-3", "project/dev/a")];
  const plans = describeUndeclared(clusters, { project: "project", stack: "dev" }, new Set());
  assert.deepEqual(plans.map(formatPlan), [
    [
      "plan: deregister cluster-3, cluster-4",
      `  - cluster-3, which is no longer declared: ${objects}`,
      `  - cluster-4, which is no longer declared: ${objects}`,
    ].join("\n"),
  ]);
});

test("clusters that are to keep running are handed over, beside those that are deregistered", () => {
  const running = { "gloo-mesh-relay-registration/leave-running": "true" };
  const clusters = [object("cluster-4", "project/dev/b", running), object("cluster-3", "project/dev/a")];
  const plans = describeUndeclared(clusters, { project: "project", stack: "dev" }, new Set()).map(formatPlan);
  assert.deepEqual(
    plans.map((plan) => plan.split("\n")[0]),
    ["plan: deregister cluster-3", "plan: hand over cluster-4"],
  );
  assert.equal(
    plans[1]?.split("\n")[1],
    "  ~ cluster-4, which is no longer declared: it keeps running, and only the marks of this stack leave its objects on both clusters",
  );
});
