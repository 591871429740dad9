import { generation } from "../e2e/support/generation";
import { assertFailed, assertNoChanges } from "../e2e/support/runs";
import { testRows } from "./rows";
import type { Stage } from "./stage";

const quiet = ["--generate-code=false", "--skip-preview", "--yes"];

testRows("state", "imports, names of types and projects, and targets", [
  {
    id: "move-parent-type",
    run: async (stage) => {
      await stage.shape({ parent: "fleet", aliases: [{ parent: "root" }] });
      await stage.withoutRestart(() => stage.up());
      await stage.shape({ parent: "fleet", parentType: "acme:mesh:Fleet" });
      assertFailed(await stage.stack.preview(), /aliases: \["urn:pulumi:state::state::acme:index:Fleet\$/);
      await stage.shape({
        parent: "fleet",
        parentType: "acme:mesh:Fleet",
        parentAliases: [{ type: "acme:index:Fleet" }],
      });
      await stage.withoutRestart(() => stage.up());
      await stage.shape({ aliases: [await stage.urn("GlooMeshRelayRegistration")] });
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "import-child",
    run: async (stage) => {
      const urn = await stage.urn("KubernetesCluster");
      await stage.stack.command(["state", "delete", urn, "--target-dependents", "--yes"]);
      const { kubernetesCluster: kind, releaseName } = generation;
      const type = `kubernetes:${kind.group}/${kind.version}:KubernetesCluster`;
      await importChild(stage, type, "edge-kubernetes-cluster", "gloo-mesh/edge", "management");
      await importChild(stage, "kubernetes:helm.sh/v3:Release", "edge-agent", `gloo-mesh/${releaseName}`, "remote");
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "import-other",
    run: async (stage) => {
      const provider = `provider=${await stage.urn("kubernetes", "::remote")}`;
      const other = ["kubernetes:core/v1:Namespace", "other", "gloo-mesh", "--provider", provider];
      await stage.stack.command(["import", ...other, ...quiet]);
      assertFailed(await stage.stack.up(["--skip-preview"]), /::other" cannot be deleted/);
      await stage.stack.command(["state", "delete", await stage.urn("Namespace", "::other"), "--force", "--yes"]);
      await stage.withoutRestart(() => stage.settled());
    },
  },
  {
    id: "target-refresh",
    run: async (stage) => {
      for (const kind of ["Bystander", "Release"]) {
        const target = ["--target", await stage.urn(kind)];
        assertNoChanges(await stage.stack.up(["--skip-preview", "--refresh", ...target]));
      }
      await stage.withoutRestart(() => stage.settled());
    },
  },
  {
    id: "state-repair",
    run: async (stage) => {
      await stage.stack.command(["state", "repair", "--yes"]);
      assertNoChanges(await stage.stack.up(["--skip-preview"]));
    },
  },
  {
    id: "state-upgrade",
    run: async (stage) => {
      await stage.stack.command(["state", "upgrade", "--yes"]);
      assertNoChanges(await stage.stack.up(["--skip-preview"]));
    },
  },
  {
    id: "project-rename",
    run: async (before) => {
      const stage = before.on(await before.stack.renameProject("renamed"));
      assertFailed(await stage.stack.preview(), /aliases: \["urn:pulumi:state::state::[^"]*::edge"\]/);
      await stage.shape({ aliases: [{ project: "state" }] });
      await before.withoutRestart(() => stage.up());
      return stage;
    },
  },
]);

async function importChild(stage: Stage, type: string, name: string, id: string, side: string): Promise<void> {
  const parent = `edge=${await stage.urn("GlooMeshRelayRegistration")}`;
  const provider = `provider=${await stage.urn("kubernetes", `::${side}`)}`;
  const options = ["--parent", parent, "--provider", provider, "--protect=false"];
  await stage.stack.command(["import", type, name, id, ...options, ...quiet]);
}
