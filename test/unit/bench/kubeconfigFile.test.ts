import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withServers } from "../../bench/kubeconfigFile";

const cluster = { server: "https://127.0.0.1:1", "certificate-authority-data": "YQ==" };
const kubeconfig = { clusters: [{ name: "a", cluster }], contexts: [{ name: "a" }], "current-context": "a" };

describe("a kubeconfig for another distance", () => {
  test("differs in the servers' addresses alone", () => {
    const moved = withServers(JSON.stringify(kubeconfig), new Map([[cluster.server, "https://127.0.0.1:2"]]));
    const clusters = [{ name: "a", cluster: { ...cluster, server: "https://127.0.0.1:2" } }];
    assert.deepEqual(JSON.parse(moved), { ...kubeconfig, clusters });
  });

  test("is refused for a server that would stay near", () => {
    assert.throws(() => withServers(JSON.stringify(kubeconfig), new Map()), /no other address/);
  });
});
