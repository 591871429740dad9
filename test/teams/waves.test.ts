import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientFingerprint, releaseStatuses, withoutWrites } from "../e2e/support/clusters";
import { assertRegistered } from "../e2e/support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, changesOf, registrationStates } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { freePort } from "../sandbox/controlplane";
import type { PulumiWorkspace } from "../sandbox/workspace";

const anyway = ["--skip-preview", "--continue-on-error"];

/** What the program declares for each registration with the default arguments, and the component itself. */
const resourcesOfOne = 8;

// The tests follow one stack.

describe("waves of a fleet", () => {
  let world: World;
  let stack: PulumiWorkspace;
  const canary = { "remote-1": { wave: 0 }, "remote-2": {}, "remote-3": {} };

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
    stack = await world.stack("waves", { clusters: canary });
  });

  after(() => world?.stop());

  it("are all checked in the preview, whatever the wave", async () => {
    const preview = await withoutWrites(
      [world.sandbox.management, ...world.sandbox.remotes.values()],
      () => stack.preview(),
      { trials: true },
    );
    assertSucceeded(preview);
    const planned = preview.events.flatMap(({ diagnosticEvent }) => {
      const { urn, message } = (diagnosticEvent ?? {}) as { urn?: string; message?: string };
      return message?.includes("plan:") ? [urn] : [];
    });
    assert.equal(new Set(planned).size, 3);
    assert.equal(changesOf(preview)["create"], 1 + 4 * 2 + 3 * resourcesOfOne);
  });

  it("start only when all previous ones are proven", async () => {
    const bad = {
      ...canary,
      "remote-1": { wave: 0, relay: { serverAddress: `127.0.0.1:${await freePort()}` }, proof: { timeoutSeconds: 4 } },
    };
    await stack.setConfig(world.config({ clusters: bad }));
    const up = await stack.up(anyway);
    assertFailed(up, "GMR501");
    for (const name of ["remote-2", "remote-3"]) {
      assert.deepEqual(await releaseStatuses(world.sandbox.remote(name)), []);
    }
    assert.deepEqual(Object.values(await registrationStates(stack)), ["failed", "failed", "failed"]);
  });

  it("follow each other once the canary is proven", async () => {
    await stack.setConfig(world.config({ clusters: canary }));
    assertSucceeded(await stack.up(["--skip-preview"]));
    for (const name of Object.keys(canary)) await assertRegistered(world, stack, name, world.sandbox.remote(name));
    const issued = async (name: string) => {
      const { resources = [] } = (await stack.exportState()).deployment;
      return resources.find(({ urn }) => urn.endsWith(`::${name}-client-certificate`))?.outputs?.["notBefore"];
    };
    assert.ok(String(await issued("remote-1")) <= String(await issued("remote-2")));
  });

  it("that are registered stay as they are when the canary fails", async () => {
    const wrong = { ...canary, "remote-1": { wave: 0, proof: { timeoutSeconds: 0 } } };
    await stack.setConfig(world.config({ clusters: wrong }));
    const before = await Promise.all(
      ["remote-2", "remote-3"].map((name) => clientFingerprint(world.sandbox.remote(name))),
    );
    const up = await stack.up(anyway);
    assertFailed(up, "GMR007");
    assert.equal(changesOf(up)["delete"], undefined);
    const after = await Promise.all(
      ["remote-2", "remote-3"].map((name) => clientFingerprint(world.sandbox.remote(name))),
    );
    assert.deepEqual(after, before);
    await stack.setConfig(world.config({ clusters: canary }));
    assertNoChanges(await stack.up(["--skip-preview"]));
  });

  it("are deregistered in the reverse order", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual((await stack.exportState()).deployment.resources ?? [], []);
  });
});
