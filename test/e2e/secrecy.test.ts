import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../sandbox/controlplane";
import { readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { EngineEvent, PulumiWorkspace } from "../sandbox/workspace";
import { hasToken } from "./support/clusters";
import { type Confidential, filesBelow, findLeaks } from "./support/leaks";
import { assertFailed, assertSucceeded, registrationOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";

// That no confidential byte leaves the clusters otherwise is looked for by the faults of the family `secrets`.

describe("the token", () => {
  let world: World;
  let one: SandboxCluster;
  let two: SandboxCluster;
  let stack: PulumiWorkspace;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
  });

  after(() => world?.stop());

  // remote-1 retains its token first and then does not; remote-2 the other way round, after a run that failed.

  it("lies in the state only where it is to be retained, and encrypted then", async () => {
    const { sandbox } = world;
    const token: Confidential = new Map([["token", sandbox.hub.token()]]);
    const closed = `127.0.0.1:${await freePort()}`;
    stack = await world.stack("retaining", {
      clusters: {
        "remote-1": { identity: "retained-token" },
        "remote-2": { relay: { serverAddress: closed }, proof: { timeoutSeconds: 3 } },
      },
    });
    const up = await stack.up(["--continue-on-error"]);
    assertFailed(up, "GMR501");
    assert.equal((await registrationOf(stack, "remote-1")).proof, "agent");
    const kept = await readSecret(one.kubeConfig, { name: secretNames.identityToken, namespace });
    assert.equal(kept?.get("token"), sandbox.hub.token());

    assert.deepEqual(findLeaks(token, new Map([["shown", await shownOf("remote-1")]])).length, 1);
    assert.deepEqual(findLeaks(token, new Map([["shown", await shownOf("remote-2")]])), []);
    const printed = new Map([
      ["stdout", up.stdout],
      ["stderr", up.stderr],
      ["export", JSON.stringify(await stack.exportState())],
      // Not its debug messages: Pulumi's SDK writes every declared Secret into those as it is.
      ["events", JSON.stringify(up.events.filter((event) => !isDebugMessage(event)))],
    ]);
    const files = [...(await withFiles(world, printed))].filter(([name]) => !name.includes("/events-"));
    assert.deepEqual(findLeaks(token, new Map(files)), []);
  });

  it("goes when it is not to be retained any more; stays when a failed run has left it and it is to be from now on", async () => {
    assert.equal(await hasToken(two), true);
    await stack.setConfig({ clusters: { "remote-1": {}, "remote-2": { identity: "retained-token" } } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal(await hasToken(one), false);
    const token: Confidential = new Map([["token", world.sandbox.hub.token()]]);
    assert.deepEqual(findLeaks(token, new Map([["afterwards", await shownOf("remote-1")]])), []);
    assert.equal(await hasToken(two), true);
  });

  it("goes with the registration", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.equal(await hasToken(two), false);
  });

  /** What the state holds of a registration, with its secrets. */
  async function shownOf(name: string): Promise<string> {
    const { deployment } = await stack.exportState({ showSecrets: true });
    const own = (deployment.resources ?? []).filter(({ urn }) => urn.split("::").at(-1)?.startsWith(name));
    assert.ok(own.length > 0);
    return JSON.stringify(own);
  }
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
