import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { startCredentialPluginsWith } from "../../../../../components/base/internals/clientNodeInternals";

test("a KubeConfig of client-node starts credential plugins with the function that it is given", async () => {
  const config = new KubeConfig();
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "the-plugin", args: ["a"], env: [] };
  config.loadFromOptions({
    clusters: [{ name: "a", server: "https://127.0.0.1:1" }],
    users: [{ name: "a", exec }],
    contexts: [{ name: "a", cluster: "a", user: "a" }],
    currentContext: "a",
  });
  const started: unknown[] = [];
  startCredentialPluginsWith(config, (command: string, args: readonly string[]) => {
    started.push([command, ...args]);
    throw new Error("not started");
  });
  await assert.rejects(config.applyToHTTPSOptions({}), /not started/);
  assert.deepEqual(started, [["the-plugin", "a"]]);
});
