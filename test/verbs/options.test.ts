import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { clustersOf, withoutWrites } from "../e2e/support/clusters";
import { assertFailed, assertSucceeded, textOf } from "../e2e/support/runs";
import { testRows } from "./rows";
import type { Shape, Stage } from "./stage";

testRows("options", "resource options, and what they do to the children", [
  {
    id: "own-options",
    run: async (stage) => {
      const customTimeouts = { create: "3m", update: "3m", delete: "3m" };
      const ignored = { version: "9.9.9", pluginDownloadURL: "https://example.com" };
      const options = { ignoreChanges: ["values"], replaceOnChanges: ["*"], customTimeouts, deleteBeforeReplace: true };
      await stays(stage, { options: { ...options, ...ignored, additionalSecretOutputs: ["clusterName"] } });
      const plain = {
        Preparation: {},
        Namespace: {},
        Secret: {},
        KubernetesCluster: {},
        BootstrapToken: {},
        Release: {},
      };
      assert.deepEqual(await stage.optionsOfChildren(Object.keys(options)), { ...plain, ClientCertificate: {} });
    },
  },
  {
    id: "depends-on",
    run: async (stage) => {
      await stays(stage, { with: "dependsOn" });
    },
  },
  {
    id: "transforms",
    run: async (stage) => {
      await stays(stage, { label: "production" });
      assert.equal(await labelOfNamespace(stage), "production");
      await stays(stage, {});
      assert.equal(await labelOfNamespace(stage), undefined);
    },
  },
  {
    id: "transformations",
    run: async (stage) => {
      await stays(stage, { label: "production", older: true });
      assert.equal(await labelOfNamespace(stage), "production");
      await stays(stage, {});
      assert.equal(await labelOfNamespace(stage), undefined);
    },
  },
  {
    id: "replace-first",
    run: async (stage) => {
      await stage.shape({ child: { kind: "KubernetesCluster", options: { deleteBeforeReplace: true } } });
      await stage.withoutRestart(async () => stage.up(["--replace", await stage.urn("KubernetesCluster")]));
      await stays(stage, {});
    },
  },
  {
    id: "replace-validation",
    run: async (stage) => {
      await stays(stage, { validation: "echo validated" });
      await stage.withoutRestart(async () => {
        const up = await stage.stack.up(["--skip-preview", "--replace", await stage.urn("Command")]);
        assertSucceeded(up);
        assert.match(textOf(up), /validated/);
        await stage.settled();
      });
      await stays(stage, {});
    },
  },
  {
    id: "state-protect",
    run: async (stage) => {
      const child = await stage.urn("KubernetesCluster");
      await stage.stack.command(["state", "protect", child, "--yes"]);
      assert.deepEqual(await protectedChildren(stage), ["KubernetesCluster"]);
      assertFailed(await stage.stack.destroy(), /because it is protected/);
      await stage.up();
      assert.deepEqual(await protectedChildren(stage), []);
      await stage.stack.command(["state", "protect", child, "--yes"]);
      await stage.stack.command(["state", "unprotect", child, "--yes"]);
      assert.deepEqual(await protectedChildren(stage), []);
    },
  },
  {
    id: "protect",
    run: async (stage) => {
      await stage.shape({ options: { protect: true } });
      assertSucceeded(await stage.stack.up(["--skip-preview"]));
      const clusters = clustersOf(stage.world.sandbox);
      assertFailed(await withoutWrites(clusters, () => stage.stack.destroy(["--skip-preview"])), /protected/);
      await stage.shape({});
      assertSucceeded(await stage.stack.up(["--skip-preview"]));
      await stage.settled();
    },
  },
  {
    id: "protect-child",
    run: async (stage) => {
      await stage.shape({ child: { kind: "Namespace", options: { protect: true } } });
      assertSucceeded(await stage.stack.up(["--skip-preview"]));
      assertFailed(await stage.stack.destroy(), /edge-namespace" cannot be deleted/);
      assertFailed(await stage.stack.destroy(["--skip-preview"]), /edge-namespace" cannot be deleted/);
      await stage.shape({});
      await stage.up();
    },
  },
  {
    id: "hooks",
    run: async (stage) => {
      await stage.destroyed();
      await stage.shape({ hooks: true });
      const up = await stage.stack.up(["--skip-preview"]);
      // The sandbox's own language host is of a Pulumi without hooks; that of an installed Pulumi has them.
      if (stage.world.sandbox.tools["pulumi-language-nodejs"].source === "cache") {
        assertFailed(up, /RegisterResourceHook/);
        return stage.destroyed();
      }
      assertSucceeded(up);
      assert.match(textOf(up), /hook: after-create/);
      await stage.settled();
      const clusters = clustersOf(stage.world.sandbox);
      assertFailed(await withoutWrites(clusters, () => stage.stack.destroy(["--skip-preview"])), /run-program/);
      const destroy = await stage.stack.destroy(["--skip-preview", "--run-program"]);
      assertSucceeded(destroy);
      assert.match(textOf(destroy), /hook: before-delete/);
      await stage.assertGone();
    },
  },
  {
    id: "retain-child",
    run: async (stage) => {
      await stage.shape({ child: { kind: "Release", options: { retainOnDelete: true } } });
      assertSucceeded(await stage.stack.up(["--skip-preview"]));
      await stage.destroyed();
    },
  },
  {
    id: "deleted-with",
    run: async (stage) => {
      await stage.shape({ with: "deletedWith" });
      await stage.up();
      await stage.destroyed();
    },
  },
]);

/** Declares it so: registered, without a restart. */
async function stays(stage: Stage, shape: Shape): Promise<void> {
  await stage.shape(shape);
  await stage.withoutRestart(() => stage.up());
}

async function labelOfNamespace({ remote }: Stage): Promise<string | undefined> {
  const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
  return (await core.readNamespace({ name: "gloo-mesh" })).metadata?.labels?.["stage"];
}

async function protectedChildren(stage: Stage): Promise<readonly string[]> {
  const children: Record<string, { readonly protect?: boolean }> = await stage.optionsOfChildren(["protect"]);
  return Object.keys(children).filter((kind) => children[kind]?.protect);
}
