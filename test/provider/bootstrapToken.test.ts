import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Secret, secretValue } from "../../components/kubernetes/objects";
import type { DynamicProvider, Properties } from "../support/dynamicProvider";
import { type FakeKubeApi, secret } from "../support/fakeKubeApi";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  has,
  mark,
  namespacePath,
  ours,
  registrationAnnotation,
  sharedProvider,
  temporary,
  tokenPath,
  type World,
} from "./world";

interface TokenWorld extends World {
  readonly process: DynamicProvider;
}

async function world(context: TestContext): Promise<TokenWorld> {
  const found = await clusters(context);
  return { ...found, process: await sharedProvider("bootstrapToken") };
}

const tokenOn = (api: FakeKubeApi) => api.store.get(tokenPath) as Secret | undefined;
const valueOn = (api: FakeKubeApi) => secretValue(tokenOn(api), "token")?.toString();

/** The value is nowhere but in the Secrets: not in what the engine gets, not in what the process writes. */
function assertHidden({ token, hub, remote, process }: TokenWorld, answer: unknown): void {
  const output = JSON.stringify(answer) + process.output;
  for (const hidden of [token, Buffer.from(token).toString("base64"), hub.bearer, remote.bearer])
    assert.ok(!output.includes(hidden));
}

describe("create", () => {
  test("writes the token with the mark of the registration, and only its own key", async (context) => {
    const found = await world(context);
    const created = await found.process.create(found.tokenInputs());
    assert.equal(created.id, `${found.remote.identity}/gloo-mesh/relay-identity-token-secret`);
    assert.equal(created.outs["bootstraps"], 1);
    assert.ok(!Number.isNaN(Date.parse(String(created.outs["writtenAt"]))));
    assert.equal(valueOn(found.remote), found.token);
    assert.equal(tokenOn(found.remote)?.metadata.annotations?.[registrationAnnotation], mark);
    assert.deepEqual(Object.keys(tokenOn(found.remote)?.data ?? {}), ["token"]);
    assert.deepEqual(found.hub.writes, []);
    assertHidden(found, created);
  });

  test("passes check unchanged", async (context) => {
    const { process, tokenInputs } = await world(context);
    assert.deepEqual(await process.check(tokenInputs()), JSON.parse(JSON.stringify(tokenInputs())));
  });

  test("writes nothing when the agent has a good certificate already", async (context) => {
    const { remote, hub, process, tokenInputs } = await world(context);
    remote.store.put(certificatePath, await clientSecret());
    const { outs } = await process.create(tokenInputs());
    assert.deepEqual([outs["bootstraps"], outs["writtenAt"]], [0, ""]);
    assert.deepEqual(remote.writes, []);
    // The management cluster is opened meanwhile, its token is not read.
    assert.equal(hub.count("get", "/secrets/relay-identity-token-secret"), 0);
  });

  test("takes over its own token that a killed run has left", async (context) => {
    const { remote, token, process, tokenInputs } = await world(context);
    remote.store.put(tokenPath, secret({ token: "outdated" }, ours));
    await process.create(tokenInputs());
    assert.equal(valueOn(remote), token);
  });

  test("GMR304: leaves an unowned token untouched, with the command that removes a leftover", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    remote.store.put(tokenPath, secret({ token: "theirs" }));
    await assert.rejects(
      process.create(tokenInputs()),
      /^Error: GMR304 A Secret with the name that the registration needs exists already — .* — it carries no mark of a registration; meshctl leaves such Secrets behind — give \[takeOver: true\] to take it over as it is; or to use it as it is, give \[identity: "provided-token"\]; or, if it is a leftover that nothing else manages, delete it: kubectl --kubeconfig \S+ --context remote -n gloo-mesh delete secret relay-identity-token-secret$/,
    );
    assert.equal(valueOn(remote), "theirs");
    // A create alone, which the API server refuses.
    assert.deepEqual(
      remote.writes.map(({ verb }) => verb),
      ["create"],
    );
  });

  test("GMR304: leaves the token of another registration untouched, and advises no delete", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    remote.store.put(tokenPath, secret({ token: "theirs" }, { [registrationAnnotation]: "other/stack/x" }));
    await assert.rejects(
      process.create(tokenInputs()),
      /^Error: GMR304 .* — it belongs to the registration other\/stack\/x — if it is this registration, which was renamed or moved, add to its resource options aliases: .*; otherwise destroy that registration first, in a run of its own$/,
    );
    assert.deepEqual(
      remote.writes.map(({ verb }) => verb),
      ["create"],
    );
  });

  for (const [name, data] of Object.entries({ empty: { token: "" }, blank: { token: " \n" }, missing: {} })) {
    test(`GMR206: the hub's token is ${name}`, async (context) => {
      const { hub, remote, process, tokenInputs } = await world(context);
      hub.store.put(tokenPath, secret(data));
      await assert.rejects(process.create(tokenInputs()), /^Error: GMR206 /);
      assert.deepEqual(remote.writes, []);
    });
  }

  test("GMR205: the hub has no token", async (context) => {
    const { hub, process, tokenInputs } = await world(context);
    hub.store.remove(tokenPath);
    await assert.rejects(process.create(tokenInputs()), /^Error: GMR205 /);
  });

  test("GMR310: another cluster behind the context is not touched", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    await assert.rejects(process.create(tokenInputs({ remoteIdentity: "another" })), /^Error: GMR310 /);
    assert.deepEqual(remote.writes, []);
  });

  test("GMR310: another hub behind its context gives no token", async (context) => {
    const { hub, remote, process, tokenInputs } = await world(context);
    await assert.rejects(process.create(tokenInputs({ managementIdentity: "another" })), /^Error: GMR310 /);
    assert.equal(hub.count("get", "relay-identity-token-secret"), 0);
    assert.deepEqual(remote.writes, []);
  });

  test("an error in which the namespace is gone carries a code", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    remote.store.remove("/api/v1/namespaces/gloo-mesh");
    await assert.rejects(process.create(tokenInputs()), /^Error: GMR\d{3} /);
  });
});

