import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../../../../components/base/problems";
import type { KubernetesObject } from "../../../../../components/kubernetes/objects";
import type { Finding } from "../../../../../components/preflight/findings/finding";
import { checkName, findOtherNames } from "../../../../../components/preflight/hub/clusterNames";
import { mark, requestFor } from "../../../../support/preflightRequest";

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
  findOtherNames(clusters, requestFor(), identity, "the hub");

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

const place = { where: "management", access: { context: "prod-hub" } };
const formatted = (finding: Finding | undefined) => (finding ? [formatProblem(finding)] : []);
const findByName = (owner?: string) => {
  const annotations = owner === undefined ? {} : { "gloo-mesh-relay-registration/registration": owner };
  const object = { metadata: { name: "cluster-2", annotations } };
  return formatted(checkName([object], requestFor(), place));
};

describe("a KubernetesCluster that another tool owns", () => {
  const request = requestFor({ kubernetesCluster: { provided: true } });
  const object = { name: "cluster-2", labels: { "kustomize.toolkit.fluxcd.io/name": "mesh" } };
  const check = (metadata?: KubernetesObject["metadata"]) =>
    formatted(checkName(metadata ? [{ metadata }] : [], request, place));
  const absent =
    "GMR337 The KubernetesCluster cluster-2, which you provide, does not exist — management, KubernetesCluster gloo-mesh/cluster-2, [kubernetesCluster.provided] — the relay server takes no agent of a cluster that it does not know — have it created first by the tool that is to own it, such as the management cluster's release (registerCluster, agents[]); or leave [kubernetesCluster.provided] out to have it created";

  test("is used as it is", () => {
    assert.deepEqual(check(object), []);
    assert.deepEqual(check({ name: "cluster-2" }), []);
  });

  test("must exist: GMR337", () => {
    assert.deepEqual(check(), [absent]);
    assert.deepEqual(check({ ...object, deletionTimestamp: "2026-11-30T00:00:00Z" }), [absent]);
  });

  test("is not the registration's own: GMR335", () => {
    const annotations = { "gloo-mesh-relay-registration/registration": mark };
    assert.deepEqual(check({ name: "cluster-2", annotations }), [
      "GMR335 The KubernetesCluster that is said to be provided was created by this registration — management, KubernetesCluster gloo-mesh/cluster-2 — nobody else keeps it, and destroy would not delete it any more — leave [kubernetesCluster.provided] out; to have another tool own it, destroy the registration first",
    ]);
  });

  test("of another registration is refused as before: GMR208", () => {
    const annotations = { "gloo-mesh-relay-registration/registration": "other/stack/cluster-2" };
    assert.match(check({ name: "cluster-2", annotations }).join(), /^GMR208 .*it belongs to the registration other/);
  });
});

describe("GMR208: the name on the management cluster", () => {
  const taken = "GMR208 The cluster name cluster-2 is taken — management, KubernetesCluster gloo-mesh/cluster-2 —";

  test("is free, or that of this registration", () => {
    assert.deepEqual(formatted(checkName([], requestFor(), place)), []);
    assert.deepEqual(findByName(mark), []);
  });

  test("without an owner comes with the command that deletes it on the management cluster", () => {
    assert.deepEqual(findByName(), [
      `${taken} it carries no mark of a registration — give [takeOver: true] to take it over as it is; or choose another clusterName; or, if it is a leftover that nothing else manages, delete it: kubectl --context prod-hub -n gloo-mesh delete kubernetesclusters.multicluster.solo.io cluster-2`,
    ]);
  });

  test("that another tool manages is not to be deleted", () => {
    const labels = { "kustomize.toolkit.fluxcd.io/name": "mesh" };
    assert.deepEqual(formatted(checkName([{ metadata: { name: "cluster-2", labels } }], requestFor(), place)), [
      `${taken} Flux manages it (kustomize.toolkit.fluxcd.io/name: mesh) — give [kubernetesCluster.provided: true] to use it as it is, or choose another clusterName; or remove it where Flux has it from, since Flux would restore it`,
    ]);
  });

  test("with a copied mark of this registration is to be taken over", () => {
    const annotations = {
      "gloo-mesh-relay-registration/registration": mark,
      "kubectl.kubernetes.io/last-applied-configuration": "…gloo-mesh-relay-registration/registration…",
    };
    const found = [{ metadata: { name: "cluster-2", annotations } }];
    const [line = ""] = formatted(checkName(found, requestFor(), place));
    assert.match(
      line,
      /its mark is a copy of one of the registration project\/stack\/cluster-2, .* — give \[takeOver: true\]/,
    );
    const request = requestFor();
    const taking = { ...request, ownership: { ...request.ownership, takesOver: true } };
    assert.equal(checkName(found, taking, place), undefined);
  });

  test("of another registration comes without a command", () => {
    assert.deepEqual(findByName("other/stack/cluster-2"), [
      `${taken} it belongs to the registration other/stack/cluster-2 — if it is this registration, which was renamed or moved, add to its resource options aliases: [{"name":"cluster-2","stack":"stack","project":"other"}]; if that registration has left its stack's state and the agent is to stay, give [takeOver: "other/stack/cluster-2"]; otherwise destroy that registration first, in a run of its own, or choose another clusterName`,
    ]);
  });
});
