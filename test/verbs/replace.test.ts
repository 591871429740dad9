import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { recordedLabel } from "../../components/glooMesh/ownership";
import { hasToken } from "../e2e/support/clusters";
import { generation } from "../e2e/support/generation";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import { testRows } from "./rows";
import type { Stage } from "./stage";

const { releaseName } = generation;

testRows("replace", "replacements, and surgery on the state", [
  { id: "replace-preparation", run: replacedWithoutRestart("Preparation") },
  { id: "replace-namespace", run: replacedWithoutRestart("Namespace") },
  { id: "replace-root", run: replacedWithoutRestart("Secret") },
  {
    id: "replace-token",
    run: async (stage) => {
      await replacedWithoutRestart("BootstrapToken")(stage);
      assert.equal(await hasToken(stage.remote), false);
    },
  },
  { id: "replace-cluster", run: replacedWithoutRestart("KubernetesCluster") },
  { id: "replace-certificate", run: replacedWithoutRestart("ClientCertificate") },
  {
    id: "replace-agent",
    run: async (stage) => {
      const preview = await stage.stack.preview(["--replace", await stage.agentUrn()]);
      assertSucceeded(preview);
      const installed = `GMR318 The Helm release ${releaseName} is installed, and this run installs it again`;
      assert.ok(textOf(preview).includes(installed), textOf(preview));
      await replaced(stage, "Release", "-agent");
    },
  },
  { id: "replace-provider", run: (stage) => replaced(stage, "kubernetes", "::remote") },
  { id: "replace-hub-provider", run: replacedWithoutRestart("kubernetes", "::management") },
  {
    id: "taint-cluster",
    run: async (stage) => {
      await stage.stack.command(["state", "taint", await stage.urn("KubernetesCluster"), "--yes"]);
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "export-import",
    run: async (stage) => {
      const state = JSON.stringify(await stage.stack.exportState());
      await stage.stack.command(["stack", "import", "--stack", stage.stack.stack], state);
      assertNoChanges(await stage.stack.up(["--skip-preview"]));
    },
  },
  {
    id: "delete-agent",
    run: async (stage) => {
      const urn = await stage.agentUrn();
      await stage.stack.command(["state", "delete", urn, "--target-dependents", "--yes"]);
      const preview = await stage.stack.preview();
      assertSucceeded(preview);
      const lost = `GMR318 .*if the state has lost it: kubectl .* label secret -l owner=helm,name=${releaseName}`;
      assert.match(textOf(preview), new RegExp(lost));
      assertFailed(await stage.stack.up(["--skip-preview"]), /cannot re-use a name that is still in use/);
      await forgetRelease(stage);
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "delete-all",
    run: async (stage) => {
      const urn = await stage.urn("GlooMeshRelayRegistration");
      await stage.stack.command(["state", "delete", urn, "--target-dependents", "--yes"]);
      const preview = await stage.stack.preview();
      assertSucceeded(preview);
      assert.match(textOf(preview), /plan: register edge \(adopted\)/);
      await stage.withoutRestart(() => stage.up());
    },
  },
  {
    id: "refresh",
    run: async (stage) => {
      assertSucceeded(await stage.stack.refresh());
      assertNoChanges(await stage.stack.up(["--skip-preview", "--refresh"]));
    },
  },
  {
    id: "destroy-child",
    run: async (stage) => {
      const urn = await stage.urn("KubernetesCluster");
      assertSucceeded(await stage.stack.destroy(["--skip-preview", "--target", urn, "--target-dependents"]));
      await stage.up();
    },
  },
  {
    id: "state-move",
    run: async (stage) => {
      const second = await stage.another("second");
      const places = ["--source", stage.stack.stack, "--dest", second.stack.stack];
      await stage.stack.command(["state", "move", await stage.urn("GlooMeshRelayRegistration"), ...places, "--yes"]);
      assertFailed(await second.stack.preview(), /aliases: \["urn:pulumi:replace::replace::[^"]*::edge"\]/);
      await second.shape({ aliases: [{ stack: stage.stack.stack }] });
      await stage.withoutRestart(() => second.up());
      await stage.shape({ absent: true });
      assertSucceeded(await stage.stack.up(["--skip-preview"]));
      await stage.withoutRestart(() => second.settled());
      return second;
    },
  },
  {
    id: "run-program",
    run: async (stage) => {
      assertSucceeded(await stage.stack.destroy(["--skip-preview", "--run-program"]));
      await stage.assertGone();
    },
  },
]);

async function replaced(stage: Stage, kind: string, ending = ""): Promise<void> {
  await stage.up(["--replace", await stage.urn(kind, ending)]);
}

function replacedWithoutRestart(kind: string, ending?: string): (stage: Stage) => Promise<void> {
  return (stage) => stage.withoutRestart(() => replaced(stage, kind, ending));
}

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
