import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFingerprint, releaseStatuses } from "../e2e/support/clusters";
import { nowhere, writeContexts } from "../e2e/support/kubeconfigs";
import { assertRegistered } from "../e2e/support/proof";
import {
  assertFailed,
  assertNoChanges,
  assertSucceeded,
  changesOf,
  registrationLines,
  registrationStates,
  textOf,
} from "../e2e/support/runs";
import { type ClusterSettings, World } from "../e2e/support/world";
import { type AuditEvent, auditEvents, freePort } from "../sandbox/controlplane";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";

const names = ["remote-1", "remote-2", "remote-3", "remote-4", "remote-5", "remote-6"] as const;
const broken = "remote-6";
const good = names.filter((name) => name !== broken);
const anyway = ["--skip-preview", "--continue-on-error"];

describe("a fleet in one stack", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let kubeconfig = "";

  before(async () => {
    world = await World.start(names.filter((name) => name !== broken));
    const { management, remotes } = world.sandbox;
    kubeconfig = await writeContexts(world.sandbox, "fleet", {
      management,
      ...Object.fromEntries(remotes),
      [broken]: nowhere(await freePort()),
    });
    stack = await world.stack("fleet", { kubeconfig, clusters: clustersOf(["remote-1", "remote-2"]) });
  });

  after(() => world?.stop());

  const declare = (clusters: Readonly<Record<string, ClusterSettings>>) =>
    stack.setConfig(world.config({ kubeconfig, clusters }));

  /** What the program reads on the hub that is not of one cluster alone, as it is counted in a preview. */
  const sharedReads = async (work: () => Promise<PulumiResult>): Promise<Record<string, number>> => {
    const reads = () => auditEvents(world.sandbox.management.plane, isReadOfProgram);
    const before = (await reads()).length;
    assertSucceeded(await work());
    const counts: Record<string, number> = {};
    for (const event of (await reads()).slice(before)) {
      const what = [event.verb, event.resource, event.name].filter(Boolean).join(" ");
      counts[what] = (counts[what] ?? 0) + 1;
    }
    return counts;
  };

  // The tests follow one stack.

  it("reads the hub as often for five registrations as for two", async () => {
    const two = await sharedReads(() => stack.preview());
    await declare(clustersOf(good));
    const five = await sharedReads(() => stack.preview());
    assert.deepEqual(five, two);
    assert.equal(two["get secrets relay-root-tls-secret"], 1);
    assert.equal(two["get secrets relay-identity-token-secret"], 1);
    assert.equal(two["list kubernetesclusters"], 1);
  });

  it("registers all clusters but the one that cannot be reached, and reports that one", async () => {
    await declare(clustersOf(names));
    const up = await stack.up(anyway);
    assertFailed(up, /GMR112 .*remote-6/);
    for (const name of good) await assertRegistered(world, stack, name, world.sandbox.remote(name));
    assert.deepEqual(await registrationStates(stack), {
      ...Object.fromEntries(good.map((name) => [name, "proven"])),
      [broken]: "failed",
    });
    const lines = await registrationLines(stack);
    assert.match(lines[broken] ?? "", /^failed: GMR112 [^—]+$/);
    const { relayAddress, hub } = world.sandbox;
    const proven = `^proven: agent ${hub.version} · relay ${relayAddress} · client certificate until \\d{4}-\\d\\d-\\d\\d · proof agent$`;
    assert.match(lines["remote-1"] ?? "", new RegExp(proven));
  });

  it("keeps the outputs of the proofs in a run that changes nothing", async () => {
    const { [broken]: _, ...proven } = await registrationLines(stack);
    await declare(clustersOf(good));
    // This run deletes the provider of the broken cluster.
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.deepEqual(await registrationLines(stack), proven);
    assertNoChanges(await stack.up(["--skip-preview"]));
    assert.deepEqual(await registrationLines(stack), proven);
  });

  describe("deletes nothing of a registered cluster", () => {
    const mistakes: readonly [what: string, changed: () => Promise<ClusterSettings>, reported: RegExp][] = [
      [
        "whose arguments contradict each other",
        async () => ({ identity: "none", token: { secret: { name: "a" } } }),
        /GMR008 /,
      ],
      ["whose values cannot be used", async () => ({ proof: { timeoutSeconds: 0 } }), /GMR007 /],
      ["that cannot be reached", async () => ({ remote: { context: broken } }), /GMR112 /],
      ["whose Helm release fails", async () => ({ agent: { version: "1.0.99" } }), /1\.0\.99/],
    ];
    for (const [what, changed, reported] of mistakes) {
      it(`${what}, and continues with the others`, async () => {
        const ours = (await stack.exportState()).deployment.resources?.map(({ urn }) => urn) ?? [];
        const fingerprints = await Promise.all(good.map((name) => clientFingerprint(world.sandbox.remote(name))));
        const { "remote-1": _, ...rest } = clustersOf(good);
        // The others must get theirs: one of them changes.
        const again = { clusterDomain: `${what.length}.example` };
        await declare({ "remote-1": await changed(), ...rest, "remote-2": again });
        const up = await stack.up(anyway);
        assertFailed(up, reported);
        assert.deepEqual([changesOf(up)["delete"], changesOf(up)["replace"]], [undefined, undefined], textOf(up));
        const left = (await stack.exportState()).deployment.resources?.map(({ urn }) => urn) ?? [];
        assert.deepEqual(
          ours.filter((urn) => !left.includes(urn)),
          [],
        );
        assert.deepEqual(
          await Promise.all(good.map((name) => clientFingerprint(world.sandbox.remote(name)))),
          fingerprints,
        );
        assert.equal((await releaseStatuses(world.sandbox.remote("remote-1"))).at(-1), "deployed");
        const found = await registrationStates(stack);
        assert.deepEqual([found["remote-1"], found["remote-2"], found["remote-3"]], ["failed", "proven", "proven"]);
      });
    }

    it("and restores it once the mistake is fixed", async () => {
      await declare(clustersOf(good));
      assertSucceeded(await stack.up(["--skip-preview"]));
      for (const name of good) await assertRegistered(world, stack, name, world.sandbox.remote(name));
    });
  });
});

function clustersOf(wanted: readonly string[]): Record<string, ClusterSettings> {
  return Object.fromEntries(wanted.map((name) => [name, {}]));
}

/** The checks' reads; Pulumi's plugin has its own of each object that it declares. */
function isReadOfProgram({ verb, user, namespace, name, userAgent }: AuditEvent): boolean {
  if (user.startsWith("system:") || !["get", "list"].includes(verb)) return false;
  return userAgent.includes("node") || (namespace !== "" && !names.some((one) => one === name));
}
