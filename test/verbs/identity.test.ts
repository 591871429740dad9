import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { clustersOf, withoutWrites } from "../e2e/support/clusters";
import { assertRegistered } from "../e2e/support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { Stage } from "./stage";
import { titleOf } from "./table";

describe("identity and resource options", () => {
  let stage: Stage;
  let renamed: PulumiWorkspace;

  before(async () => {
    stage = await Stage.start("identity");
    await stage.up();
  });

  after(() => stage?.stop());

  const type = "gloo-mesh-relay:index:GlooMeshRelayRegistration";

  /** Neither preview nor up may change a cluster; both name the alias. */
  const refused = async (alias: string, code = "GMR208") => {
    const clusters = clustersOf(stage.world.sandbox);
    for (const run of [() => stage.stack.preview(), () => stage.stack.up(["--skip-preview"])]) {
      const result = await withoutWrites(clusters, run, { trials: true });
      assertFailed(result, code);
      assert.ok(textOf(result).includes(alias), textOf(result));
    }
  };

  it(titleOf("move-without-alias"), async () => {
    await stage.shape({ parent: "fleet" });
    await refused(`aliases: ["urn:pulumi:identity::identity::${type}::edge"]`);
    await stage.shape({});
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("move-with-alias"), async () => {
    await stage.shape({ parent: "fleet", aliases: [{ parent: "root" }] });
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("move-parent"), async () => {
    await stage.shape({ parent: "mesh", parentAliases: [{ name: "fleet" }] });
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("move-with-urn"), async () => {
    const aliases = [await stage.urn("GlooMeshRelayRegistration")];
    await stage.shape({ name: "east", aliases });
    await stage.withoutRestart(() => stage.up());
    await stage.shape({ name: "edge", aliases: [{ name: "east" }], outputs: true });
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("state-rename"), async () => {
    await stage.stack.command(["state", "rename", await stage.urn("GlooMeshRelayRegistration"), "west", "--yes"]);
    await stage.shape({ name: "west" });
    await refused(`::${type}::edge"]`);
    await stage.shape({ name: "west", aliases: [{ name: "edge" }] });
    await refused("declare it as", "GMR317");
    await stage.stack.command(["state", "rename", await stage.urn("GlooMeshRelayRegistration"), "edge", "--yes"]);
    await stage.shape({});
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("target"), async () => {
    const bystander = await stage.urn("Bystander");
    assertSucceeded(await stage.stack.up(["--skip-preview", "--target", bystander]));
    await stage.withoutRestart(() => stage.settled());
  });

  it(titleOf("exclude"), async () => {
    const urn = await stage.urn("GlooMeshRelayRegistration");
    assertSucceeded(await stage.stack.up(["--skip-preview", "--exclude", urn, "--exclude-dependents"]));
    await stage.withoutRestart(() => stage.settled());
  });

  it(titleOf("plan"), async () => {
    const file = join(stage.world.sandbox.folder, "plan.json");
    assertSucceeded(await stage.stack.preview(["--save-plan", file]));
    assertNoChanges(await stage.stack.up(["--plan", file]));
  });

  it(titleOf("transforms"), async () => {
    await stage.shape({ label: "production" });
    await stage.withoutRestart(() => stage.up());
    const core = stage.remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    const { metadata } = await core.readNamespace({ name: "gloo-mesh" });
    assert.equal(metadata?.labels?.["stage"], "production");
    await stage.shape({});
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("protect"), async () => {
    await stage.shape({ options: { protect: true } });
    assertSucceeded(await stage.stack.up(["--skip-preview"]));
    const clusters = clustersOf(stage.world.sandbox);
    assertFailed(await withoutWrites(clusters, () => stage.stack.destroy(["--skip-preview"])), /protected/);
    await stage.shape({});
    assertSucceeded(await stage.stack.up(["--skip-preview"]));
    await stage.settled();
  });

  it(titleOf("retain"), async () => {
    await stage.shape({ options: { retainOnDelete: true } });
    assertSucceeded(await stage.stack.up(["--skip-preview"]));
    await stage.withoutRestart(async () => {
      await stage.shape({ absent: true });
      assertSucceeded(await stage.stack.up(["--skip-preview"]));
      await stage.shape({});
      const preview = await stage.stack.preview();
      assertSucceeded(preview);
      assert.match(textOf(preview), /plan: register edge \(adopted\)/);
      await stage.up();
    });
  });

  it(titleOf("stack-rename"), async () => {
    renamed = await stage.stack.rename("production");
    assertFailed(await renamed.preview(), /aliases: \["urn:pulumi:identity::identity::[^"]*::edge"\]/);
    await renamed.setConfig({ shape: { aliases: [{ stack: "identity" }] } });
    assertSucceeded(await renamed.up(["--skip-preview"]));
    await assertRegistered(stage.world, renamed, "edge", stage.remote);
    assertNoChanges(await renamed.up(["--skip-preview"]));
  });

  it(titleOf("destroy-target"), async () => {
    const stack = renamed;
    const urn = `urn:pulumi:production::identity::${type}::edge`;
    assertSucceeded(await stack.destroy(["--skip-preview", "--target", urn, "--target-dependents"]));
    await stage.assertGone();
    const { resources = [] } = (await stack.exportState()).deployment;
    assert.ok(resources.some((resource) => resource.type === "acme:index:Bystander"));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });
});
