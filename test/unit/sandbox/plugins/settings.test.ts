import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Secret, unknown, type ValueMap } from "../../../sandbox/plugins/engine/values";
import { defaultNamespace, readKubeconfig, resolveAccess } from "../../../sandbox/plugins/kubernetes/kubeconfig";
import { diffSettings, readSettings } from "../../../sandbox/plugins/kubernetes/settings";

const folder = mkdtempSync(path.join(tmpdir(), "plugins-settings-"));
after(() => rmSync(folder, { recursive: true }));

const none = { context: undefined, cluster: undefined, namespace: undefined };
const kubeconfig = JSON.stringify({
  "current-context": "one",
  contexts: [
    { name: "one", context: { cluster: "one", user: "ann", namespace: "mine" } },
    { name: "two", context: { cluster: "two", user: "ann" } },
  ],
  clusters: [
    { name: "one", cluster: { server: "https://one:6443/" } },
    { name: "two", cluster: { server: "https://two:6443" } },
  ],
  users: [{ name: "ann", user: { tokenFile: "token" } }],
});

function diff(olds: ValueMap, news: ValueMap) {
  return diffSettings({
    urn: "",
    type: "pulumi:providers:kubernetes",
    name: "p",
    id: "",
    olds,
    news,
    ignoreChanges: [],
  });
}

test("the same arguments are no change", () => {
  assert.deepEqual(diff({ kubeconfig, context: "one" }, { kubeconfig, context: "one" }), {
    changed: false,
    replaces: [],
  });
});

test("another cluster identifier replaces the provider, whatever else changes with it", () => {
  const before = { kubeconfig, context: "one", clusterIdentifier: "a" };
  assert.deepEqual(diff(before, { ...before, clusterIdentifier: "b" }).replaces, ["clusterIdentifier"]);
  assert.ok(diff(before, { ...before, context: "two", clusterIdentifier: "b" }).replaces.includes("clusterIdentifier"));
});

test("with one identifier for both, another context is an update", () => {
  const before = { kubeconfig, context: "one", clusterIdentifier: "a" };
  assert.deepEqual(diff(before, { ...before, context: "two" }), { changed: true, diffs: ["context"], replaces: [] });
  assert.deepEqual(diff(before, { ...before, context: unknown }).replaces, []);
});

test("adding or dropping the identifier replaces nothing", () => {
  const without = { kubeconfig, context: "one" };
  const given = { ...without, clusterIdentifier: "a" };
  assert.deepEqual(diff(without, given).replaces, []);
  assert.deepEqual(diff(given, without).replaces, []);
});

test("an identifier that is not known yet replaces the provider", () => {
  const before = { kubeconfig, clusterIdentifier: "a" };
  assert.deepEqual(diff(before, { ...before, clusterIdentifier: unknown }).replaces, ["clusterIdentifier"]);
});

test("without identifier a context of another cluster replaces, a missing context does not", () => {
  assert.deepEqual(diff({ kubeconfig, context: "one" }, { kubeconfig, context: "two" }).replaces, ["context"]);
  assert.deepEqual(diff({ kubeconfig, context: "one" }, { kubeconfig, context: "nope" }).replaces, []);
});

test("without identifier an argument that is not known yet replaces the provider", () => {
  assert.deepEqual(diff({ kubeconfig }, { kubeconfig: unknown }).replaces, ["kubeconfig"]);
});

test("a secret kubeconfig is compared by its content", () => {
  assert.equal(diff({ kubeconfig: new Secret(kubeconfig) }, { kubeconfig }).changed, false);
});

test("flags default as in the official plugin, and an argument wins over the environment", () => {
  const settings = readSettings(new Map([["kubernetes:config:enableSecretMutable", "true"]]));
  assert.equal(settings.serverSideApply, true);
  assert.equal(settings.secretsMutable, true);
  assert.equal(settings.upsert, false);
});

test("a kubeconfig is taken as path or as content, and relative paths in it start at the file", async () => {
  const file = path.join(folder, "kubeconfig");
  writeFileSync(file, kubeconfig);
  writeFileSync(path.join(folder, "token"), "first\n");
  const config = readKubeconfig(file);
  const access = resolveAccess(config, none);
  assert.equal(access.server, "https://one:6443");
  assert.equal(await access.authorization(), "Bearer first");
  writeFileSync(path.join(folder, "token"), "second\n");
  assert.equal(await access.authorization(), "Bearer second");
  assert.equal(defaultNamespace(config, none), "mine");
  assert.equal(defaultNamespace(readKubeconfig(kubeconfig), { ...none, context: "two" }), "default");
});

test("a context or cluster that does not exist is named", () => {
  assert.throws(
    () => resolveAccess(readKubeconfig(kubeconfig), { ...none, context: "nope" }),
    /context "nope" does not exist/,
  );
  assert.throws(
    () => resolveAccess(readKubeconfig(kubeconfig), { ...none, cluster: "nope" }),
    /cluster "nope" does not exist/,
  );
});

test("a broken kubeconfig is refused without repeating a word of it", () => {
  const broken = 'users:\n- token: "s3cr3t';
  assert.throws(
    () => readKubeconfig(broken),
    (error: Error) =>
      /neither an existing file nor valid YAML/.test(error.message) && !error.message.includes("s3cr3t"),
  );
});
