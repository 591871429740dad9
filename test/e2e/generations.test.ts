import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type * as k8s from "@kubernetes/client-node";
import { fingerprintsOf } from "../../components/certificates/x509";
import { generations } from "../../components/glooMesh/generation";
import { kubernetesClusters, readSecret, secretNames, generations as standIns } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { markdownOf } from "../unit/docs/documentFiles";
import { becomes, podsAndRestarts } from "./support/agents";
import { bystander, bystanderImage, createBystanders, lookAtBystanders } from "./support/bystanders";
import {
  added,
  clientFingerprint,
  clustersOf,
  hasToken,
  inventory,
  makeNamespace,
  registeredOn,
  releaseStatuses,
  withoutWrites,
} from "./support/clusters";
import { runDoctor } from "./support/doctor";
import { only } from "./support/generation";
import { writeContexts } from "./support/kubeconfigs";
import { ownProgram, writeSource } from "./support/program";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, changesOf, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

// The way that the page describes, with the programs that it shows.
const page = markdownOf("docs/how-to/gloo-mesh-2.md");
const later = "management-2";

// It has both generations in each run.
only("1.x", () =>
  describe("from Gloo Mesh 1.x to 2.x", () => {
    let world: World;
    let one: SandboxCluster;
    let two: SandboxCluster;

    before(async () => {
      world = await World.start(["cluster-1", "cluster-2"], {
        furtherHubs: { [later]: { generation: "2.x" } },
        images: bystanderImage,
      });
      one = world.sandbox.remote("cluster-1");
      two = world.sandbox.remote("cluster-2");
    });

    after(() => world?.stop());

    /** Asserts by both clusters that a cluster is registered with 2.x, and with nothing else. */
    const assertOn2x = async (stack: PulumiWorkspace, remote: SandboxCluster, namespace = "gloo-mesh") => {
      const { sandbox } = world;
      const hub = sandbox.hubNamed(later);
      const { proof, agentVersion, certificateFingerprint } = await registrationOf(stack, remote.name);
      assert.deepEqual([proof, agentVersion], ["agent", hub.facts.version]);
      assert.equal(certificateFingerprint, await clientFingerprint(remote, namespace));
      assert.deepEqual(await rootsOf(remote, namespace), fingerprintsOf(hub.facts.rootCaPem));
      await becomes(() => hub.connectedAgents(remote.name), 1);
      assert.equal(await hasToken(remote, namespace), false);
      const { releaseName, crds } = generations["2.x"];
      for (const name of [releaseName, crds?.releaseName]) {
        assert.deepEqual(await releaseStatuses(remote, namespace, name), ["deployed"]);
      }
      assert.deepEqual(await releaseStatuses(remote, namespace), []);
      assert.deepEqual(await names2x(), [remote.name]);
    };

    /** Asserts that 1.x knows nothing of a cluster any more. */
    const assertLeft1x = async (remote: SandboxCluster, others: readonly string[]) => {
      assert.deepEqual(await names1x(), others);
      await becomes(async () => (await world.sandbox.hubNamed("management").connectedAgents(remote.name)) ?? 0, 0);
    };

    const names1x = async () => namesIn(await registeredOn(world.sandbox.management).list());
    const names2x = async () => {
      const { kubeConfig } = world.sandbox.cluster(later);
      return namesIn(await kubernetesClusters(kubeConfig, "gloo-mesh", standIns["2.x"].kubernetesCluster).list());
    };

    const previewed = (stack: PulumiWorkspace): Promise<PulumiResult> =>
      withoutWrites(allClusters(world), () => stack.preview(), { trials: true });

    describe("cluster by cluster, with the programs of the page,", () => {
      let stack: PulumiWorkspace;
      let untouched: ReadonlyMap<string, string>;
      let theirs: object;
      let staying: object;
      const [both, first, moved] = programs();

      before(async () => {
        const { sandbox } = world;
        stack = await ownProgram(world, "page", both, {
          relay1x: { serverAddress: sandbox.relayAddress },
          relay2x: { serverAddress: sandbox.hubNamed(later).address },
          repository: sandbox.chartRepository.url,
        });
        stack.env["KUBECONFIG"] = await writeContexts(sandbox, "page", {
          "prod-hub": sandbox.management,
          "prod-hub-2": sandbox.cluster(later),
          "prod-cluster-1": one,
          "prod-cluster-2": two,
        });
        untouched = await inventory(two);
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "cluster-1", one);
        await assertRegistered(world, stack, "cluster-2", two);
        await createBystanders(two);
        theirs = await lookAtBystanders(two);
        staying = await lookAt(world, one);
      });

      const assertUntouched = async () => {
        assert.deepEqual(await lookAtBystanders(two), theirs);
        assert.deepEqual(await lookAt(world, one), staying);
      };

      it("is refused in one step, without a write: another generation, and both registrations at once", async () => {
        await writeSource(stack, moved);
        assertFailed(await previewed(stack), /GMR325 cluster-2 is registered with Gloo Mesh 1\.x/);
        await writeSource(stack, `${both}\n${registration2x("cluster-2-new")}`);
        assertFailed(await previewed(stack), /GMR303 .* it belongs to the registration \S+::cluster-2 /);
        await assertUntouched();
      });

      it("takes 1.x off the cluster first, and leaves everything else on it", async () => {
        await writeSource(stack, first);
        const preview = await previewed(stack);
        assertSucceeded(preview);
        assert.match(textOf(preview), /plan: deregister cluster-2\s+- cluster-2, which is no longer declared/);
        const up = await stack.up(["--skip-preview"]);
        assertSucceeded(up);
        assert.deepEqual(changesOf(up), { delete: 10, same: 13 }, textOf(up));
        await assertLeft1x(two, ["cluster-1"]);
        assert.deepEqual(leftIn(untouched, await inventory(two)), []);
        assert.equal(await clientFingerprint(two), undefined);
        await assertUntouched();
      });

      it("then registers it with 2.x, and proves that", async () => {
        await writeSource(stack, moved);
        const preview = await previewed(stack);
        assertSucceeded(preview);
        assert.match(textOf(preview), /plan: register cluster-2 \(new\)/);
        const up = await stack.up(["--skip-preview"]);
        assertSucceeded(up);
        assert.deepEqual(changesOf(up), { create: 13, same: 13 }, textOf(up));
        await assertOn2x(stack, two);
        await assertUntouched();
        assertNoChanges(await stack.preview(["--expect-no-changes"]));
        const doctor = await runDoctor([
          ...["--kubeconfig", stack.env["KUBECONFIG"] ?? ""],
          ...["--management-context", "prod-hub-2", "--remote-context", "prod-cluster-2"],
        ]);
        assert.equal(doctor.exitCode, 0, doctor.stdout + doctor.stderr);
        assert.match(doctor.stdout, /cluster-2 is healthy/);
      });

      it("lets the last registration of 1.x and the connection to its management cluster go in one run", async () => {
        const connection = `const management2 = new ClusterConnection("management-2", { context: "prod-hub-2" });`;
        await writeSource(stack, onSandbox(`${connection}\n${registration2x("cluster-2")}`));
        const up = await stack.up(["--skip-preview"]);
        assertSucceeded(up);
        assert.deepEqual(changesOf(up), { delete: 12, same: 14 }, textOf(up));
        await assertLeft1x(one, []);
        await assertOn2x(stack, two);
        assert.deepEqual(await lookAtBystanders(two), theirs);
      });

      it("goes back in the same way", async () => {
        await writeSource(stack, first);
        assertSucceeded(await stack.up(["--skip-preview"]));
        assert.deepEqual(await names2x(), []);
        assert.deepEqual(leftIn(untouched, await inventory(two)), []);
        await writeSource(stack, both);
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "cluster-2", two);
        assert.deepEqual(await lookAtBystanders(two), theirs);
        assertSucceeded(await stack.destroy(["--skip-preview"]));
      });
    });

    describe("with the program of this repository", () => {
      const namespace = { name: "agents", create: false };
      let stack: PulumiWorkspace;

      before(async () => {
        await makeNamespace(one, namespace.name);
        stack = await world.stack("whole", { clusters: { "cluster-1": { namespace } } });
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertRegistered(world, stack, "cluster-1", one, namespace.name);
      });

      it("all clusters leave 1.x in one run, and come to 2.x in the next, in a namespace of their own", async () => {
        await stack.setConfig({ clusters: {} });
        const preview = await previewed(stack);
        assertSucceeded(preview);
        assert.match(textOf(preview), /plan: deregister cluster-1/);
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertLeft1x(one, []);
        assert.equal(await clientFingerprint(one, namespace.name), undefined);

        const { address, facts } = world.sandbox.hubNamed(later);
        await stack.setConfig({
          management: { context: later },
          defaults: {
            generation: "2.x",
            relay: { serverAddress: address },
            agent: { version: facts.version, repository: world.sandbox.chartRepository.url },
          },
          clusters: { "cluster-1": { namespace } },
        });
        assertSucceeded(await stack.up(["--skip-preview"]));
        await assertOn2x(stack, one, namespace.name);
        assertNoChanges(await stack.up(["--skip-preview"]));
        assertSucceeded(await stack.destroy(["--skip-preview"]));
      });
    });
  }),
);

