import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { auditEvents, isWrite } from "../sandbox/controlplane";
import { assertRun, PluginsWorld } from "./pluginsWorld";

// What these tests do not prove: that the official plugins do the same. They pin what was observed of those.
describe("plugin stand-ins under the real CLI on real control planes", { timeout: 600_000 }, () => {
  let world: PluginsWorld;
  before(async () => {
    world = await PluginsWorld.start();
  });
  after(() => world?.stop());

  test("preview writes nothing, up creates, a second up and a refresh change and write nothing", async () => {
    const stack = await world.stack("plain");
    const options = { release: "1.0.0" };
    let seen = await writes(world);
    assertRun(await stack.preview(options), /\+ 6 to create/);
    assert.deepEqual(await writes(world), seen, "a preview has written");
    assertRun(await stack.up(options), /\+ 6 created/);
    assert.equal(await stack.releaseStatus(), "deployed");
    seen = await writes(world);
    assertRun(await stack.up(options), /6 unchanged/);
    assertRun(await stack.refresh(options), /6 unchanged/);
    assertRun(await stack.up(options, "--refresh"), /6 unchanged/);
    assert.deepEqual(await writes(world), seen, "an up without changes has written");
    assert.doesNotMatch(await stack.state(), /Zmlyc3Q=/, "a Secret's data lies in state in plain text");
  });

  test("what others edit or delete goes unnoticed by up and is put right by up --refresh", async () => {
    const stack = await world.stack("drift");
    const options = { release: "1.0.0" };
    assertRun(await stack.up(options));
    await world.kubectl(
      "one",
      "-n",
      "drift",
      "patch",
      "secret",
      "root",
      "--type=merge",
      "-p",
      '{"data":{"token":"eA=="}}',
    );
    await world.kubectl("one", "-n", "drift", "delete", "thing", "thing");
    await world.helm("uninstall", "demo", "--namespace", "drift");
    assertRun(await stack.up(options), /6 unchanged/);
    assertRun(await stack.up(options, "--refresh"), /\+ 2 created\s+~ 1 updated/);
    assert.equal(await field(world, "drift", "secret/root", "{.data.token}"), "Zmlyc3Q=");
    assert.equal(await field(world, "drift", "thing/thing", "{.spec.domain}"), "a");
    assert.equal(await stack.releaseStatus(), "deployed");
  });

  test("a changed Secret keeps its identity with enableSecretMutable and is a new one without", async () => {
    const stack = await world.stack("secret");
    assertRun(await stack.up({ token: "first" }));
    const uid = await field(world, "secret", "secret/root", "{.metadata.uid}");
    assertRun(await stack.up({ token: "second" }), /secret updated .*\[diff: ~stringData\]/);
    assert.equal(await field(world, "secret", "secret/root", "{.metadata.uid}"), uid);
    assertRun(await stack.up({ token: "third", mutable: false }), /1 replaced/);
    assert.notEqual(await field(world, "secret", "secret/root", "{.metadata.uid}"), uid);
    assert.equal(await field(world, "secret", "secret/root", "{.data.token}"), Buffer.from("third").toString("base64"));
  });

  test("another cluster identifier moves everything: new objects first, old ones then, the old provider last", async () => {
    const stack = await world.stack("moving");
    assertRun(await stack.up({ release: "1.0.0" }));
    const { output, code } = await stack.up({ release: "1.0.0", context: "two", identifier: "second" });
    assert.equal(code, 0, output);
    const order = [
      /\+\+ kubernetes:core\/v1:Secret secret created replacement/,
      /-- kubernetes:core\/v1:Secret secret deleted original/,
      /-- pulumi:providers:kubernetes provider deleted original/,
    ].map((line) => output.search(line));
    assert.ok(
      order.every((at, index) => at > (order[index - 1] ?? 0)),
      output,
    );
    await assert.rejects(world.kubectl("one", "get", "namespace", "moving"), /not found/);
    assert.match(
      await world.kubectl("two", "-n", "moving", "get", "secret,thing,configmap"),
      /thing.example.test\/thing/,
    );
  });

  test("the same identifier with another context is an update that moves nothing", async () => {
    const stack = await world.stack("staying");
    assertRun(await stack.up({}));
    assertRun(await stack.up({ context: "two" }), /provider updated .*\n[\s\S]*4 unchanged/);
    await assert.rejects(world.kubectl("two", "get", "namespace", "staying"), /not found/);
    assertRun(await stack.up({ context: "nowhere" }), /4 unchanged/);
    const failed = await stack.up({ context: "nowhere", token: "new" });
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /context "nowhere" does not exist/);
  });

  test("an object that is there already shows in up only, and can be taken over by upsert", async () => {
    const stack = await world.stack("taken");
    await world.kubectl("one", "create", "namespace", "taken");
    assertRun(await stack.preview({}), /\+ 5 to create/);
    const failed = await stack.up({});
    assert.match(failed.output, /namespaces "taken" already exists/);
    assert.match(failed.output, /upsertExistingObjects/);
    assertRun(await stack.up({ upsert: true }), /3 created/);
  });

  test("an object that is looked up and does not exist fails the preview", async () => {
    const stack = await world.stack("lookup");
    const failed = await stack.preview({ get: "default/nope" });
    assert.match(failed.output, /resource 'default\/nope' does not exist/);
  });

  test("a chart version that does not exist fails the preview", async () => {
    const stack = await world.stack("version");
    const failed = await stack.preview({ release: "9.9.9" });
    assert.notEqual(failed.code, 0);
    assert.match(
      failed.output,
      /property chart value \{demo\} has a problem: chart "demo" version "9.9.9" not found in http/,
    );
  });

  test("destroy removes everything and waits until the namespace is gone; what is gone already is no error", async () => {
    const stack = await world.stack("ending");
    assertRun(await stack.up({ release: "1.0.0" }));
    await world.kubectl("one", "-n", "ending", "delete", "secret", "root");
    assertRun(await stack.destroy({ release: "1.0.0" }), /- 6 deleted/);
    await assert.rejects(world.kubectl("one", "get", "namespace", "ending"), /not found/);
  });

  test("a command runs once, again when its inputs change, anew when its triggers do, and says goodbye", async () => {
    const stack = await world.stack("command");
    const options = (say: string, trigger: number) => ({ command: { say, trigger } });
    assertRun(await stack.preview(options("one", 1)), /\+ 6 to create/);
    assertRun(await stack.up(options("one", 1)), /said\s*: "one"/);
    assertRun(await stack.up(options("one", 1)), /6 unchanged/);
    assertRun(await stack.up(options("two", 1)), /"one then two"/);
    assertRun(await stack.up(options("two", 2)), /1 replaced/);
    assertRun(await stack.destroy(options("two", 2)));
    assert.equal(readFileSync(path.join(world.folder, "command.goodbye"), "utf8"), "bye\n");
  });
});

/** Writes to cluster "one" by this test's user, dry runs left out. */
async function writes(world: PluginsWorld): Promise<string[]> {
  const events = await auditEvents(
    world.planes[0],
    (event) => event.user === "admin" && isWrite(event) && !event.requestUri.includes("dryRun=All"),
  );
  return events.map(({ verb, resource, namespace, name }) => `${verb} ${resource} ${namespace}/${name}`);
}

async function field(world: PluginsWorld, namespace: string, object: string, jsonPath: string): Promise<string> {
  return await world.kubectl("one", "-n", namespace, "get", object, "-o", `jsonpath=${jsonPath}`);
}
