import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type * as k8s from "@kubernetes/client-node";
import { fingerprintsOf } from "../../components/certificates/x509";
import { generations } from "../../components/glooMesh/generation";
import { kubernetesClusters, readSecret, secretNames, generations as standIns } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { markdownOf } from "../unit/docs/documentFiles";
import { becomes, podsAndRestarts } from "./support/agents";
import { bystander, bystanderImage, createBystanders, lookAtBystanders } from "./support/bystanders";
import {
  added,
  clientFingerprint,
  clustersOf,
  hasToken,
  inventory,
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
    const assertOn2x = async (stack: PulumiWorkspace, remote: SandboxCluster) => {
      const { sandbox } = world;
      const hub = sandbox.hubNamed(later);
      const { proof, agentVersion, certificateFingerprint } = await registrationOf(stack, remote.name);
      assert.deepEqual([proof, agentVersion], ["agent", hub.facts.version]);
      assert.equal(certificateFingerprint, await clientFingerprint(remote));
      assert.deepEqual(await rootsOf(remote), fingerprintsOf(hub.facts.rootCaPem));
      await becomes(() => hub.connectedAgents(remote.name), 1);
      assert.equal(await hasToken(remote), false);
      const { releaseName, crds } = generations["2.x"];
      for (const name of [releaseName, crds?.releaseName]) {
        assert.deepEqual(await releaseStatuses(remote, "gloo-mesh", name), ["deployed"]);
      }
      assert.deepEqual(await releaseStatuses(remote), []);
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

      it("is refused in one step, without a write: another generation", async () => {
        await writeSource(stack, moved);
        const preview = await withoutWrites(allClusters(world), () => stack.preview(), { trials: true });
        assertFailed(preview, /GMR325 cluster-2 is registered with Gloo Mesh 1\.x/);
        await assertUntouched();
      });

      it("takes 1.x off the cluster first, and leaves everything else on it", async () => {
        await writeSource(stack, first);
        const up = await stack.up();
        assertSucceeded(up);
        assert.match(textOf(up), /plan: deregister cluster-2\s+- cluster-2, which is no longer declared/);
        assert.deepEqual(changesOf(up), { delete: 10, same: 13 }, textOf(up));
        await assertLeft1x(two, ["cluster-1"]);
        assert.deepEqual(leftIn(untouched, await inventory(two)), []);
        assert.equal(await clientFingerprint(two), undefined);
        await assertUntouched();
      });

      it("then registers it with 2.x, and proves that", async () => {
        await writeSource(stack, moved);
        const up = await stack.up();
        assertSucceeded(up);
        assert.match(textOf(up), /plan: register cluster-2 \(new\)/);
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
        await writeSource(stack, onSandbox(only2x));
        const up = await stack.up(["--skip-preview"]);
        assertSucceeded(up);
        assert.deepEqual(changesOf(up), { delete: 12, same: 14 }, textOf(up));
        await assertLeft1x(one, []);
        await assertOn2x(stack, two);
        assert.deepEqual(await lookAtBystanders(two), theirs);
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

/** The 2.x registration of the page alone. */
const only2x = `
const management2 = new ClusterConnection("management-2", { context: "prod-hub-2" });
new OnSandbox("cluster-2", { generation: "2.x", management: management2, remote: { context: "prod-cluster-2" } });`;

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
async function rootsOf({ kubeConfig }: SandboxCluster): Promise<readonly string[]> {
  const secret = await readSecret(kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" });
  return fingerprintsOf(secret?.get("ca.crt"));
}