describe("diff", () => {
  async function registered(context: TestContext) {
    const found = await world(context);
    const { id, outs } = await found.process.create(found.tokenInputs());
    found.remote.store.remove(tokenPath);
    found.remote.store.put(certificatePath, await clientSecret());
    return { ...found, id, outs, writes: found.remote.writes.length };
  }

  test("of a healthy registration finds nothing", async (context) => {
    const { process, id, outs, tokenInputs } = await registered(context);
    assert.deepEqual(await process.diff(id, outs, tokenInputs()), { changes: false, replaces: [] });
  });

  test("with a reason of the checks plans an update, and a reason that is gone is no change", async (context) => {
    const { process, id, outs, tokenInputs } = await registered(context);
    const reason = "certificate-missing: Secret gloo-mesh/relay-client-tls-secret does not exist";
    assert.deepEqual(await process.diff(id, outs, tokenInputs({ reason })), { changes: true, replaces: [] });
    const stored = { ...outs, reason };
    assert.equal((await process.diff(id, stored, tokenInputs({ reason }))).changes, true, "it still holds");
    assert.equal((await process.diff(id, stored, tokenInputs())).changes, false);
  });

  test("asks no cluster, whatever it finds", async (context) => {
    const { remote, hub, process, id, outs, tokenInputs } = await registered(context);
    const before = [remote.requests.length, hub.requests.length];
    await process.diff(id, outs, tokenInputs());
    await process.diff(id, outs, tokenInputs({ reason: "token-left-behind: an earlier run left it" }));
    await process.diff(id, outs, tokenInputs({ reissue: "2027" }));
    assert.deepEqual([remote.requests.length, hub.requests.length], before);
  });

  test("of another namespace plans a replacement, of another cluster name an update", async (context) => {
    const { process, id, outs, tokenInputs } = await registered(context);
    assert.deepEqual((await process.diff(id, outs, tokenInputs({ namespace: "agents" }))).replaces, ["namespace"]);
    const renamed = await process.diff(id, outs, tokenInputs({ clusterName: "c" }));
    assert.deepEqual([renamed.changes, renamed.replaces], [true, []]);
  });

  test("of another cluster: GMR310 behind the same context, a replacement behind a new one", async (context) => {
    const { process, id, outs, tokenInputs } = await registered(context);
    await assert.rejects(process.diff(id, outs, tokenInputs({ remoteIdentity: "another" })), /GMR310 /);
    const moved = tokenInputs({ remoteIdentity: "another", remote: { kubeconfig: "/elsewhere", context: "new" } });
    assert.deepEqual(await process.diff(id, outs, moved), { changes: true, replaces: ["remoteIdentity"] });
  });

  test("of an unknown value asks the cluster nothing", async (context) => {
    const { remote, process, id, outs, tokenInputs } = await registered(context);
    const before = remote.requests.length;
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    assert.equal((await process.diff(id, outs, tokenInputs({ remote: { kubeconfig: unknown } }))).changes, true);
    assert.equal(remote.requests.length, before);
  });
});

