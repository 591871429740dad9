import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { descendants } from "../sandbox/processes";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { Sandbox } from "../sandbox/sandbox";
import { PulumiWorkspace } from "../sandbox/workspace";
import { eventually, processesNaming, running } from "./processTable";

// A program of its own on a real engine. What the repository's program does is the subject of the end-to-end tests.

const index = `
const kubernetes = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
const provider = new kubernetes.Provider("remote", { context: "remote-1" });
new kubernetes.core.v1.ConfigMap("settings", { metadata: { name: "settings", namespace: "default" }, data: config.requireObject("data") }, { provider });
class Slow extends pulumi.dynamic.Resource {
  constructor(name, seconds) {
    super({ async create(inputs) {
      await new Promise((resolve) => setTimeout(resolve, inputs.seconds * 1000));
      return { id: "slow", outs: {} };
    } }, name, { seconds });
  }
}
if (config.get("slowSeconds")) new Slow("slow", config.requireNumber("slowSeconds"));
exports.greeting = config.require("greeting");
exports.password = config.requireSecret("password");
`;

describe("a workspace", () => {
  let sandbox: Sandbox;
  let program = "";
  let plugins: number[] = [];

  before(async () => {
    process.env["PULUMI_STACK"] = "the-users-own"; // must not reach any command
    sandbox = await Sandbox.start({ remotes: ["remote-1"], relayServer: false });
    program = join(sandbox.folder, "program");
    mkdirSync(program);
    symlinkSync(join(repositoryRoot(), "node_modules"), join(program, "node_modules"));
    writeFileSync(
      join(program, "Pulumi.yaml"),
      "name: tiny\nruntime: nodejs\nmain: index.js\nstackConfigDir: stacks\n",
    );
    writeFileSync(join(program, "package.json"), JSON.stringify({ name: "tiny" }));
    writeFileSync(join(program, "index.js"), index);
  });

  after(async () => {
    delete process.env["PULUMI_STACK"];
    await sandbox?.stop();
  });

  const create = (stack: string) =>
    PulumiWorkspace.create(sandbox, {
      program,
      stack,
      config: { greeting: "hello", data: { colour: "green" } },
      secrets: { password: "very-confidential" },
    });

  it("previews, deploys, tells outputs and state, and destroys, without writing beside the program", async () => {
    const workspace = await create("full");
    const preview = await workspace.preview();
    assert.equal(preview.exitCode, 0, preview.stderr);
    await assert.rejects(readSettings(sandbox), (error) => error instanceof k8s.ApiException && error.code === 404);

    const up = await workspace.up(["--skip-preview"]);
    assert.equal(up.exitCode, 0, up.stderr);
    assert.equal(up.stderr.trim(), "");
    assert.ok(up.events.some((event) => "summaryEvent" in event));
    assert.deepEqual((await readSettings(sandbox)).data, { colour: "green" });
    assert.deepEqual(await workspace.outputs(), { greeting: "hello", password: "[secret]" });
    assert.equal((await workspace.outputs({ showSecrets: true }))["password"], "very-confidential");
    const types = (await workspace.exportState()).deployment.resources?.map(({ type }) => type);
    assert.ok(types?.includes("kubernetes:core/v1:ConfigMap"));
    assert.ok(!readFileSync(workspace.configFile, "utf8").includes("very-confidential"));

    await workspace.setConfig({ data: { colour: "blue" } });
    assert.equal((await workspace.up(["--skip-preview"])).exitCode, 0);
    assert.deepEqual((await readSettings(sandbox)).data, { colour: "blue" });
    assert.equal((await workspace.up(["--skip-preview", "--expect-no-changes"])).exitCode, 0);

    assert.equal((await workspace.destroy(["--skip-preview"])).exitCode, 0);
    assert.deepEqual(readdirSync(program).sort(), ["Pulumi.yaml", "index.js", "node_modules", "package.json"]);
  });

  it("tells a failure by its exit code and what pulumi said", async () => {
    const workspace = await create("failing");
    await workspace.setConfig({ greeting: undefined });
    const up = await workspace.up(["--skip-preview"]);
    assert.notEqual(up.exitCode, 0);
    assert.match(up.stdout + up.stderr, /Missing required configuration variable 'tiny:greeting'/);
    // The engine may have made what the program declares before it fails.
    assert.equal((await workspace.destroy(["--skip-preview"])).exitCode, 0);
  });

  it("has a run that can be killed while it waits; its plugins end with the sandbox at the latest", async () => {
    const workspace = await create("killed");
    await workspace.setConfig({ slowSeconds: "600" });
    const run = workspace.start("up", ["--skip-preview"]);
    await run.untilOutput(/dynamic:Resource slow creating/);
    plugins = descendants(run.pid ?? Number.NaN).map(({ pid }) => pid);
    assert.ok(plugins.length > 0);
    const { exitCode } = await run.kill();
    assert.equal(exitCode, null);
    // A kill can leave a sidecar file empty, and then no further run can read the state.
    const stored = readdirSync(join(sandbox.folder, "pulumi", "state"), { recursive: true, encoding: "utf8" });
    assert.ok(stored.some((file) => file.endsWith("killed.json")));
    assert.deepEqual(
      stored.filter((file) => file.endsWith(".attrs")),
      [],
    );
    await workspace.command(["cancel", "--yes"]);
    const { deployment } = await workspace.exportState();
    const pending = deployment.pending_operations?.map(({ type, resource }) => [type, resource.urn.split("::").at(-1)]);
    assert.deepEqual(
      pending?.find(([, name]) => name === "slow"),
      ["creating", "slow"],
    );
  });

  it("leaves no process and no file when the sandbox stops", async () => {
    await sandbox.stop();
    await eventually("plugins of the killed run end", () => running(plugins).length === 0);
    assert.deepEqual(processesNaming(sandbox.folder), []);
  });
});

async function readSettings(sandbox: Sandbox): Promise<k8s.V1ConfigMap> {
  const core = sandbox.remote("remote-1").kubeConfig.makeApiClient(k8s.CoreV1Api);
  return core.readNamespacedConfigMap({ name: "settings", namespace: "default" });
}
