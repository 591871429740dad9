import assert from "node:assert/strict";
import { join } from "node:path";
import { clustersOf, withoutWrites } from "../e2e/support/clusters";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import { testRows } from "./rows";
import type { Stage } from "./stage";

const type = "gloo-mesh-relay:index:GlooMeshRelayRegistration";

testRows("identity", "identity and resource options", [
  {
    id: "move-without-alias",
    run: async (stage) => {
      await stage.shape({ parent: "fleet" });
      await refused(stage, `aliases: ["urn:pulumi:identity::identity::${type}::edge"]`);
      await stage.shape({});
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "move-with-alias",
    run: async (stage) => {
      await stage.shape({ parent: "fleet", aliases: [{ parent: "root" }] });
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "move-parent",
    from: { parent: "fleet" },
    run: async (stage) => {
      await stage.shape({ parent: "mesh", parentAliases: [{ name: "fleet" }] });
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "move-with-urn",
    from: { parent: "mesh" },
    run: async (stage) => {
      await stage.shape({ name: "east", aliases: [await stage.urn("GlooMeshRelayRegistration")] });
      await stage.withoutRestart(() => stage.up());
      await stage.shape({ name: "edge", aliases: [{ name: "east" }], outputs: true });
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "state-rename",
    from: { name: "edge", outputs: true },
    run: async (stage) => {
      await stage.stack.command(["state", "rename", await stage.urn("GlooMeshRelayRegistration"), "west", "--yes"]);
      await stage.shape({ name: "west" });
      await refused(stage, `::${type}::edge"]`);
      await stage.shape({ name: "west", aliases: [{ name: "edge" }] });
      await refused(stage, "declare it as", "GMR317");
      await stage.stack.command(["state", "rename", await stage.urn("GlooMeshRelayRegistration"), "edge", "--yes"]);
      await stage.shape({});
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "target",
    run: async (stage) => {
      assertSucceeded(await stage.stack.up(["--skip-preview", "--target", await stage.urn("Bystander")]));
      await stage.withoutRestart(() => stage.settled());
    },
  },
  {
    id: "exclude",
    run: async (stage) => {
      const urn = await stage.urn("GlooMeshRelayRegistration");
      assertSucceeded(await stage.stack.up(["--skip-preview", "--exclude", urn, "--exclude-dependents"]));
      await stage.withoutRestart(() => stage.settled());
    },
  },
  {
    id: "plan",
    run: async (stage) => {
      const file = join(stage.world.sandbox.folder, "plan.json");
      assertSucceeded(await stage.stack.preview(["--save-plan", file]));
      assertNoChanges(await stage.stack.up(["--plan", file]));
    },
  },
  {
    id: "transforms-annotations",
    run: async (stage) => {
      await stage.shape({ unmarked: "Namespace" });
      await refused(stage, "The resource edge-namespace has lost the mark", "GMR321");
      await stage.shape({});
      await stage.withoutRestart(() => stage.settled());
    },
  },
  {
    id: "transforms-names",
    run: async (stage) => {
      await stage.shape({ renamed: "Secret" });
      await refused(stage, "The resource edge-root-certificate has a name", "GMR326");
      await stage.shape({});
      await stage.withoutRestart(() => stage.settled());
    },
  },
  {
    id: "transforms-unpreviewed",
    run: async (stage) => {
      await stage.destroyed();
      const shapes = [
        [{ unmarked: "Namespace" }, "GMR321"],
        [{ renamed: "KubernetesCluster" }, "GMR326"],
      ] as const;
      for (const [shape, code] of shapes) {
        await stage.shape(shape);
        assertFailed(await stage.stack.up(["--skip-preview"]), code);
        await stage.destroyed();
      }
    },
  },
  {
    id: "retain",
    run: async (stage) => {
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
    },
  },
  {
    id: "stack-rename",
    run: async (stage) => {
      const renamed = stage.on(await stage.stack.rename("production"));
      assertFailed(await renamed.stack.preview(), /aliases: \["urn:pulumi:identity::identity::[^"]*::edge"\]/);
      await renamed.shape({ aliases: [{ stack: "identity" }] });
      assertSucceeded(await renamed.stack.up(["--skip-preview"]));
      await renamed.settled();
      return renamed;
    },
  },
  {
    id: "destroy-target",
    run: async (stage) => {
      const urn = await stage.urn("GlooMeshRelayRegistration");
      assertSucceeded(await stage.stack.destroy(["--skip-preview", "--target", urn, "--target-dependents"]));
      await stage.assertGone();
      assert.ok(await stage.urn("Bystander"));
    },
  },
]);

/** Neither preview nor up may change a cluster; both print the code, and the words. */
async function refused(stage: Stage, next: string, code = "GMR208"): Promise<void> {
  const clusters = clustersOf(stage.world.sandbox);
  for (const run of [() => stage.stack.preview(), () => stage.stack.up(["--skip-preview"])]) {
    const result = await withoutWrites(clusters, run, { trials: true });
    assertFailed(result, code);
    assert.ok(textOf(result).includes(next), textOf(result));
  }
}
