import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFingerprint, releaseStatuses } from "./support/clusters";
import { Gate } from "./support/gate";
import { duringRun, killWithPlugins, recover } from "./support/killing";
import { assertRegistered } from "./support/proof";
import { assertNoChanges, assertSucceeded } from "./support/runs";
import { World } from "./support/world";

// A gate at the API server holds Helm at a known point, so that every kill hits the same moment.

describe("a run that is killed", () => {
  let world: World;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
  });

  after(() => world?.stop());

  it("with its plugins while Helm installs, is made good by at most two further runs", async () => {
    const remote = world.sandbox.remote("remote-1");
    const stack = await world.stack("both", { clusters: { "remote-1": {} }, abandonedAfterSeconds: 1 });
    const gate = await Gate.forDeployments(remote, "CREATE");
    const run = stack.start("up", ["--skip-preview"]);
    await duringRun(run, gate.arrived);
    await killWithPlugins(run);
    await gate.open();
    assert.deepEqual(await releaseStatuses(remote), ["pending-install"]);

    await recover(stack);
    await assertRegistered(world, stack, "remote-1", remote);
    assertNoChanges(await stack.up(["--skip-preview"]));
  });

  it("with its plugins while Helm upgrades, is made good by at most two further runs", async () => {
    const remote = world.sandbox.remote("remote-2");
    const stack = await world.stack("upgraded", { clusters: { "remote-2": {} }, abandonedAfterSeconds: 1 });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await stack.setConfig({ agentVersion: "1.0.13" });
    const gate = await Gate.forDeployments(remote, "UPDATE");
    const run = stack.start("up", ["--skip-preview"]);
    await duringRun(run, gate.arrived);
    await killWithPlugins(run);
    await gate.open();
    assert.equal((await releaseStatuses(remote)).at(-1), "pending-upgrade");

    await recover(stack);
    const { agentVersion } = await assertRegistered(world, stack, "remote-2", remote);
    assert.equal(agentVersion, "1.0.13");
    assertNoChanges(await stack.up(["--skip-preview"]));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });

  it("alone, while its plugin goes on with the installation, is made good by at most two further runs", async () => {
    const remote = world.sandbox.remote("remote-2");
    const stack = await world.stack("alone", { clusters: { "remote-2": {} }, abandonedAfterSeconds: 1 });
    const gate = await Gate.forDeployments(remote, "CREATE");
    const run = stack.start("up", ["--skip-preview"]);
    await duringRun(run, gate.arrived);
    await run.kill();
    await gate.open();

    await recover(stack);
    await assertRegistered(world, stack, "remote-2", remote);
    assertNoChanges(await stack.up(["--skip-preview"]));
  });
});

describe("a state that is lost", () => {
  it("is made anew by up, on what is there already", async () => {
    const world = await World.start(["remote-1"]);
    try {
      const remote = world.sandbox.remote("remote-1");
      const lost = await world.stack("lost", { clusters: { "remote-1": {} } });
      assertSucceeded(await lost.up(["--skip-preview"]));
      const former = await clientFingerprint(remote);
      await lost.command(["stack", "rm", "lost", "--force", "--yes"]);

      const found = await world.stack("lost", { clusters: { "remote-1": {} } });
      assertSucceeded(await found.up());
      await assertRegistered(world, found, "remote-1", remote);
      assert.notEqual(await clientFingerprint(remote), former);
      assertNoChanges(await found.up(["--skip-preview"]));
    } finally {
      await world.stop();
    }
  });
});
