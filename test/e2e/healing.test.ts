import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { createClientSecretData, type RunningHub, readSecret, secretNames, writeSecret } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { becomes } from "./support/agents";
import {
  clientFingerprint,
  clustersOf,
  connectedAgents,
  deleteSecret,
  hasToken,
  inventory,
  registeredOn,
  withoutWrites,
} from "./support/clusters";
import { generation } from "./support/generation";
import { helm } from "./support/helm";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf, withVariable } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const clusterName = "remote-1";
const clientSecret = { name: secretNames.client, namespace };

// certificate.test.ts has the certificates that are stale, foreign or deleted; plan.test.ts has the expired one.
describe("damage", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let remote: SandboxCluster;
  let hub: RunningHub;

  before(async () => {
    world = await World.start([clusterName]);
    remote = world.sandbox.remote(clusterName);
    hub = world.sandbox.hubNamed("management");
    stack = await world.stack("healing", { clusters: { [clusterName]: {} } });
    assertSucceeded(await stack.up(["--skip-preview"]));
  });

  after(() => world?.stop());

  const proven = () => assertRegistered(world, stack, clusterName, remote);

  /** One `up`; afterwards the registration is proven, by another certificate than before. */
  const healed = async (args: string[] = []) => {
    const former = await clientFingerprint(remote);
    const up = await stack.up(["--skip-preview", ...args]);
    assertSucceeded(up);
    assert.notEqual((await proven()).certificateFingerprint, former);
    return textOf(up);
  };

  describe("of the certificate", () => {
    it("none: one that the agent has renewed is no change", async () => {
      const data = await createClientSecretData(hub.facts.certificates, { clusterName });
      await writeSecret(remote.kubeConfig, clientSecret, { ...data });
      assertNoChanges(await withoutWrites(clustersOf(world.sandbox), () => stack.up(["--expect-no-changes"]), trials));
    });

    it("a key that is another's is replaced by the next up", async () => {
      const data = await createClientSecretData(hub.facts.certificates, { clusterName, mismatchedKey: true });
      await writeSecret(remote.kubeConfig, clientSecret, { ...data });
      assert.match(await healed(), /removing an unusable client certificate: tls\.key does not belong to tls\.crt/);
    });

    it("a Secret that is half written is replaced by the next up", async () => {
      const data = await createClientSecretData(hub.facts.certificates, { clusterName });
      await writeSecret(remote.kubeConfig, clientSecret, { "tls.crt": data["tls.crt"] });
      assert.match(await healed(), /removing an unusable client certificate: the Secret lacks tls\.key, ca\.crt/);
    });
  });

  describe("on the hub", () => {
    it("a token that is replaced changes nothing until one is needed", async () => {
      await hub.replaceToken();
      assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
      await deleteSecret(remote, secretNames.client);
      await healed();
    });

    it("a root CA that is replaced at once is trusted after one up", async () => {
      await hub.replaceRoot();
      await healed();
      assert.equal(await trusted(remote), hub.facts.rootCaPem.trim());
      assertNoChanges(await stack.up(["--skip-preview"]));
    });

    it("a root CA that is replaced in stages cuts nobody off", async () => {
      const stays = () => becomes(() => connectedAgents(world.sandbox, clusterName), 1);
      await hub.stageRoot();
      await stays();
      assert.match(textOf(await stack.preview()), /client certificate: reissued, .*, because the ca\.crt beside it/);
      assert.match(await healed(), /to have it reissued: the ca\.crt beside it/);
      assert.equal(await trusted(remote), hub.facts.rootCaPem.trim());

      await hub.switchToStagedRoot();
      await stays();
      await stack.setConfig({ clusters: { [clusterName]: { clientCertificate: { reissue: "new root" } } } });
      assert.match(await healed(), /to have it reissued: clientCertificate\.reissue has changed/);

      await hub.dropOldRoot();
      await stays();
      const kept = await clientFingerprint(remote);
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal((await proven()).certificateFingerprint, kept);
      assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
    });

    it("a token that is replaced reaches a Secret that is retained", async () => {
      const retaining = { clientCertificate: { reissue: "new root" }, identity: "retained-token" };
      await stack.setConfig({ clusters: { [clusterName]: retaining } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      await hub.replaceToken();
      assertSucceeded(await stack.up(["--skip-preview"]));
      const token = await readSecret(remote.kubeConfig, { name: secretNames.identityToken, namespace });
      assert.ok(token?.get("token") === hub.facts.token(), "the token is the hub's");
      await stack.setConfig({ clusters: { [clusterName]: { clientCertificate: { reissue: "new root" } } } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal(await hasToken(remote), false);
    });
  });

  describe("that Pulumi does not see, put back by up --refresh:", () => {
    /** A plain `up` says what is missing and writes nothing; with a refresh it is put back and proven. */
    const putBack = async (missing: RegExp) => {
      const before = await Promise.all(clustersOf(world.sandbox).map(inventory));
      const plain = await stack.up(["--skip-preview"]);
      assert.match(textOf(plain), missing);
      const now = await Promise.all(clustersOf(world.sandbox).map(inventory));
      assert.deepEqual(now.map(declared), before.map(declared));
      assertSucceeded(await stack.up(["--skip-preview", "--refresh"]));
      await proven();
    };

    const uninstall = () => helm(world, remote, ["uninstall", generation.releaseName, "--wait"]);

    it("the KubernetesCluster, GMR312 by a plain up", async () => {
      await registeredOn(world.sandbox.management).delete(clusterName);
      await putBack(/GMR312 The KubernetesCluster gloo-mesh\/remote-1 of this registration is gone/);
    });

    it("the Helm release, GMR312 by a plain up", async () => {
      await uninstall();
      await putBack(new RegExp(`GMR312 The Helm release ${generation.releaseName} of this registration is gone`));
    });

    it("KubernetesCluster and Helm release at once, each with GMR312 by a plain up", async () => {
      await registeredOn(world.sandbox.management).delete(clusterName);
      await uninstall();
      await putBack(/GMR312 The Helm release .*GMR312 The KubernetesCluster /s);
    });

    it("what another program has edited, once Kubernetes is told to take the fields back", async () => {
      const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
      const root = { name: secretNames.root, namespace };
      const body = await core.readNamespacedSecret(root);
      const edited = { ...body, data: { "ca.crt": Buffer.from("edited").toString("base64") } };
      await core.replaceNamespacedSecret({ ...root, body: edited, fieldManager: "somebody" });
      assertFailed(await stack.up(["--skip-preview", "--refresh"]), /server-side apply field conflict/);
      const force = "PULUMI_K8S_ENABLE_PATCH_FORCE";
      assertSucceeded(await withVariable(stack, force, () => stack.up(["--skip-preview", "--refresh"])));
      await proven();
    });

    it("the namespace, GMR312 by a plain up", async () => {
      await deleteNamespace(remote);
      await putBack(/GMR312 The namespace gloo-mesh of this registration is gone/);
      assertNoChanges(await stack.up(["--skip-preview"]));
    });
  });
});

/** Without Deployments, whose status lives. */
function declared(all: ReadonlyMap<string, string>): [string, string][] {
  return [...all].filter(([name]) => !name.startsWith("deployments "));
}

const trials = { trials: true };

/** The roots by which the agent trusts. */
async function trusted(remote: SandboxCluster): Promise<string | undefined> {
  return (await readSecret(remote.kubeConfig, clientSecret))?.get("ca.crt")?.trim();
}

/** Resolves when it is gone. */
async function deleteNamespace({ kubeConfig }: SandboxCluster): Promise<void> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  await core.deleteNamespace({ name: namespace });
  const names = async () => (await core.listNamespace()).items.map(({ metadata }) => metadata?.name);
  await becomes(async () => (await names()).includes(namespace), false);
}
