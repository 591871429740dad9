import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDeregistrations } from "../../../../components/plan/plan";
import { formatPlan } from "../../../../components/plan/planMessage";
import { undeclaredClusters } from "../../../../components/plan/undeclared";

test("clusters that the stack no longer declares are found by the stack's marks", () => {
  const object = (name: string, mark?: string) => ({
    metadata: {
      name,
      ...(mark === undefined ? {} : { annotations: { "gloo-mesh-relay-registration/registration": mark } }),
    },
  });
  const clusters = [
    object("kept", "project/dev/kept"),
    object("gone", "project/dev/gone"),
    object("of-another-stack", "project/dev2/x"),
    object("of-meshctl"),
  ];
  assert.deepEqual(undeclaredClusters(clusters, "project/dev", new Set(["project/dev/kept"])), ["gone"]);
});

test("clusters that the program no longer declares are all in the first line, with a line for each", () => {
  const objects = "its agent, its Secrets and its KubernetesCluster, and its namespace if this stack created it";
  assert.equal(
    formatPlan(describeDeregistrations(["cluster-3", "cluster-4"])),
    [
      "plan: deregister cluster-3, cluster-4",
      `  - cluster-3, which is no longer declared: ${objects}`,
      `  - cluster-4, which is no longer declared: ${objects}`,
    ].join("\n"),
  );
});
