import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import {
  judgeCustomDefinitions,
  readCustomDefinitions,
} from "../../../../../components/preflight/remote/customDefinitions";
import { status } from "../../../../support/fakeKubeApi";
import { mark, requestFor } from "../../../../support/preflightRequest";
import { helmRevision } from "../../../../support/remoteObjects";
import { namespace, startApi } from "./world";

type Arguments = Parameters<typeof requestFor>[0];

const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const kubernetesClusters = "kubernetesclusters.admin.gloo.solo.io";
const authConfigs = "authconfigs.extauth.solo.io";

/** A CRD, by the Helm release that has it as `namespace/name`, and ` kept` where Helm is to keep it. */
interface Present {
  readonly [name: string]: string | undefined;
}

async function findings(
  context: TestContext,
  crds: Present,
  args: Arguments = {},
  release?: object,
): Promise<string[]> {
  const { api, client } = await startApi(context);
  for (const [name, owner] of Object.entries(crds)) {
    const [space, release, kept] = owner?.split(/[/ ]/) ?? [];
    const annotations = {
      ...(owner ? { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": space } : {}),
      ...(kept ? { "helm.sh/resource-policy": "keep" } : {}),
    };
    api.store.put(`${collection}/${name}`, { kind: "CustomResourceDefinition", metadata: { annotations } });
  }
  if (release) api.store.put(`${namespace}/secrets/sh.helm.release.v1.gloo-platform-crds.v1`, release);
  const request = requestFor({ generation: "2.x", ...args });
  const found = await readCustomDefinitions(client, request);
  return judgeCustomDefinitions(found, "remote", request, client.access).map(
    ({ code, where, cause }) => `${code} ${where}: ${cause}`,
  );
}

const ours = "gloo-mesh/gloo-platform-crds";

describe("the CRDs of 2.x on the cluster", () => {
  test("are no finding where there are none, or the registration's release has them", async (context) => {
    assert.deepEqual(await findings(context, {}), []);
    assert.deepEqual(await findings(context, { [kubernetesClusters]: ours, [authConfigs]: ours }), []);
    assert.deepEqual(await findings(context, { "gateways.networking.istio.io": undefined }), []);
  });

  test("of another release, or of none, are GMR322", async (context) => {
    const [found = "", ...more] = await findings(context, { [kubernetesClusters]: "gloo-mesh/gloo-platform" });
    assert.match(
      found,
      /^GMR322 remote, CRD kubernetesclusters.admin.gloo.solo.io: .* release gloo-mesh\/gloo-platform;/,
    );
    assert.deepEqual(more, []);
    const [applied = ""] = await findings(context, { [kubernetesClusters]: undefined });
    assert.match(applied, /^GMR322 .*: no Helm release has them;/);
  });

  test("that other products share are GMR323, unless they are left out", async (context) => {
    const present = { [kubernetesClusters]: ours, [authConfigs]: "kgateway-system/enterprise-agentgateway-crds" };
    const [found = "", ...more] = await findings(context, present);
    assert.match(
      found,
      /^GMR323 remote, CRD authconfigs.extauth.solo.io: .* kgateway-system\/enterprise-agentgateway-crds;/,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(await findings(context, present, { crds: { installEnterpriseCrds: false } }), []);
  });

  test("of a release under the same name that someone else installed are GMR322", async (context) => {
    const foreign = helmRevision({ status: "deployed", name: "gloo-platform-crds", values: {} });
    const [found = ""] = await findings(context, {}, {}, foreign);
    assert.match(found, /^GMR322 remote, Helm release gloo-mesh\/gloo-platform-crds: it carries no mark/);
    const own = helmRevision({ status: "deployed", name: "gloo-platform-crds", mark, recorded: true, values: {} });
    assert.deepEqual(await findings(context, {}, {}, own), []);
  });

  test("that Helm would delete since they are left out now are GMR327, unless Helm is to keep them", async (context) => {
    const leftOut = { crds: { installEnterpriseCrds: false } };
    const [found = "", ...more] = await findings(context, { [kubernetesClusters]: ours, [authConfigs]: ours }, leftOut);
    assert.match(found, /^GMR327 remote, CRD authconfigs\.extauth\.solo\.io: /);
    assert.deepEqual(more, []);
    assert.deepEqual(await findings(context, { [kubernetesClusters]: ours }, leftOut), []);
    assert.deepEqual(await findings(context, { [authConfigs]: `${ours} kept` }, leftOut), []);
  });

  test("that are not to be installed and are missing are GMR324", async (context) => {
    const others = { crds: { install: false } };
    const [found = ""] = await findings(context, {}, others);
    assert.match(found, /^GMR324 remote: \[crds\.install\] is false/);
    assert.deepEqual(await findings(context, { [kubernetesClusters]: "gloo-mesh/gloo-platform" }, others), []);
  });

  test("are not judged without the right to list them, nor for 1.x", async (context) => {
    const { api, client } = await startApi(context);
    api.intervene = ({ path }) => (path.startsWith(collection) ? status(403, "Forbidden") : undefined);
    const request = requestFor({ generation: "2.x", crds: { install: false } });
    const found = await readCustomDefinitions(client, request);
    assert.deepEqual(judgeCustomDefinitions(found, "remote", request, client.access), []);
    assert.equal(await readCustomDefinitions(client, requestFor()), undefined);
  });
});
