import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deployment, isAvailable } from "../../../../components/kubernetes/workloads";

const rolledOut: Deployment = {
  metadata: { name: "enterprise-agent", generation: 2 },
  spec: { replicas: 1 },
  status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};

test("an agent is available when its rollout is complete", () => {
  assert.equal(isAvailable(rolledOut), true);
});

const incomplete: Record<string, Deployment | undefined> = {
  "there is none": undefined,
  "nothing is known of it yet": { metadata: rolledOut.metadata, spec: rolledOut.spec },
  "the controller has not seen the newest change": {
    ...rolledOut,
    status: { ...rolledOut.status, observedGeneration: 1 },
  },
  "a pod of the former rollout is still there": { ...rolledOut, status: { ...rolledOut.status, replicas: 2 } },
  "its pod is not ready": { ...rolledOut, status: { ...rolledOut.status, availableReplicas: 0 } },
  "it is scaled to zero": {
    metadata: rolledOut.metadata,
    spec: { replicas: 0 },
    status: { observedGeneration: 2, replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
  },
};

for (const [circumstance, deployment] of Object.entries(incomplete)) {
  test(`an agent is not available when ${circumstance}`, () => {
    assert.equal(isAvailable(deployment), false);
  });
}
