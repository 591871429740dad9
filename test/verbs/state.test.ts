import { after, before, describe, it } from "node:test";
import { generation } from "../e2e/support/generation";
import { assertFailed, assertNoChanges, assertSucceeded } from "../e2e/support/runs";
import { Stage } from "./stage";
import { titleOf } from "./table";

describe("imports, moves of the state, and targets", () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.start("state");
    await stage.up();
  });

  after(() => stage?.stop());

  const quiet = ["--generate-code=false", "--skip-preview", "--yes"];
  const forget = async (kind: string) =>
    stage.stack.command(["state", "delete", await stage.urn(kind), "--target-dependents", "--yes"]);
  const importChild = async (type: string, name: string, id: string, side: string) => {
    const parent = `edge=${await stage.urn("GlooMeshRelayRegistration")}`;
    const provider = `provider=${await stage.urn("kubernetes", `::${side}`)}`;
    const options = ["--parent", parent, "--provider", provider, "--protect=false"];
    await stage.stack.command(["import", type, name, id, ...options, ...quiet]);
  };

  it(titleOf("move-parent-type"), async () => {
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
  });

  it(titleOf("import-child"), async () => {
    await forget("KubernetesCluster");
    const { kubernetesCluster: kind, releaseName } = generation;
    const type = `kubernetes:${kind.group}/${kind.version}:KubernetesCluster`;
    await importChild(type, "edge-kubernetes-cluster", "gloo-mesh/edge", "management");
    await importChild("kubernetes:helm.sh/v3:Release", "edge-agent", `gloo-mesh/${releaseName}`, "remote");
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("import-other"), async () => {
    const provider = `provider=${await stage.urn("kubernetes", "::remote")}`;
    const other = ["kubernetes:core/v1:Namespace", "other", "gloo-mesh", "--provider", provider];
    await stage.stack.command(["import", ...other, ...quiet]);
    assertFailed(await stage.stack.up(["--skip-preview"]), /::other" cannot be deleted/);
    await stage.stack.command(["state", "delete", await stage.urn("Namespace", "::other"), "--force", "--yes"]);
    await stage.withoutRestart(() => stage.settled());
  });

  it(titleOf("target-refresh"), async () => {
    for (const kind of ["Bystander", "Release"]) {
      assertNoChanges(await stage.stack.up(["--skip-preview", "--refresh", "--target", await stage.urn(kind)]));
    }
    await stage.withoutRestart(() => stage.settled());
  });

  it(titleOf("state-repair"), async () => {
    await stage.stack.command(["state", "repair", "--yes"]);
    assertNoChanges(await stage.stack.up(["--skip-preview"]));
  });

  it(titleOf("state-move"), async () => {
    const second = await stage.another("second");
    const component = await stage.urn("GlooMeshRelayRegistration");
    const move = ["state", "move", component, "--source", "state", "--dest", "second", "--yes"];
    await stage.stack.command(move);
    assertFailed(await second.stack.preview(), /aliases: \["urn:pulumi:state::state::[^"]*::edge"\]/);
    await second.shape({ aliases: [{ stack: "state" }] });
    await stage.withoutRestart(() => second.up());
    await stage.shape({ absent: true });
    assertSucceeded(await stage.stack.up(["--skip-preview"]));
    await stage.withoutRestart(() => second.settled());
    stage = second;
  });

  it(titleOf("project-rename"), async () => {
    await stage.shape({});
    await stage.withoutRestart(() => stage.settled());
    stage = stage.on(await stage.stack.renameProject("renamed"));
    assertFailed(await stage.stack.preview(), /aliases: \["urn:pulumi:second::state::[^"]*::edge"\]/);
    await stage.shape({ aliases: [{ project: "state" }] });
    await stage.withoutRestart(() => stage.up());
    await stage.destroyed();
  });
});