/** The programs of the page's section, in its order: before, after the first step, and after the second. */
function programs(): readonly [string, string, string] {
  const blocks = page.codeBlocks.flatMap(({ language, code }) => (language === "ts" ? [code] : []));
  const [, ...section] = blocks;
  assert.equal(section.length, 3, "the page has other programs");
  return section.map(onSandbox) as unknown as [string, string, string];
}

/** A program of the page as CommonJS, whose registrations get what the sandbox's clusters of the product do not give by themselves. */
function onSandbox(program: string): string {
  const code = program.replace(/^import .*\n/gm, "").replaceAll("new GlooMeshRelayRegistration(", "new OnSandbox(");
  return `
class OnSandbox extends GlooMeshRelayRegistration {
  constructor(name, args) {
    const relay = config.requireObject(args.generation === "2.x" ? "relay2x" : "relay1x");
    super(name, { relay, agent: { repository: config.require("repository") }, ...args });
  }
}
${code}`;
}

function registration2x(name: string): string {
  return `new OnSandbox(${JSON.stringify(name)}, {
  generation: "2.x",
  management: ${name === "cluster-2" ? "management2" : 'new ClusterConnection("management-2", { context: "prod-hub-2" })'},
  remote: { context: "prod-cluster-2" },
});`;
}

