import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { Sandbox } from "../sandbox/sandbox";
import { ensureTools } from "../toolchain";
import { eventually, processesNaming } from "./processTable";

describe("a sandbox", () => {
  it("has a hub, remote clusters and charts, and leaves nothing when it stops", async () => {
    const sandbox = await Sandbox.start({ remotes: ["remote-1"] });
    try {
      assert.equal(statSync(sandbox.folder).mode & 0o777, 0o700);
      const contexts = execFileSync(
        sandbox.tools.kubectl.path,
        [`--kubeconfig=${sandbox.kubeconfig}`, "config", "get-contexts", "--output=name"],
        { encoding: "utf8" },
      );
      assert.deepEqual(contexts.trim().split("\n"), ["management", "remote-1"]);
      const secrets = await sandbox.management.kubeConfig
        .makeApiClient(k8s.CoreV1Api)
        .listNamespacedSecret({ namespace: sandbox.hub.namespace });
      assert.ok(secrets.items.some(({ metadata }) => metadata?.name === "relay-root-tls-secret"));
      const [host = "", port = ""] = sandbox.relayAddress.split(":");
      const socket = connect(Number(port), host);
      await once(socket, "connect");
      socket.destroy();
      const index = await (await fetch(new URL("index.yaml", sandbox.chartRepository.url))).text();
      assert.ok(index.includes("enterprise-agent"));
      assert.equal(sandbox.remote("remote-1").plane.name, "remote-1");
      assert.throws(() => sandbox.remote("remote-2"), /no cluster remote-2 in this sandbox/);
    } finally {
      await sandbox.stop();
    }
    await sandbox.stop(); // a second call, from a signal handler for instance, does no harm
    assert.equal(existsSync(sandbox.folder), false);
    assert.deepEqual(processesNaming(sandbox.folder), []);
  });

  it("leaves nothing when a part of it cannot start", async () => {
    await inOwnTemporaryFolder(async (folder) => {
      const tools = await ensureTools();
      const helm = join(folder, "helm");
      writeFileSync(helm, "#!/bin/sh\necho broken helm >&2\nexit 1\n", { mode: 0o755 });
      const broken = { ...tools, helm: { ...tools.helm, path: helm } };
      await assert.rejects(Sandbox.start({ remotes: [], tools: broken }), /broken helm/);
      assert.deepEqual(readdirSync(folder), ["helm"]);
      assert.deepEqual(processesNaming(`${folder}/`), []);
    });
  });

  it("leaves nothing when the process that holds it is killed", async () => {
    const parent = spawn(process.execPath, [join(__dirname, "fixtures", "sandboxParent.js")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const folder = line.toString("utf8").trim();
    assert.ok(processesNaming(folder).length >= 3);
    parent.kill("SIGKILL");
    await eventually("its processes end", () => processesNaming(folder).length === 0);
    await eventually("its folder goes", () => !existsSync(folder));
  });
});

async function inOwnTemporaryFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync("/tmp/own-");
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    await run(folder);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(folder, { recursive: true, force: true });
  }
}
