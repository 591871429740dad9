import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { nowhere, writeContexts } from "../e2e/support/kubeconfigs";
import { assertRegistered } from "../e2e/support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, registrationStates } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { freePort } from "../sandbox/controlplane";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";

// npm run test:fleet. The behaviour of each part is tested in test/teams/fleet.test.ts; this one shows that twenty go as six do.

const names = Array.from({ length: 20 }, (_, index) => `cluster-${String(index + 1).padStart(2, "0")}`);
const broken = "cluster-13";
const good = names.filter((name) => name !== broken);
/** The first two are the canaries. */
const wave = (index: number) => (index < 2 ? 1 : 2);

describe("twenty clusters in one stack, one of them broken", () => {
  let world: World;
  let stack: PulumiWorkspace;

  before(async () => {
    await timed("sandbox of one hub and 19 clusters", async () => {
      world = await World.start(good);
    });
    const { management, remotes } = world.sandbox;
    const contexts = { management, ...Object.fromEntries(remotes), [broken]: nowhere(await freePort()) };
    stack = await world.stack("twenty", {
      kubeconfig: await writeContexts(world.sandbox, "twenty", contexts),
      clusters: Object.fromEntries(names.map((name, index) => [name, { wave: wave(index) }])),
    });
  });

  after(() => world?.stop());

  it("registers nineteen and reports the broken one", async () => {
    const up = await run("first up", () => stack.up(["--skip-preview", "--continue-on-error"]));
    assertFailed(up, new RegExp(`GMR112 .*${broken}`));
    for (const name of good) await assertRegistered(world, stack, name, world.sandbox.remote(name));
    assert.deepEqual(
      await registrationStates(stack),
      Object.fromEntries(names.map((name) => [name, name === broken ? "failed" : "proven"])),
    );
  });

  it("changes nothing without the broken one", async () => {
    const clusters = Object.fromEntries(good.map((name) => [name, { wave: wave(names.indexOf(name)) }]));
    await stack.setConfig({ clusters });
    assertSucceeded(await run("up without the broken one", () => stack.up(["--skip-preview"])));
    assertNoChanges(await run("up with nothing to do", () => stack.up(["--skip-preview"])));
    assertSucceeded(await run("preview with nothing to do", () => stack.preview()));
  });

  it("lets all of them go", async () => {
    assertSucceeded(await run("destroy", () => stack.destroy(["--skip-preview"])));
    assert.deepEqual((await stack.exportState()).deployment.resources ?? [], []);
  });
});

async function run(what: string, command: () => Promise<PulumiResult>): Promise<PulumiResult> {
  return timed(what, command);
}

/** Prints how long it took; nothing is asserted of it. */
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  try {
    return await work();
  } finally {
    console.log(`# ${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  }
}
