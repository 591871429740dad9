import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { enterpriseAgent } from "../../../../components/generation";
import { findOtherNames, type OtherNames } from "../../../../components/preflight/otherNames";
import { type FakeKubeApi, status } from "../../../support/fakeKubeApi";
import { mark, ownership, startApi } from "./world";

const path = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters";
const identity = "uid-of-the-remote-cluster";

async function find(context: TestContext, prepare: (api: FakeKubeApi) => void): Promise<OtherNames> {
  const { api, client } = await startApi(context);
  prepare(api);
  const question = {
    managementNamespace: "gloo-mesh",
    clusterName: "cluster-2",
    remoteIdentity: identity,
    ownership,
    declaredMarks: new Set([mark, "project/stack/declared"]),
  };
  const names = await findOtherNames(client, question, enterpriseAgent);
  assert.deepEqual(api.writes, []);
  return names;
}

const registered = (owner: string | undefined, of = "another-uid") => ({
  metadata: {
    annotations: {
      ...(owner === undefined ? {} : { "gloo-mesh-relay-registration/registration": owner }),
      "gloo-mesh-relay-registration/cluster-identity": of,
    },
  },
});

describe("the other names on the hub", () => {
  test("GMR213: the same cluster under the name of another registration", async (context) => {
    const { findings } = await find(context, (api) => {
      api.store.put(`${path}/cluster-9`, registered("other/stack/cluster-9", identity));
      api.store.put(`${path}/cluster-8`, registered("other/stack/cluster-8"));
      api.store.put(`${path}/by-meshctl`, { metadata: {} });
    });
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [["GMR213", "error"]],
    );
    assert.match(findings[0]?.where ?? "", /KubernetesCluster gloo-mesh\/cluster-9/);
    assert.match(findings[0]?.cause ?? "", /belongs to the registration other\/stack\/cluster-9/);
  });

  test("our own mark under another name is a rename, by a former alias too", async (context) => {
    const { findings, formerNames, leaving } = await find(context, (api) => {
      api.store.put(`${path}/old`, registered(mark, identity));
      api.store.put(`${path}/older`, registered("project/stack/former", identity));
    });
    assert.deepEqual([findings, leaving], [[], []]);
    assert.deepEqual([...formerNames].sort(), ["old", "older"]);
  });

  test("registrations of this stack that are not declared any more are leaving, those of other stacks are not", async (context) => {
    const { findings, leaving } = await find(context, (api) => {
      api.store.put(`${path}/gone`, registered("project/stack/gone/with/slashes"));
      api.store.put(`${path}/declared`, registered("project/stack/declared"));
      api.store.put(`${path}/elsewhere`, registered("project/stack-2/gone"));
      api.store.put(`${path}/unmarked`, registered(undefined));
    });
    assert.deepEqual(findings, []);
    assert.deepEqual(leaving, [{ name: "gone", mark: "project/stack/gone/with/slashes" }]);
  });

  test("the wanted name itself is no other name", async (context) => {
    const names = await find(context, (api) => api.store.put(`${path}/cluster-2`, registered(mark, identity)));
    assert.deepEqual(names, { findings: [], formerNames: [], leaving: [] });
  });

  test("nothing is found where the list is refused or the kind not known", async (context) => {
    for (const prepare of [
      (api: FakeKubeApi) => {
        api.intervene = () => status(403, "Forbidden");
      },
      (api: FakeKubeApi) => {
        api.unknownKinds.add("kubernetesclusters");
      },
    ]) {
      assert.deepEqual(await find(context, prepare), { findings: [], formerNames: [], leaving: [] });
    }
  });
});
