import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeTakeOver } from "../../../../../components/preflight/remote/takeOverFaults";
import type { PreflightRequest } from "../../../../../components/preflight/request";
import { mark, requestFor } from "../../../../support/preflightRequest";

const request = requestFor();
const taking: PreflightRequest = { ...request, ownership: { ...request.ownership, takesOver: true } };
const remote = { where: "remote", access: { context: "prod-2" } };
const hub = { where: "hub", access: { context: "prod-hub" } };
const thisCluster = "11111111-1111-1111-1111-111111111111";

function releaseOf(cluster: string, { owner, status = "deployed" }: { owner?: string; status?: string } = {}) {
  const content = {
    description: "Install complete",
    chartVersion: "1.0.4",
    defaults: {},
    values: { relay: { cluster } },
    manifest: "",
  };
  return {
    secret: { metadata: { name: "sh.helm.release.v1.enterprise-agent.v1", namespace: "gloo-mesh" } },
    ...{ revision: 1, status, created: new Date(0), recorded: false, takenOver: false, incarnation: undefined },
    ...{ content, owner, copiedMark: undefined },
  };
}

function codes(
  release: ReturnType<typeof releaseOf> | undefined,
  annotations?: Record<string, string>,
  asked = taking,
) {
  const cluster = { metadata: { name: "cluster-2", ...(annotations ? { annotations } : {}) } };
  const found = { ...remote, release } as Parameters<typeof judgeTakeOver>[0];
  return judgeTakeOver(found, { ...hub, kubernetesClusters: [cluster] }, asked, thisCluster).map(({ code }) => code);
}

describe("a registration to take over", () => {
  test("is this cluster's if the agent's release names it", () => {
    assert.deepEqual(codes(releaseOf("cluster-2")), []);
  });

  test("GMR330: has an agent with another cluster name", () => {
    assert.deepEqual(codes(releaseOf("east")), ["GMR330"]);
  });

  test("GMR331: has no agent on the remote cluster, or one that is uninstalled", () => {
    assert.deepEqual(codes(undefined), ["GMR331"]);
    assert.deepEqual(codes(releaseOf("cluster-2", { status: "uninstalled" })), ["GMR331"]);
  });

  test("GMR331: is that of another cluster, by the identity that another stack has written", () => {
    const other = { "gloo-mesh-relay-registration/cluster-identity": "22222222-2222-2222-2222-222222222222" };
    assert.deepEqual(codes(releaseOf("cluster-2"), other), ["GMR331"]);
  });

  test("is not judged by a KubernetesCluster that another tool owns", () => {
    assert.deepEqual(
      codes(undefined, undefined, { ...taking, modes: { ...taking.modes, createKubernetesCluster: false } }),
      [],
    );
  });

  test("is not judged without the argument, nor once it has the mark", () => {
    assert.deepEqual(codes(undefined, undefined, request), []);
    assert.deepEqual(codes(releaseOf("cluster-2", { owner: mark })), []);
  });
});
