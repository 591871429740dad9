import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { clustersOf, inventory, leftOn, makeNamespace, releaseStatuses, withoutWrites } from "./support/clusters";
import { only, versions } from "./support/generation";
import { helm, helmInstall } from "./support/helm";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

const crdsRelease = "gloo-platform-crds";
const workspaces = { group: "admin.gloo.solo.io", version: "v2", plural: "workspaces", namespace: "default" };
const shared = "authconfigs.extauth.solo.io";

// In 1.x the agent's chart contains its CRDs.
only("2.x", () =>
  describe("the CRDs of 2.x, a release of their own,", () => {
    let world: World;
    let one: SandboxCluster;
    let two: SandboxCluster;
    let three: SandboxCluster;

    before(async () => {
      world = await World.start(["remote-1", "remote-2", "remote-3"]);
      one = world.sandbox.remote("remote-1");
      two = world.sandbox.remote("remote-2");
      three = world.sandbox.remote("remote-3");
    });

    after(() => world?.stop());

    const previewed = (stack: PulumiWorkspace): Promise<PulumiResult> =>
      withoutWrites(clustersOf(world.sandbox), () => stack.preview(), { trials: true });

    describe("with the namespace of the registration", () => {
      let stack: PulumiWorkspace;
      let untouched: ReadonlyMap<string, string>;

      before(async () => {
        untouched = await inventory(one);
        stack = await world.stack("own", { clusters: { "remote-1": {} } });
        assertSucceeded(await stack.up(["--skip-preview"]));
      });

      it("stay when the registration is destroyed, and so does what users have created of them", async () => {
        const theirs = await createWorkspace(one);
        const definitions = definitionsIn(await inventory(one));
        assertSucceeded(await stack.destroy(["--skip-preview"]));
        const left = await inventory(one);
        assert.deepEqual(leftOn(untouched, left), []);
        assert.deepEqual(definitionsIn(left), definitions);
        assert.equal(await workspaceUid(one), theirs);
      });

      it("are taken over by the next registration, with all that users have created of them", async () => {
        const [definitions, theirs] = [definitionsIn(await inventory(one)), await workspaceUid(one)];
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "remote-1", one);
        assert.deepEqual(await statuses(one), ["deployed"]);
        assert.deepEqual(namesIn(definitionsIn(await inventory(one))), namesIn(definitions));
        assert.equal(await workspaceUid(one), theirs);
        assertNoChanges(await stack.up(["--skip-preview"]));
      });

      it("are upgraded with the agent, before it", async () => {
        await stack.setConfig({ defaults: world.defaults({ agent: { version: versions.patch } }) });
        const up = await stack.up(["--skip-preview"]);
        assertSucceeded(up);
        assert.deepEqual(releasesIn(up), ["remote-1-crds update", "remote-1-agent update"]);
        assert.equal((await assertRegistered(world, stack, "remote-1", one)).agentVersion, versions.patch);
        assert.equal(await versionOf(one, "workspaces.admin.gloo.solo.io"), versions.patch);
        assert.deepEqual(await statuses(one), ["superseded", "deployed"]);
      });
    });

    describe("in a namespace of others, beside a CRD that another product has too,", () => {
      const namespace = { name: "agents", create: false };
      let stack: PulumiWorkspace;
      let untouched: ReadonlyMap<string, string>;

      before(async () => {
        const api = two.kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
        await api.createCustomResourceDefinition({ body: definitionOf(shared) });
        await makeNamespace(two, "agents");
        untouched = await inventory(two);
        stack = await world.stack("staying", { clusters: { "remote-2": { namespace } } });
      });

      it("are refused with GMR323, and installed without that one where that is asked for", async () => {
        assertFailed(
          await previewed(stack),
          /GMR323 .*CRD authconfigs\.extauth\.solo\.io.*\[crds\.installEnterpriseCrds\] to false/,
        );
        await stack.setConfig({ clusters: { "remote-2": { namespace, crds: { installEnterpriseCrds: false } } } });
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "remote-2", two, "agents");
      });

      it("stay with their release when the registration is destroyed, and the next one takes both over", async () => {
        assertSucceeded(await stack.destroy(["--skip-preview"]));
        const left = await inventory(two);
        assert.deepEqual(leftOn(untouched, left), []);
        assert.deepEqual(await statuses(two, "agents"), ["deployed"]);

        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "remote-2", two, "agents");
        assert.equal((await statuses(two, "agents")).at(-1), "deployed");
        const now = await inventory(two);
        assert.deepEqual(namesIn(definitionsIn(now)), namesIn(definitionsIn(left)));
        assert.equal(
          now.get(`customresourcedefinitions ${shared}`),
          untouched.get(`customresourcedefinitions ${shared}`),
        );
        assertNoChanges(await stack.up(["--skip-preview"]));
      });
    });

    describe("of someone else", () => {
      let stack: PulumiWorkspace;

      before(async () => {
        stack = await world.stack("foreign", { clusters: { "remote-3": {} } });
      });

      const configure = (settings: object) => stack.setConfig({ clusters: { "remote-3": settings } });

      it("that nobody has installed are missing where the registration is not to install them: GMR324", async () => {
        await configure({ crds: { install: false } });
        assertFailed(await previewed(stack), /GMR324 .*leave \[crds\.install\] out/);
      });

      it("are refused with GMR322, and used where the registration is not to install them", async () => {
        await makeNamespace(three, "platform");
        await helmInstall(world, three, [crdsRelease, crdsRelease], {}, "platform");
        // Until then the API server writes into their status.
        await established(world, three);
        const theirs = definitionsIn(await inventory(three));
        await configure({});
        assertFailed(
          await previewed(stack),
          /GMR322 .*they belong to the Helm release platform\/gloo-platform-crds.*\[crds\.install\] to false/,
        );
        await configure({ crds: { install: false } });
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "remote-3", three);
        assert.deepEqual(await statuses(three), []);
        assertSucceeded(await stack.destroy(["--skip-preview"]));
        assert.deepEqual(definitionsIn(await inventory(three)), theirs);
        assert.deepEqual(await statuses(three, "platform"), ["deployed"]);
      });

      it("are no obstacle to a second release of the agent's chart, which has a name of its own", async () => {
        await helmInstall(world, three, ["gloo-platform", "gloo-platform"], {}, "platform");
        const namespace = { name: "platform", create: false };
        await configure({ crds: { install: false }, namespace });
        assertFailed(await previewed(stack), /GMR305 A Helm release gloo-platform exists already .*namespace platform/);
        await configure({ crds: { install: false }, namespace, agent: { releaseName: "gloo-platform-agent" } });
        assertSucceeded(await stack.up(["--skip-preview"]));
        assert.equal((await registrationOf(stack, "remote-3")).proof, "agent");
        assert.deepEqual(await releaseStatuses(three, "platform"), ["deployed"], "the other release");
        assertNoChanges(await stack.up(["--skip-preview"]));
        const up = await stack.destroy(["--skip-preview"]);
        assertSucceeded(up);
        assert.doesNotMatch(textOf(up), /GMR\d{3}/);
        const releases = JSON.parse(await helm(world, three, ["list", "--output", "json"], "platform")) as object[];
        assert.deepEqual(releases.map((release) => (release as { name: string }).name).sort(), [
          "gloo-platform",
          crdsRelease,
        ]);
      });
    });
  }),
);

