import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import {
  type ClientCertificateOptions,
  type ClientSecretData,
  createClientSecretData,
  type RunningHub,
  readSecret,
  secretNames,
  writeSecret,
} from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace, StackState } from "../sandbox/workspace";
import { becomes } from "./support/agents";
import {
  clientFingerprint,
  clustersOf,
  connectedAgents,
  deleteSecret,
  inventory,
  registeredOn,
  withoutWrites,
} from "./support/clusters";
import { generation } from "./support/generation";
import { helm } from "./support/helm";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, messagesOn, textOf, withVariable } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const force = "PULUMI_K8S_ENABLE_PATCH_FORCE";
const trials = { trials: true };
const place = (name: string) => ({ name, namespace });

const reissued = { clientCertificate: { reissue: "new root" } };

/** Registered from the beginning, for damage of one certificate each; the others come later, for what Pulumi does not see. */
const [one, two, three, four, five] = ["remote-1", "remote-2", "remote-3", "remote-4", "remote-5"] as const;
const early = [one, two, three];
const all = [...early, four, five];

// One stack; each run heals what several clusters suffer. certificate.test.ts has the certificates that are stale, foreign or deleted; plan.test.ts has
// the expired one.
describe("damage", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let hub: RunningHub;

  before(async () => {
    world = await World.start(all);
    hub = world.sandbox.hubNamed("management");
    stack = await world.stack("healing", { clusters: Object.fromEntries(early.map((name) => [name, {}])) });
    assertSucceeded(await stack.up(["--skip-preview"]));
  });

  after(() => world?.stop());

  const remote = (name: string) => world.sandbox.remote(name);
  const issue = (clusterName: string, faults: Partial<ClientCertificateOptions> = {}) =>
    createClientSecretData(hub.facts.certificates, { clusterName, ...faults });
  const putClient = (name: string, data: Partial<ClientSecretData>) =>
    writeSecret(remote(name).kubeConfig, place(secretNames.client), { ...data });
  const fingerprints = (names: readonly string[]) => Promise.all(names.map((name) => clientFingerprint(remote(name))));

  /** Asserts of each that it is what it should be; returns their certificates. */
  const proven = async (names: readonly string[]) => {
    const state = await stack.exportState();
    const found: string[] = [];
    for (const name of names) {
      const { certificateFingerprint } = await assertRegistered(world, withState(state), name, remote(name));
      found.push(certificateFingerprint);
    }
    return found;
  };

  /** One `up`; afterwards the first registrations are proven, by other certificates than before. */
  const healed = async (args: string[] = ["--skip-preview"]) => {
    const former = await fingerprints(early);
    const up = await stack.up(args);
    assertSucceeded(up);
    const present = await proven(early);
    for (const [index, name] of early.entries()) assert.notEqual(present[index], former[index], name);
    return textOf(up);
  };

  const assertTrusted = async () => {
    for (const name of early) assert.equal(await trusted(remote(name)), hub.facts.rootCaPem.trim());
  };

  it("none: a certificate that the agent has renewed, and another token while none is needed, change nothing", async () => {
    await hub.replaceToken();
    await putClient(one, await issue(one));
    assertNoChanges(await withoutWrites(clustersOf(world.sandbox), () => stack.up(["--expect-no-changes"]), trials));
  });

  it("of the certificate is healed by the next up with the new token: deleted, with another's key, half written", async () => {
    await deleteSecret(remote(one), secretNames.client);
    await putClient(two, await issue(two, { mismatchedKey: true }));
    await putClient(three, { "tls.crt": (await issue(three))["tls.crt"] });
    const text = await healed();
    assert.match(text, /removing an unusable client certificate: tls\.key does not belong to tls\.crt/);
    assert.match(text, /removing an unusable client certificate: the Secret lacks tls\.key, ca\.crt/);
  });

  it("a root CA that is replaced at once is trusted after one up", async () => {
    await hub.replaceRoot();
    await healed();
    await assertTrusted();
  });

  describe("a root CA that is replaced in stages", () => {
    const stay = async (names: readonly string[]) => {
      for (const name of names) await becomes(() => connectedAgents(world.sandbox, name), 1);
    };

    it("cuts nobody off", async () => {
      await hub.stageRoot();
      await stay(early);
      const text = await healed([]);
      assert.match(text, /client certificate: reissued, .*, because the ca\.crt beside it/);
      assert.match(text, /to have it reissued: the ca\.crt beside it/);
      await assertTrusted();

      await hub.switchToStagedRoot();
      await stay(early);
      const retaining = { identity: "retained-token" };
      const clusters = { ...Object.fromEntries(early.map((name) => [name, reissued])), [four]: {}, [five]: retaining };
      await stack.setConfig({ clusters });
      assert.match(await healed(), /to have it reissued: clientCertificate\.reissue has changed/);
    });

    it("keeps the certificates when the old one leaves; a token that is replaced with it reaches a Secret that is retained", async () => {
      await hub.dropOldRoot();
      await hub.replaceToken();
      await stay(all);
      const kept = await fingerprints(all);
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.deepEqual(await proven(all.slice(0, 4)), kept.slice(0, 4));
      assert.deepEqual(await fingerprints(all), kept);
      const token = await readSecret(remote(five).kubeConfig, place(secretNames.identityToken));
      assert.ok(token?.get("token") === hub.facts.token(), "the token is the hub's");
      assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
    });
  });

  describe("that Pulumi does not see", () => {
    const release = new RegExp(`GMR312 The Helm release ${generation.releaseName} of this registration is gone`);
    const registered = (name: string) =>
      new RegExp(`GMR312 The KubernetesCluster gloo-mesh/${name} of this registration is gone`);
    const uninstall = (name: string) => helm(world, remote(name), ["uninstall", generation.releaseName, "--wait"]);
    const deregister = (name: string) => registeredOn(world.sandbox.management).delete(name);
    let plain: PulumiResult;

    before(async () => {
      await deregister(one);
      await uninstall(two);
      await deregister(three);
      await uninstall(three);
      await deleteNamespace(remote(four));
    });

    it("is said by a plain up, which writes nothing", async () => {
      const before = await Promise.all(clustersOf(world.sandbox).map(inventory));
      plain = await stack.up(["--skip-preview", "--continue-on-error"]);
      const now = await Promise.all(clustersOf(world.sandbox).map(inventory));
      assert.deepEqual(now.map(declared), before.map(declared));
    });

    const missing: Readonly<Record<string, [title: string, ...told: readonly RegExp[]]>> = {
      [one]: ["the KubernetesCluster", registered(one)],
      [two]: ["the Helm release", release],
      [three]: ["Helm release and KubernetesCluster at once", release, registered(three)],
      [four]: ["the namespace", /GMR312 The namespace gloo-mesh of this registration is gone/],
    };
    for (const [name, [title, ...told]] of Object.entries(missing)) {
      it(`${title}: GMR312`, () => {
        for (const each of told) assert.match(messagesOn(plain, name).join("\n"), each);
      });
    }

    it("is put back by up --refresh, but for what another program has edited", async () => {
      const core = remote(five).kubeConfig.makeApiClient(k8s.CoreV1Api);
      const root = place(secretNames.root);
      const body = await core.readNamespacedSecret(root);
      const edited = { ...body, data: { "ca.crt": Buffer.from("edited").toString("base64") } };
      await core.replaceNamespacedSecret({ ...root, body: edited, fieldManager: "somebody" });
      const up = await stack.up(["--skip-preview", "--refresh", "--continue-on-error"]);
      assertFailed(up, /server-side apply field conflict/);
      await proven(all.slice(0, 4));
    });

    it("the edit, once Kubernetes is told to take the fields back; nothing is left to do", async () => {
      const clusters = { ...Object.fromEntries(early.map((name) => [name, reissued])), [four]: {}, [five]: {} };
      await stack.setConfig({ clusters });
      await withVariable(stack, force, async () => {
        assertSucceeded(await stack.up(["--skip-preview", "--refresh"]));
        await proven(all);
        assertNoChanges(await stack.up(["--skip-preview"]));
      });
    });
  });
});

function withState(state: StackState): Pick<PulumiWorkspace, "exportState"> {
  return { exportState: async () => state };
}

/** Without Deployments, whose status lives. */
function declared(all: ReadonlyMap<string, string>): [string, string][] {
  return [...all].filter(([name]) => !name.startsWith("deployments "));
}

/** The roots by which the agent trusts. */
async function trusted(remote: SandboxCluster): Promise<string | undefined> {
  return (await readSecret(remote.kubeConfig, place(secretNames.client)))?.get("ca.crt")?.trim();
}

/** Resolves when it is gone. */
async function deleteNamespace({ kubeConfig }: SandboxCluster): Promise<void> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  await core.deleteNamespace({ name: namespace });
  const names = async () => (await core.listNamespace()).items.map(({ metadata }) => metadata?.name);
  await becomes(async () => (await names()).includes(namespace), false);
}
