import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { isPending, markFailed, markRecorded, readRelease } from "../../../../components/glooMesh/helmRelease";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import type { Secret } from "../../../../components/kubernetes/objects";
import { FakeKubeApi } from "../../../support/fakeKubeApi";
import {
  helmRevision,
  type RevisionOptions,
  releaseIn,
  releaseName,
  revisionName,
} from "../../../support/remoteObjects";

const namespace = "gloo-mesh";
const collection = `/api/v1/namespaces/${namespace}/secrets`;
let api: FakeKubeApi;
let client: KubernetesClient;

before(async () => {
  api = await FakeKubeApi.start("remote");
  client = await KubernetesClient.open(api.access);
});
after(() => api.stop());

function install(options: RevisionOptions): string {
  const path = `${collection}/${revisionName(options.revision ?? 1)}`;
  api.store.put(path, helmRevision(options));
  return path;
}

async function latest() {
  const revision = await readRelease(client, namespace, releaseName);
  assert.ok(revision);
  return revision;
}

function clear(): void {
  for (const path of api.store.paths()) if (path.startsWith(collection)) api.store.remove(path);
}

describe("a Helm release", { concurrency: false }, () => {
  test("that is not there is not found, nor is one of another name", async () => {
    clear();
    api.store.put(`${collection}/sh.helm.release.v1.other.v1`, {
      metadata: { labels: { owner: "helm", name: "other" } },
    });
    assert.equal(await readRelease(client, namespace, releaseName), undefined);
  });

  test("is found by its newest revision, counted as numbers", async () => {
    clear();
    for (const revision of [2, 10, 9]) install({ status: revision === 10 ? "deployed" : "superseded", revision });
    const { revision, status, recorded } = await latest();
    assert.deepEqual([revision, status, recorded], [10, "deployed", false]);
  });

  test("is known by the mark in its values, which other releases do not have", async () => {
    clear();
    install({ status: "deployed", mark: "project/stack/a" });
    assert.equal((await latest()).owner, "project/stack/a");
    install({ status: "deployed" });
    assert.equal((await latest()).owner, undefined);
  });

  test("has its chart's version, the values that Helm was given and the manifest", async () => {
    clear();
    install({
      status: "deployed",
      mark: "m",
      chartVersion: "1.0.4",
      chartValues: { verbose: false },
      values: { relay: { cluster: "cluster-2" } },
    });
    assert.deepEqual((await latest()).content, {
      description: "relay agent",
      chartName: "enterprise-agent",
      chartVersion: "1.0.4",
      defaults: { verbose: false },
      manifest: "---",
      values: { relay: { cluster: "cluster-2" }, global: { glooMeshRelayRegistration: "m" } },
    });
    install({ status: "deployed" });
    const chart = { chartName: undefined, chartVersion: undefined, defaults: {} };
    const content = { ...chart, description: "by Helm", manifest: "---", values: { image: "x" } };
    assert.deepEqual((await latest()).content, content);
  });

  test("marked failed reads so for Helm, keeps everything else and forgets that Pulumi knew it", async () => {
    clear();
    const path = install({ status: "pending-upgrade", revision: 3, mark: "m", recorded: true });
    const before = releaseIn(api.store.get(path) as Secret);
    await markFailed(client, await latest(), "why it failed");
    const stored = api.store.get(path) as Secret;
    assert.deepEqual(releaseIn(stored), { ...before, info: { status: "failed", description: "why it failed" } });
    assert.deepEqual(stored.metadata.labels, { owner: "helm", name: releaseName, status: "failed", version: "3" });
    assert.equal(stored.type, "helm.sh/release.v1");
  });

  test("is not marked failed over what Helm has written in between", async () => {
    clear();
    const path = install({ status: "pending-upgrade" });
    const seen = await latest();
    install({ status: "deployed" });
    await assert.rejects(markFailed(client, seen, "too late"));
    assert.equal(releaseIn(api.store.get(path) as Secret).info.status, "deployed");
  });

  test("is recorded once", async () => {
    clear();
    install({ status: "deployed" });
    await markRecorded(client, await latest(), "first");
    const writes = api.writes.length;
    assert.deepEqual([(await latest()).recorded, (await latest()).incarnation], [true, "first"]);
    await markRecorded(client, await latest(), "first");
    assert.equal(api.writes.length, writes);
    await markRecorded(client, await latest(), "second");
    assert.equal((await latest()).incarnation, "second");
  });

  test("that cannot be decoded counts as somebody else's, whatever it holds", async () => {
    clear();
    const path = install({ status: "pending-install", mark: "m" });
    const whole = api.store.get(path) as Secret;
    const garbage = fc.oneof(
      fc.base64String(),
      fc.string({ unit: "binary" }),
      fc.nat(200).map((length) => (whole.data?.["release"] ?? "").slice(0, length)),
      fc.json().map((text) => Buffer.from(Buffer.from(text).toString("base64")).toString("base64")),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (release) => {
        api.store.put(path, { ...whole, data: { release } });
        assert.equal((await latest()).owner, undefined);
      }),
    );
  });

  test("that unpacks to more than any release has counts as somebody else's", async () => {
    clear();
    const path = install({ status: "deployed", mark: "m" });
    const whole = api.store.get(path) as Secret;
    const json = Buffer.from(JSON.stringify(releaseIn(whole)));
    const padded = gzipSync(Buffer.concat([json, Buffer.alloc(64 * 1024 * 1024, " ")]));
    const release = Buffer.from(padded.toString("base64")).toString("base64");
    api.store.put(path, { ...whole, data: { release } });
    const { owner, content } = await latest();
    const nothing = { description: undefined, chartName: undefined, chartVersion: undefined, defaults: {} };
    assert.deepEqual([owner, content], [undefined, { ...nothing, values: {}, manifest: "" }]);
  });

  test("is only what Helm writes: by the type of the Secret, its own name and a number within reason", async () => {
    clear();
    install({ status: "deployed", revision: 3, mark: "m" });
    const forged = helmRevision({ status: "failed", mark: "forged" }) as Secret;
    const { labels } = forged.metadata;
    api.store.put(`${collection}/${revisionName(9)}`, { ...forged, type: "Opaque" });
    for (const name of [
      "a",
      `sh.helm.release.v1.${releaseName}.v9x`,
      `sh.helm.release.v1.${releaseName}.v`,
      `sh.helm.release.v1.${releaseName}.v0`,
      `sh.helm.release.v1.${releaseName}.v99999999999999999999`,
      `sh.helm.release.v1.${releaseName}-2.v9`,
    ]) {
      api.store.put(`${collection}/${name}`, { ...forged, metadata: { labels } });
    }
    const { revision, owner } = await latest();
    assert.deepEqual([revision, owner], [3, "m"]);
  });
});

test("pending are the three of Helm, and an uninstallation that was left", () => {
  for (const status of ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"])
    assert.ok(isPending({ status }));
  for (const status of ["deployed", "failed", "superseded", "uninstalled", "unknown"])
    assert.ok(!isPending({ status }));
});
