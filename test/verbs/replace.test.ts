import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { recordedLabel } from "../../components/glooMesh/ownership";
import { hasToken } from "../e2e/support/clusters";
import { generation } from "../e2e/support/generation";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import { Stage } from "./stage";
import { titleOf } from "./table";

const { releaseName } = generation;

describe("replacements, and surgery on the state", () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.start("replace");
    await stage.up();
  });

  after(() => stage?.stop());

  const replace = async (kind: string, ending = "") => stage.up(["--replace", await stage.urn(kind, ending)]);
  const stays = (kind: string, ending?: string) => () => stage.withoutRestart(() => replace(kind, ending));

  it(titleOf("replace-preparation"), stays("Preparation"));
  it(titleOf("replace-namespace"), stays("Namespace"));
  it(titleOf("replace-root"), stays("Secret"));
  it(titleOf("replace-token"), async () => {
    await stage.withoutRestart(() => replace("BootstrapToken"));
    assert.equal(await hasToken(stage.remote), false);
  });
  it(titleOf("replace-cluster"), stays("KubernetesCluster"));
  it(titleOf("replace-certificate"), stays("ClientCertificate"));
  it(titleOf("replace-agent"), async () => {
    const preview = await stage.stack.preview(["--replace", await stage.agentUrn()]);
    assertSucceeded(preview);
    const installed = new RegExp(`GMR318 The Helm release ${releaseName} is installed, and this run installs it again`);
    assert.match(textOf(preview), installed);
    await replace("Release", "-agent");
  });
  it(titleOf("replace-provider"), () => replace("kubernetes", "::remote"));
  it(titleOf("replace-hub-provider"), stays("kubernetes", "::management"));

  it(titleOf("taint-cluster"), async () => {
    await stage.stack.command(["state", "taint", await stage.urn("KubernetesCluster"), "--yes"]);
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("export-import"), async () => {
    const state = JSON.stringify(await stage.stack.exportState());
    await stage.stack.command(["stack", "import", "--stack", stage.stack.stack], state);
    assertNoChanges(await stage.stack.up(["--skip-preview"]));
  });

  it(titleOf("delete-agent"), async () => {
    const urn = await stage.agentUrn();
    await stage.stack.command(["state", "delete", urn, "--target-dependents", "--yes"]);
    const preview = await stage.stack.preview();
    assertSucceeded(preview);
    const lost = `GMR318 .*if the state has lost it: kubectl .* label secret -l owner=helm,name=${releaseName}`;
    assert.match(textOf(preview), new RegExp(lost));
    assertFailed(await stage.stack.up(["--skip-preview"]), /cannot re-use a name that is still in use/);
    await forgetRelease(stage);
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("delete-all"), async () => {
    const urn = await stage.urn("GlooMeshRelayRegistration");
    await stage.stack.command(["state", "delete", urn, "--target-dependents", "--yes"]);
    const preview = await stage.stack.preview();
    assertSucceeded(preview);
    assert.match(textOf(preview), /plan: register edge \(adopted\)/);
    await stage.withoutRestart(() => stage.up());
  });

  it(titleOf("refresh"), async () => {
    assertSucceeded(await stage.stack.refresh());
    assertNoChanges(await stage.stack.up(["--skip-preview", "--refresh"]));
  });

  it(titleOf("destroy-child"), async () => {
    const urn = await stage.urn("KubernetesCluster");
    assertSucceeded(await stage.stack.destroy(["--skip-preview", "--target", urn, "--target-dependents"]));
    await stage.up();
  });

  it(titleOf("run-program"), async () => {
    assertSucceeded(await stage.stack.destroy(["--skip-preview", "--run-program"]));
    await stage.assertGone();
  });
});

/** Removes the label from the records of the release, as GMR318 says. */
async function forgetRelease({ remote }: Stage): Promise<void> {
  const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
  const namespace = "gloo-mesh";
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${releaseName}` });
  for (const body of items) {
    delete body.metadata?.labels?.[recordedLabel];
    await core.replaceNamespacedSecret({ name: body.metadata?.name ?? "", namespace, body });
  }
}