/** All clusters of the sandbox, both management clusters included. */
function allClusters({ sandbox }: World): SandboxCluster[] {
  return [...clustersOf(sandbox), sandbox.cluster(later)];
}

function namesIn({ items }: { readonly items: readonly k8s.KubernetesObject[] }): string[] {
  return items.map(({ metadata }) => metadata?.name ?? "").sort();
}

/** What a deregistration has left of both generations, but for the CRDs and the objects of others. */
function leftIn(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return added(before, after).filter(
    (name) => !name.startsWith("customresourcedefinitions ") && !name.includes(bystander),
  );
}

/** What would change if a cluster were touched that stays: a restart, another certificate, another release, no connection. */
async function lookAt({ sandbox }: World, remote: SandboxCluster): Promise<object> {
  return {
    pods: await podsAndRestarts(remote),
    certificate: await clientFingerprint(remote),
    releases: await releaseStatuses(remote),
    connected: await sandbox.hubNamed("management").connectedAgents(remote.name),
  };
}

/** The roots beside the client certificate on a remote cluster. */
async function rootsOf({ kubeConfig }: SandboxCluster, namespace: string): Promise<readonly string[]> {
  const secret = await readSecret(kubeConfig, { name: secretNames.client, namespace });
  return fingerprintsOf(secret?.get("ca.crt"));
}
