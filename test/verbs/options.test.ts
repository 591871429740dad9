import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { clustersOf, withoutWrites } from "../e2e/support/clusters";
import { assertFailed, assertSucceeded, textOf } from "../e2e/support/runs";
import { type Shape, Stage } from "./stage";
import { titleOf } from "./table";

describe("resource options, and what they do to the children", () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.start("options");
    await stage.up();
  });

  after(() => stage?.stop());

  const none = { Preparation: {}, Namespace: {}, Secret: {}, KubernetesCluster: {}, BootstrapToken: {}, Release: {} };
  const stays = async (shape: Shape) => {
    await stage.shape(shape);
    await stage.withoutRestart(() => stage.up());
  };
  const labelOf = async () => {
    const core = stage.remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    return (await core.readNamespace({ name: "gloo-mesh" })).metadata?.labels?.["stage"];
  };

  it(titleOf("own-options"), async () => {
    const customTimeouts = { create: "3m", update: "3m", delete: "3m" };
    const ignored = { version: "9.9.9", pluginDownloadURL: "https://example.com" };
    const options = { ignoreChanges: ["values"], replaceOnChanges: ["*"], customTimeouts, deleteBeforeReplace: true };
    await stays({ options: { ...options, ...ignored, additionalSecretOutputs: ["clusterName"] } });
    assert.deepEqual(await stage.optionsOfChildren(Object.keys(options)), { ...none, ClientCertificate: {} });
  });

  it(titleOf("depends-on"), () => stays({ with: "dependsOn" }));

  it(titleOf("transformations"), async () => {
    await stays({ label: "production", older: true });
    assert.equal(await labelOf(), "production");
    await stays({});
    assert.equal(await labelOf(), undefined);
  });

  it(titleOf("transforms-annotations"), async () => {
    await stage.shape({ unmarked: "Namespace" });
    const preview = () => withoutWrites(clustersOf(stage.world.sandbox), () => stage.stack.preview(), { trials: true });
    assertFailed(await preview(), /GMR321 The resource edge-namespace has lost the mark/);
    await stays({});
  });

  it(titleOf("replace-first"), async () => {
    await stage.shape({ child: { kind: "KubernetesCluster", options: { deleteBeforeReplace: true } } });
    await stage.withoutRestart(async () => stage.up(["--replace", await stage.urn("KubernetesCluster")]));
    await stays({});
  });

  it(titleOf("replace-validation"), async () => {
    await stays({ validation: "echo validated" });
    await stage.withoutRestart(async () => {
      const up = await stage.stack.up(["--skip-preview", "--replace", await stage.urn("Command")]);
      assertSucceeded(up);
      assert.match(textOf(up), /validated/);
      await stage.settled();
    });
    await stays({});
  });

  it(titleOf("state-protect"), async () => {
    const child = await stage.urn("KubernetesCluster");
    const protectedOnes = async () =>
      Object.entries(await stage.optionsOfChildren(["protect"])).flatMap(
        ([kind, { protect }]: [string, { protect?: boolean }]) => (protect ? [kind] : []),
      );
    await stage.stack.command(["state", "protect", child, "--yes"]);
    assert.deepEqual(await protectedOnes(), ["KubernetesCluster"]);
    assertFailed(await stage.stack.destroy(), /because it is protected/);
    await stage.up();
    assert.deepEqual(await protectedOnes(), []);
    await stage.stack.command(["state", "protect", child, "--yes"]);
    await stage.stack.command(["state", "unprotect", child, "--yes"]);
    assert.deepEqual(await protectedOnes(), []);
  });

  it(titleOf("protect-child"), async () => {
    await stage.shape({ child: { kind: "Namespace", options: { protect: true } } });
    assertSucceeded(await stage.stack.up(["--skip-preview"]));
    assertFailed(await stage.stack.destroy(), /edge-namespace" cannot be deleted/);
    assertFailed(await stage.stack.destroy(["--skip-preview"]), /edge-namespace" cannot be deleted/);
    await stage.shape({});
    await stage.up();
  });

  it(titleOf("retain-child"), async () => {
    await stage.shape({ child: { kind: "Release", options: { retainOnDelete: true } } });
    assertSucceeded(await stage.stack.up(["--skip-preview"]));
    await stage.destroyed();
  });

  it(titleOf("deleted-with"), async () => {
    await stage.shape({ with: "deletedWith" });
    await stage.up();
    await stage.destroyed();
  });
});
