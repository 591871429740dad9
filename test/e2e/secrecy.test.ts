import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../sandbox/controlplane";
import { readSecret, secretNames } from "../sandbox/relay";
import type { EngineEvent } from "../sandbox/workspace";
import { hasToken } from "./support/clusters";
import { type Confidential, filesBelow, findLeaks } from "./support/leaks";
import { assertFailed, assertSucceeded, registrationOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";

// That no confidential byte leaves the clusters otherwise is looked for by the faults of the family `secrets`.

describe("the token", () => {
  let world: World;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
  });

  after(() => world?.stop());

  it("lies in the state only when it is to be retained, and encrypted then", async () => {
    const remote = world.sandbox.remote("remote-1");
    const token: Confidential = new Map([["token", world.sandbox.hub.token()]]);
    const retaining = await world.stack("retaining", { clusters: { "remote-1": { identity: "retained-token" } } });
    const up = await retaining.up();
    assertSucceeded(up);
    assert.equal((await registrationOf(retaining, "remote-1")).proof, "agent");
    const kept = await readSecret(remote.kubeConfig, { name: secretNames.identityToken, namespace });
    assert.equal(kept?.get("token"), world.sandbox.hub.token());

    const shown = JSON.stringify(await retaining.exportState({ showSecrets: true }));
    assert.deepEqual(findLeaks(token, new Map([["shown", shown]])).length, 1);
    const printed = new Map([
      ["stdout", up.stdout],
      ["stderr", up.stderr],
      ["export", JSON.stringify(await retaining.exportState())],
      // Not its debug messages: Pulumi's SDK writes every declared Secret into those as it is.
      ["events", JSON.stringify(up.events.filter((event) => !isDebugMessage(event)))],
    ]);
    const files = [...(await withFiles(world, printed))].filter(([name]) => !name.includes("/events-"));
    assert.deepEqual(findLeaks(token, new Map(files)), []);

    await retaining.setConfig({ clusters: { "remote-1": {} } });
    assertSucceeded(await retaining.up(["--skip-preview"]));
    assert.equal(await hasToken(remote), false);
    const afterwards = JSON.stringify(await retaining.exportState({ showSecrets: true }));
    assert.deepEqual(findLeaks(token, new Map([["afterwards", afterwards]])), []);
  });

  it("stays when a failed run has left it there and it is to be retained from now on", async () => {
    const remote = world.sandbox.remote("remote-2");
    const stack = await world.stack("failed", {
      clusters: { "remote-2": { proof: { timeoutSeconds: 3 } } },
      defaults: { relay: { serverAddress: `127.0.0.1:${await freePort()}` } },
    });
    assertFailed(await stack.up(["--skip-preview"]), "GMR501");
    assert.equal(await hasToken(remote), true);

    await stack.setConfig({
      clusters: { "remote-2": { identity: "retained-token" } },
      defaults: world.defaults(),
    });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal(await hasToken(remote), true);
    assertSucceeded(await stack.destroy());
    assert.equal(await hasToken(remote), false);
  });
});

function isDebugMessage(event: EngineEvent): boolean {
  return (event["diagnosticEvent"] as { severity?: string } | undefined)?.severity === "debug";
}

/** Adds the files of the backend (state, history, backups), event logs and caches. */
async function withFiles({ sandbox }: World, evidence: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const folder = join(sandbox.folder, "pulumi");
  const files = await filesBelow(folder, [join(folder, "bin"), join(folder, "home", "plugins")]);
  assert.ok(
    [...files.keys()].some((name) => name.includes("history")),
    [...files.keys()].join(", "),
  );
  return new Map([...evidence, ...files]);
}