describe("update", () => {
  async function created(context: TestContext): Promise<TokenWorld & { id: string; outs: Properties }> {
    const found = await world(context);
    const { id, outs } = await found.process.create(found.tokenInputs());
    found.remote.store.remove(tokenPath);
    return { ...found, id, outs };
  }

  test("restores the token and counts it, so that the proof runs again", async (context) => {
    const found = await created(context);
    const { remote, process, id, outs, tokenInputs } = found;
    remote.store.put(certificatePath, await clientSecret({ mismatchedKey: true }));
    const updated = await process.update(id, outs, tokenInputs());
    assert.equal(updated["bootstraps"], 2);
    assert.equal(valueOn(remote), found.token);
    assertHidden(found, updated);
  });

  test("with a good certificate removes the token and counts no bootstrap", async (context) => {
    const { remote, process, id, outs, tokenInputs } = await created(context);
    remote.store.put(tokenPath, secret({ token: "x" }, temporary));
    remote.store.put(certificatePath, await clientSecret());
    const updated = await process.update(id, outs, tokenInputs());
    assert.deepEqual([updated["bootstraps"], updated["writtenAt"]], [1, outs["writtenAt"]]);
    assert.ok(!has(remote, tokenPath));
  });

  test("of a component that was renamed by an alias removes the token of the previous name, or takes it over", async (context) => {
    const { remote, token, process, id, outs, tokenInputs } = await created(context);
    const renamed = tokenInputs({ mark: "project/stack/renamed" });
    const left = secret({ token: "left" }, temporary);
    remote.store.put(tokenPath, left);
    await process.update(id, outs, renamed);
    assert.equal(valueOn(remote), token);
    assert.equal(tokenOn(remote)?.metadata.annotations?.[registrationAnnotation], "project/stack/renamed");
    remote.store.put(tokenPath, left);
    remote.store.put(certificatePath, await clientSecret());
    await process.update(id, outs, renamed);
    assert.ok(!has(remote, tokenPath));
  });

  test("resumes the reissue of a certificate when the component is renamed meanwhile", async (context) => {
    const { remote, token, process, id, outs, tokenInputs } = await created(context);
    remote.store.put(certificatePath, {
      ...(await clientSecret()),
      metadata: { creationTimestamp: "2001-01-01T00:00:00Z" },
    });
    remote.store.put(tokenPath, secret({ token: "left" }, temporary));
    const updated = await process.update(id, outs, tokenInputs({ mark: "project/stack/renamed" }));
    assert.deepEqual([valueOn(remote), updated["bootstraps"]], [token, 2]);
  });

  test("GMR310: another cluster is not touched", async (context) => {
    const { remote, process, id, outs, tokenInputs } = await created(context);
    const before = remote.writes.length;
    await assert.rejects(process.update(id, outs, tokenInputs({ remoteIdentity: "another" })), /^Error: GMR310 /);
    assert.equal(remote.writes.length, before);
  });
});

describe("read and delete", () => {
  test("read keeps the resource; another cluster with our namespace stops the refresh, and on an empty one it is gone", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    const { id, outs } = await process.create(tokenInputs());
    assert.deepEqual(await process.read(id, outs), { id, props: outs });
    await assert.rejects(process.read(id, { ...outs, remoteIdentity: "another" }), /GMR310 /);
    remote.store.remove(namespacePath);
    assert.equal((await process.read(id, { ...outs, remoteIdentity: "another" })).id, "");
  });

  test("delete removes the token with our mark", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    const { id, outs } = await process.create(tokenInputs());
    await process.delete(id, outs);
    assert.ok(!has(remote, tokenPath));
    await process.delete(id, outs);
  });

  test("delete leaves the token of another registration", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    const { id, outs } = await process.create(tokenInputs());
    remote.store.put(tokenPath, secret({ token: "x" }, { [registrationAnnotation]: "other/stack/cluster-9" }));
    await process.delete(id, outs);
    assert.ok(has(remote, tokenPath));
  });

  test("delete leaves a temporary token that has been declared since, as a retained one", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    const { id, outs } = await process.create(tokenInputs());
    const declared = { manager: "pulumi-kubernetes-70e4ae23", operation: "Apply", fieldsV1: { "f:data": {} } };
    const metadata = { annotations: temporary, managedFields: [declared] };
    remote.store.put(tokenPath, { ...secret({ token: "x" }), metadata });
    await process.delete(id, outs);
    assert.ok(has(remote, tokenPath));
  });

  test("delete touches nothing on another cluster behind the same context", async (context) => {
    const { remote, process, tokenInputs } = await world(context);
    const { id, outs } = await process.create(tokenInputs());
    const before = remote.writes.length;
    await process.delete(id, { ...outs, remoteIdentity: "another" });
    assert.ok(has(remote, tokenPath));
    assert.equal(remote.writes.length, before);
  });
});
