import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agentDeploymentIn, workloadOf } from "../../../../components/glooMesh/agentWorkload";
import { generations } from "../../../../components/glooMesh/generation";
import type { Deployment } from "../../../../components/kubernetes/workloads";

const platform = generations["2.x"];

const deployment = (
  name: string,
  containers: readonly string[],
  labels: Readonly<Record<string, string>> = {},
  deletionTimestamp?: string,
): Deployment => ({
  metadata: { name, labels, ...(deletionTimestamp ? { deletionTimestamp } : {}) },
  spec: {
    selector: { matchLabels: { app: name, part: "mesh" } },
    template: { spec: { containers: containers.map((one) => ({ name: one })) } },
  },
});

const named = deployment("gloo-mesh-agent", ["agent"]);
const labelled = deployment("prod-gloo-mesh-agent", ["gloo-mesh-agent"], { app: "gloo-mesh-agent" });
const sidecar = deployment("gloo-mesh-mgmt-server", ["gloo-mesh-mgmt-server", "gloo-mesh-agent"]);
const other = deployment("gloo-mesh-ui", ["gloo-mesh-ui"]);

describe("the Deployment of an agent that someone else installs", () => {
  test("is the one with the chart's name, else with its label, else with a container of its name", () => {
    const find = (...all: Deployment[]) => agentDeploymentIn(all, platform.agentName)?.metadata.name;
    assert.equal(find(other, sidecar, labelled, named), "gloo-mesh-agent");
    assert.equal(find(other, sidecar, labelled), "prod-gloo-mesh-agent");
    assert.equal(find(other, sidecar), "gloo-mesh-mgmt-server");
    assert.equal(find(other), undefined);
  });

  test("is not one that is being deleted", () => {
    const leaving = deployment("gloo-mesh-agent", ["gloo-mesh-agent"], {}, "2026-11-30T00:00:00Z");
    assert.equal(agentDeploymentIn([leaving], platform.agentName), undefined);
  });

  test("says by its selector which pods are the agent's, and whether they are the relay server's too", () => {
    assert.deepEqual(workloadOf(labelled, platform), {
      deploymentName: "prod-gloo-mesh-agent",
      selector: "app=prod-gloo-mesh-agent,part=mesh",
      isSidecar: false,
    });
    assert.equal(workloadOf(sidecar, platform).isSidecar, true);
    const analyzed = deployment("gloo-mesh-agent", ["gloo-mesh-agent", "gloo-mesh-analyzer"]);
    assert.equal(workloadOf(analyzed, platform).isSidecar, false);
    assert.equal(workloadOf({ metadata: { name: "a" } }, platform).selector, "app=gloo-mesh-agent");
  });
});
