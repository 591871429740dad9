import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { descendants } from "../sandbox/processes";
import { assertRun, PluginsWorld, type Stack } from "./pluginsWorld";
import { eventually, running } from "./processTable";

// What these tests do not prove: that the official plugin does the same. They pin what was observed of it.
describe("Helm releases of the kubernetes stand-in under the real CLI", { timeout: 600_000 }, () => {
  let world: PluginsWorld;
  before(async () => {
    world = await PluginsWorld.start();
  });
  after(() => world?.stop());

  test("a release that is not ready in time is kept as failed, and the next up goes on from there", async () => {
    const stack = await world.stack("slow");
    const failed = await stack.up({ release: "1.0.0", stuck: true, timeout: 3 });
    assert.match(
      failed.output,
      /failed to initialize completely. Use Helm CLI to investigate: .*context deadline exceeded/,
    );
    assert.equal(await stack.releaseStatus(), "failed");
    assertRun(await stack.up({ release: "1.0.0" }), /release updated/);
    assert.equal(await stack.releaseStatus(), "deployed");
  });

  test("skipAwait does not wait for pods", async () => {
    const stack = await world.stack("hasty");
    assertRun(await stack.up({ release: "1.0.0", stuck: true, skipAwait: true }), /status\s+: "deployed"/);
  });

  test("a plugin killed while helm installs leaves pending-install, and the name is taken from then on", async () => {
    const stack = await world.stack("killed-install");
    const { child, ended } = stack.started("up", { release: "1.0.0", stuck: true }, "--yes", "--skip-preview");
    await untilStatus(stack, "pending-install");
    const plugin = onlyPlugin(child.pid);
    const helm = descendants(plugin).map(({ pid }) => pid);
    process.kill(plugin, "SIGKILL");
    assert.notEqual((await ended).code, 0);
    await eventually("helm has ended", () => running(helm).length === 0);
    assert.equal(await stack.releaseStatus(), "pending-install");
    assert.match((await stack.up({ release: "1.0.0" })).output, /cannot re-use a name that is still in use/);
  });

  test("a plugin killed while helm upgrades leaves pending-upgrade, which blocks up and satisfies up --refresh", async () => {
    const stack = await world.stack("killed-upgrade");
    assertRun(await stack.up({ release: "1.0.0" }));
    const options = { release: "1.1.0", stuck: true };
    const { child, ended } = stack.started("up", options, "--yes", "--skip-preview");
    await untilStatus(stack, "pending-upgrade");
    process.kill(onlyPlugin(child.pid), "SIGKILL");
    await ended;
    assert.match((await stack.up(options)).output, /another operation \(install\/upgrade\/rollback\) is in progress/);
    assertRun(await stack.up(options, "--refresh"), /6 unchanged/);
    assert.match(await stack.state(), /"status":"pending-upgrade"/);
  });

  test("Ctrl-C while helm installs makes helm record the release as failed", async () => {
    const stack = await world.stack("interrupted");
    const { child, ended } = stack.started("up", { release: "1.0.0", stuck: true }, "--yes", "--skip-preview");
    await untilStatus(stack, "pending-install");
    child.kill("SIGINT");
    assert.notEqual((await ended).code, 0);
    assert.equal(await stack.releaseStatus(), "failed");
  });

  test("a CLI killed alone leaves the plugin to finish with helm and to end itself, and no kubeconfig behind", async () => {
    const stack = await world.stack("killed-cli");
    const options = { release: "1.0.0", stuck: true, timeout: 6, content: true };
    const { child, ended } = stack.started("up", options, "--yes", "--skip-preview");
    await untilStatus(stack, "pending-install");
    const plugin = onlyPlugin(child.pid);
    for (const line of processes()) assert.doesNotMatch(line.args, /current-context|client-key-data|apiVersion: v1/);
    world.adoptChildrenOf(child.pid);
    child.kill("SIGKILL");
    await ended;
    assert.deepEqual(running([plugin]), [plugin]);
    await eventually("the plugin has ended", () => running([plugin]).length === 0);
    assert.equal(await stack.releaseStatus(), "failed");
    const left = readdirSync(path.join(world.folder, "tmp")).filter((name) => name.startsWith("helm-"));
    assert.deepEqual(left, []);
  });

  test("destroy of a release that is gone already fails with helm's words", async () => {
    const stack = await world.stack("released");
    assertRun(await stack.up({ release: "1.0.0" }));
    await world.helm("uninstall", "demo", "--namespace", "released");
    assert.match(
      (await stack.destroy({ release: "1.0.0" })).output,
      /uninstall: Release not loaded: demo: release: not found/,
    );
  });
});

async function untilStatus(stack: Stack, status: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await stack.releaseStatus()) !== status) {
    if (performance.now() > deadline) throw new Error(`the release did not become ${status}`);
    await delay(100);
  }
}

function processes(): { pid: number; parent: number; args: string }[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 1e8 });
  return [...table.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm)].map(([, pid, parent, args = ""]) => ({
    pid: Number(pid),
    parent: Number(parent),
    args,
  }));
}

function onlyPlugin(cli: number | undefined): number {
  const found = processes().filter(
    ({ parent, args }) => parent === cli && args.includes(path.join("kubernetes", "main.js")),
  );
  assert.equal(found.length, 1);
  return found[0]?.pid ?? 0;
}
