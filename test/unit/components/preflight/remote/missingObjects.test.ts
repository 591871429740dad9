import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { formatProblem } from "../../../../../components/base/problems";
import {
  describeMissing,
  findMissingObjects,
  type HubView,
  type MissingObject,
  missingObjectFindings,
} from "../../../../../components/preflight/remote/missingObjects";
import { readRemoteObjects } from "../../../../../components/preflight/remote/remoteObjects";
import type { FakeKubeApi } from "../../../../support/fakeKubeApi";
import { mark, requestFor } from "../../../../support/preflightRequest";
import { helmRevision } from "../../../../support/remoteObjects";
import { at, byCertificate, deleted, namespace, register, startApi, trusting } from "./world";

const hub: HubView = {
  where: "management",
  registeredIdentity: "uid",
  renamed: false,
  remoteIdentity: "uid",
};
const unregistered = { registeredIdentity: undefined };

const without =
  (...paths: string[]) =>
  (api: FakeKubeApi) => {
    register(api);
    for (const path of paths) api.store.remove(path);
  };

/** What is missing; `where` without the address of the API server of the test. */
async function find(
  context: TestContext,
  prepare: (api: FakeKubeApi) => void,
  changes: Partial<HubView> = {},
  args: Parameters<typeof requestFor>[0] = {},
): Promise<MissingObject[]> {
  const { api, client } = await startApi(context);
  prepare(api);
  const request = requestFor(args);
  const missing = findMissingObjects(await readRemoteObjects(client, request), request, { ...hub, ...changes });
  assert.deepEqual(api.writes, []);
  return missing.map((object) => ({ ...object, where: object.where.replace(client.where, "remote") }));
}

describe("objects of a registration that someone else deleted", () => {
  test("none of a whole registration, and none before the first run", async (context) => {
    assert.deepEqual(await find(context, register), []);
    assert.deepEqual(await find(context, () => undefined, unregistered), []);
  });

  test("the release, by the certificate that its agent stored", async (context) => {
    assert.deepEqual(await find(context, without(at.release)), [deleted.release]);
  });

  test("with a provided agent no release, and a KubernetesCluster that its first run may not have created", async (context) => {
    const provided = { agent: { provided: true } };
    assert.deepEqual(await find(context, without(at.release), {}, provided), []);
    const missing = await find(context, without(at.release), unregistered, provided);
    assert.deepEqual(
      missing.map(({ step, evidence, certain }) => [step, evidence, certain]),
      [["kubernetes-cluster", "root CA and client certificate exist, unless the first run was interrupted", false]],
    );
    const both = { ...provided, kubernetesCluster: { provided: true } };
    assert.deepEqual(await find(context, without(at.release), unregistered, both), []);
  });

  test("no release that is uninstalled with its history kept, which a plain up installs again", async (context) => {
    const uninstalled = (api: FakeKubeApi) => {
      register(api);
      api.store.put(at.release, helmRevision({ status: "uninstalled", mark, recorded: true }));
    };
    assert.deepEqual(await find(context, uninstalled), []);
  });

  test("no release of a registration whose certificate the user provides, which proves no agent", async (context) => {
    assert.deepEqual(await find(context, without(at.release), {}, { identity: "provided-certificate" }), []);
  });

  test("the KubernetesCluster and the root CA, by the release", async (context) => {
    assert.deepEqual(await find(context, without(at.root), unregistered), [
      deleted.kubernetesCluster,
      deleted.rootCertificate,
    ]);
  });

  test("release and KubernetesCluster at once, by the certificate beside the copied root CA", async (context) => {
    assert.deepEqual(await find(context, without(at.release), unregistered), [
      deleted.release,
      { ...deleted.kubernetesCluster, evidence: byCertificate },
    ]);
    const interrupted = without(at.release, at.client);
    assert.deepEqual(await find(context, interrupted, unregistered), [], "an interrupted run");
    const foreign = without(at.release, at.root);
    assert.deepEqual(await find(context, foreign, unregistered), [], "a certificate of someone else");
    assert.deepEqual(
      await find(context, without(at.release), unregistered, { rootCertificate: { provided: true } }),
      [],
    );
  });

  test("no KubernetesCluster of a new name, which a rename is about to create", async (context) => {
    assert.deepEqual(await find(context, register, { ...unregistered, renamed: true }), []);
  });

  test("the namespace, by the KubernetesCluster alone, which is not certain", async (context) => {
    const all = without(namespace, at.root, at.client, at.release);
    assert.deepEqual(await find(context, all), [deleted.namespace]);
    assert.deepEqual(await find(context, all, {}, { namespace: { create: false } }), []);
  });

  test("none after an interrupted run, since a plain up resumes it", async (context) => {
    assert.deepEqual(await find(context, without(at.client, at.release)), []);
    const notRecorded = (api: FakeKubeApi) => {
      register(api);
      api.store.put(at.release, helmRevision({ status: "pending-install", mark }));
      api.store.remove(at.root);
    };
    assert.deepEqual(await find(context, notRecorded, unregistered), []);
  });

  test("no root CA that is not copied, and nothing on another cluster", async (context) => {
    assert.deepEqual(await find(context, without(at.root), {}, { rootCertificate: { provided: true } }), []);
    assert.deepEqual(await find(context, without(at.release), { remoteIdentity: "another" }), []);
  });

  test("no root CA that is newly declared, or under another name: a plain up creates it", async (context) => {
    for (const release of [trusting(), trusting("previous-root")]) {
      const declared = (api: FakeKubeApi) => {
        register(api);
        api.store.put(at.release, release);
        api.store.remove(at.root);
      };
      assert.deepEqual(await find(context, declared), []);
    }
  });

  test("none by a release of someone else, which proves nothing", async (context) => {
    const foreign = (api: FakeKubeApi) => {
      register(api);
      api.store.put(at.release, helmRevision({ status: "deployed", mark: "other/stack/x", recorded: true }));
      api.store.remove(at.root);
    };
    assert.deepEqual(await find(context, foreign, unregistered), []);
  });
});

describe("GMR312", () => {
  const objects = Object.values(deleted);

  test("is a warning for each object, with the evidence and the command that restores it", () => {
    const findings = missingObjectFindings(objects);
    assert.deepEqual(new Set(findings.map(({ code, severity }) => `${code} ${severity}`)), new Set(["GMR312 warning"]));
    const next = "a plain pulumi up does not notice — restore it with: pulumi up --refresh";
    const byRelease = "someone else deleted it: the Helm release of this registration exists";
    assert.deepEqual(findings.map(formatProblem), [
      `GMR312 The namespace gloo-mesh of this registration is gone — remote — someone else deleted it: the KubernetesCluster of this registration names this cluster, unless its first run was interrupted; ${next}`,
      `GMR312 The Helm release enterprise-agent of this registration is gone — remote, namespace gloo-mesh — someone else deleted it: the client certificate that its agent stored exists; ${next}`,
      `GMR312 The KubernetesCluster gloo-mesh/cluster-2 of this registration is gone — management — ${byRelease}; ${next}`,
      `GMR312 The Secret gloo-mesh/relay-root-tls-secret of this registration is gone — remote — ${byRelease}; ${next}`,
    ]);
    assert.deepEqual(missingObjectFindings([]), []);
  });

  test("names each object by its kind", () => {
    assert.deepEqual(objects.map(describeMissing), [
      "namespace gloo-mesh",
      "Helm release enterprise-agent",
      "KubernetesCluster gloo-mesh/cluster-2",
      "Secret gloo-mesh/relay-root-tls-secret",
    ]);
  });
});
