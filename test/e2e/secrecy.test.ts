import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { freePort } from "../sandbox/controlplane";
import { readSecret, secretNames } from "../sandbox/relay";
import type { EngineEvent, PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { hasToken } from "./support/clusters";
import { confidentialTexts } from "./support/confidential";
import { type Confidential, filesBelow, findLeaks } from "./support/leaks";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertSucceeded, registrationOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const verbose = ["--skip-preview", "-v=9", "--logtostderr", "--logflow"];

describe("confidential bytes", () => {
  let world: World;
  let stack: PulumiWorkspace;
  const evidence = new Map<string, string>();

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    await annotateAsKubectlDoes(world);
    stack = await world.stack("secrecy", { clusters: { "remote-1": { proof: { timeoutSeconds: 4 } } } });
  });

  after(() => world?.stop());

  const keep = (what: string, result: PulumiResult) => {
    evidence.set(`${what}, stdout`, result.stdout);
    evidence.set(`${what}, stderr`, result.stderr);
    evidence.set(`${what}, events`, JSON.stringify(result.events));
    return result;
  };

  it("would be found by the scanner in any of the forms that it knows", () => {
    const token = world.sandbox.hub.token();
    const key = world.sandbox.hub.certificates.root.privateKeyPem();
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const planted = new Map([
      ["plain", `log: ${token};`],
      ["base64", `"token": "${base64(token)}"`],
      ["base64 of more", base64(`{"a":"${token}"}`)],
      ["base64 twice", base64(base64(`x${token}`))],
      ["hex", Buffer.from(token).toString("hex")],
      ["JSON in JSON", JSON.stringify(JSON.stringify({ key }))],
      ["a key for URLs", encodeURIComponent(key)],
      ["a key in a Secret in an annotation", JSON.stringify(JSON.stringify({ data: { "tls.key": base64(key) } }))],
      ["half a key", key.slice(key.length / 3)],
    ]);
    const secrets = new Map([
      ["token", token],
      ["key", key],
    ]);
    assert.deepEqual(
      [...planted].filter((one) => findLeaks(secrets, new Map([one])).length === 0).map(([name]) => name),
      [],
    );
    assert.deepEqual(findLeaks(secrets, new Map([["harmless", world.sandbox.hub.rootCaPem]])), []);
  });

  it("stay out of a run that fails, of one that resumes it, and of the state", async () => {
    const closed = await freePort();
    await stack.setConfig({ relayServerAddress: `127.0.0.1:${closed}` });
    assertFailed(keep("failing up", await stack.up(verbose)), "GMR501");
    await stack.setConfig({ relayServerAddress: world.sandbox.relayAddress, clusters: { "remote-1": {} } });
    keep("preview", await stack.preview(["--diff", "--show-secrets"]));
    assertSucceeded(keep("up", await stack.up(verbose)));
    await assertRegistered(world, stack, "remote-1", world.sandbox.remote("remote-1"));
    assertSucceeded(keep("refresh", await stack.refresh(verbose)));
    evidence.set("export", JSON.stringify(await stack.exportState()));
    evidence.set("export with secrets", JSON.stringify(await stack.exportState({ showSecrets: true })));
    evidence.set("outputs", JSON.stringify(await stack.outputs({ showSecrets: true })));
    assert.deepEqual(
      findLeaks(await confidentialTexts(world, world.sandbox.remote("remote-1")), await withFiles(world, evidence)),
      [],
    );
  });

  it("lie in the state only when the token is to be retained, and encrypted then", async () => {
    const remote = world.sandbox.remote("remote-2");
    const token: Confidential = new Map([["token", world.sandbox.hub.token()]]);
    const retaining = await world.stack("retaining", { clusters: { "remote-2": { token: { retain: true } } } });
    const up = await retaining.up();
    assertSucceeded(up);
    assert.equal((await registrationOf(retaining, "remote-2")).proof, "agent");
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

    await retaining.setConfig({ clusters: { "remote-2": {} } });
    assertSucceeded(await retaining.up(["--skip-preview"]));
    assert.equal(await hasToken(remote), false);
    const afterwards = JSON.stringify(await retaining.exportState({ showSecrets: true }));
    assert.deepEqual(findLeaks(token, new Map([["afterwards", afterwards]])), []);
  });
});

/** Whoever made the hub's Secrets with `kubectl apply` has their content in an annotation, too. */
async function annotateAsKubectlDoes({ sandbox }: World): Promise<void> {
  const core = sandbox.management.kubeConfig.makeApiClient(k8s.CoreV1Api);
  for (const name of [secretNames.root, secretNames.signing, secretNames.identityToken]) {
    const secret = await core.readNamespacedSecret({ name, namespace });
    const applied = JSON.stringify({ apiVersion: "v1", kind: "Secret", data: secret.data });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": applied };
    await core.replaceNamespacedSecret({
      name,
      namespace,
      body: { ...secret, metadata: { ...secret.metadata, annotations } },
    });
  }
}

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
