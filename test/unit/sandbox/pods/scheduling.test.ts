import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type * as k8s from "@kubernetes/client-node";
import { nodeStatus } from "../../../sandbox/pods/nodeObject";
import { schedulingFailure } from "../../../sandbox/pods/scheduling";

const node: k8s.V1Node = {
  metadata: { labels: { "kubernetes.io/os": "linux" } },
  status: nodeStatus("10.0.0.1", new Date(0)),
};
const taint = { key: "dedicated", value: "gpu", effect: "NoSchedule" };

describe("scheduling of pods", () => {
  test("a pod that asks for what the node has is taken", () => {
    assert.equal(schedulingFailure(pod({ cpu: "50m", memory: "128Mi" }), node), undefined);
    assert.equal(schedulingFailure({ spec: { containers: [{ name: "one" }] } }, node), undefined);
  });

  test("a pod that asks for more than the node has is not", () => {
    assert.equal(
      schedulingFailure(pod({ cpu: "64", memory: "1Ti" }), node),
      "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. " +
        "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    );
  });

  test("a pod for another kind of node is not taken", () => {
    const selective = pod({}, { nodeSelector: { "kubernetes.io/os": "windows" } });
    assert.match(schedulingFailure(selective, node) ?? "", /1 node\(s\) didn't match Pod's node affinity\/selector\./);
    assert.equal(schedulingFailure(pod({}, { nodeSelector: { "kubernetes.io/os": "linux" } }), node), undefined);
  });

  test("a tainted or cordoned node takes only pods that tolerate it", () => {
    const tainted = { ...node, spec: { taints: [taint] } };
    assert.match(schedulingFailure(pod({}), tainted) ?? "", /1 node\(s\) had untolerated taint \{dedicated: gpu\}\./);
    for (const toleration of [{ operator: "Exists" }, { key: "dedicated", value: "gpu" }, { ...taint }]) {
      assert.equal(schedulingFailure(pod({}, { tolerations: [toleration] }), tainted), undefined);
    }
    assert.ok(schedulingFailure(pod({}, { tolerations: [{ ...taint, value: "other" }] }), tainted));
    const cordoned = { ...node, spec: { unschedulable: true } };
    assert.match(schedulingFailure(pod({}), cordoned) ?? "", /1 node\(s\) were unschedulable\./);
  });
});

function pod(requests: Record<string, string>, spec: Partial<k8s.V1PodSpec> = {}): k8s.V1Pod {
  return { spec: { containers: [{ name: "one", resources: { requests } }], ...spec } };
}