/** Waits until the API server serves every CRD. */
async function established({ sandbox }: World, { name }: SandboxCluster): Promise<void> {
  const where = ["--kubeconfig", sandbox.kubeconfig, "--context", name];
  const wait = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"];
  await promisify(execFile)(sandbox.tools.kubectl.path, [...where, ...wait]);
}

/** Status of every revision of the release with the CRDs. */
function statuses(cluster: SandboxCluster, namespace?: string): Promise<string[]> {
  return releaseStatuses(cluster, namespace, crdsRelease);
}

/** What the inventory has of CRDs, by name. */
function definitionsIn(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  const prefix = "customresourcedefinitions ";
  return [...all]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, version]) => [name.slice(prefix.length), version]);
}

function namesIn(definitions: readonly (readonly [string, string])[]): string[] {
  return definitions.map(([name]) => name);
}

async function createWorkspace({ kubeConfig }: SandboxCluster): Promise<string | undefined> {
  const body = { apiVersion: "admin.gloo.solo.io/v2", kind: "Workspace", metadata: { name: "theirs" } };
  const api = kubeConfig.makeApiClient(k8s.CustomObjectsApi);
  const created = (await api.createNamespacedCustomObject({ ...workspaces, body })) as k8s.KubernetesObject;
  return created.metadata?.uid;
}

async function workspaceUid({ kubeConfig }: SandboxCluster): Promise<string | undefined> {
  const api = kubeConfig.makeApiClient(k8s.CustomObjectsApi);
  const found = (await api.getNamespacedCustomObject({ ...workspaces, name: "theirs" })) as k8s.KubernetesObject;
  return found.metadata?.uid;
}

/** The version that a CRD says it is of. */
async function versionOf({ kubeConfig }: SandboxCluster, name: string): Promise<string | undefined> {
  const api = kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
  return (await api.readCustomResourceDefinition({ name })).metadata?.annotations?.["crd.solo.io/version"];
}

/** The Helm releases that the engine changed, in their order. */
function releasesIn({ events }: PulumiResult): string[] {
  return events.flatMap((event) => {
    const done = event["resOutputsEvent"] as { metadata: { op: string; type: string; urn: string } } | undefined;
    if (!done?.metadata.type.endsWith(":Release") || done.metadata.op === "same") return [];
    return [`${done.metadata.urn.split("::").at(-1)} ${done.metadata.op}`];
  });
}

/** A CRD as another product brings it. */
function definitionOf(name: string): k8s.V1CustomResourceDefinition {
  const [plural = "", ...group] = name.split(".");
  const kind = "AuthConfig";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: {
      group: group.join("."),
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
}
