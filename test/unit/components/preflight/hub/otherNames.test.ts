import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findOtherNames } from "../../../../../components/preflight/hub/otherNames";
import { mark, ownership } from "../remote/world";

const identity = "uid-of-the-remote-cluster";

const registered = (name: string, owner: string | undefined, of = "another-uid") => ({
  metadata: {
    name,
    annotations: {
      ...(owner === undefined ? {} : { "gloo-mesh-relay-registration/registration": owner }),
      "gloo-mesh-relay-registration/cluster-identity": of,
    },
  },
});

const find = (...clusters: Parameters<typeof findOtherNames>[0]) =>
  findOtherNames(clusters, {
    managementNamespace: "gloo-mesh",
    clusterName: "cluster-2",
    remoteIdentity: identity,
    ownership,
    where: "the hub",
  });

describe("other names on the management cluster", () => {
  test("GMR213: the same cluster under the name of another registration", () => {
    const findings = find(
      registered("cluster-9", "other/stack/cluster-9", identity),
      registered("cluster-8", "other/stack/cluster-8"),
      { metadata: { name: "by-meshctl" } },
    );
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [["GMR213", "error"]],
    );
    assert.match(findings[0]?.where ?? "", /^the hub, KubernetesCluster gloo-mesh\/cluster-9/);
    assert.match(findings[0]?.cause ?? "", /belongs to the registration other\/stack\/cluster-9/);
  });

  test("the mark of this registration under another name is a rename, also that of an alias", () => {
    assert.deepEqual(
      find(registered("old", mark, identity), registered("older", "project/stack/previous", identity)),
      [],
    );
  });

  test("the name of the registration itself is no other name", () => {
    assert.deepEqual(find(registered("cluster-2", "other/stack/cluster-2", identity)), []);
  });
});
