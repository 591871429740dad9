import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDeregistration } from "../../../../components/plan/plan";
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

test("a cluster that the program no longer declares has a plan of its own", () => {
  assert.deepEqual(describeDeregistration("cluster-3"), {
    action: "deregister",
    headline: "cluster-3, which is no longer declared",
    lines: [
      {
        sign: "-",
        text: "its agent, its Secrets and its KubernetesCluster, and its namespace if this stack made it",
      },
    ],
  });
});
