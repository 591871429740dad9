import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse, stringify } from "yaml";
import type { FakeKubeApi } from "../support/fakeKubeApi";
import { proofWorld, putCrashingPod } from "./proofWorld";
import { certificatePath, clientSecret } from "./world";

test("a credential plugin of the management cluster runs once for each expiry, and not for each look", async (context) => {
  const { remote, hub, process, certificateInputs } = await proofWorld(context);
  const { kubeconfig, runs } = withExpiringPlugin(context, hub);
  putCrashingPod(remote, "10s");
  const proving = process.create(certificateInputs({ management: { ...hub.access, kubeconfig } }));
  await hub.until(() => hub.count("get", "/deployments/enterprise-networking") === 4);
  assert.equal(runs(), 2);
  remote.store.put(certificatePath, await clientSecret());
  await proving;
});

/** A kubeconfig of the server, whose user has a plugin: its first credential expires after a second, the second one does not. */
function withExpiringPlugin(context: TestContext, api: FakeKubeApi): { kubeconfig: string; runs: () => number } {
  const folder = mkdtempSync(join(tmpdir(), "plugin-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const counted = join(folder, "runs");
  const plugin = join(folder, "plugin.js");
  const kubeconfig = join(folder, "kubeconfig");
  const apiVersion = "client.authentication.k8s.io/v1";
  writeFileSync(
    plugin,
    `const { appendFileSync, existsSync } = require("node:fs");
    const seconds = existsSync(${JSON.stringify(counted)}) ? 1e6 : 1;
    appendFileSync(${JSON.stringify(counted)}, ".");
    const expirationTimestamp = new Date(Date.now() + seconds * 1000);
    const status = { token: ${JSON.stringify(api.bearer)}, expirationTimestamp };
    console.log(JSON.stringify({ apiVersion: "${apiVersion}", kind: "ExecCredential", status }));`,
    { mode: 0o600 },
  );
  const exec = { apiVersion, command: process.execPath, args: [plugin], interactiveMode: "Never" };
  const config = parse(api.kubeConfig.exportConfig()) as { users: readonly object[] };
  const users = config.users.map((one) => ({ ...one, user: { exec } }));
  writeFileSync(kubeconfig, stringify({ ...config, users }), { mode: 0o600 });
  return { kubeconfig, runs: () => readFileSync(counted, "utf8").length };
}
