import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../../../../components/base/problems";
import { checkName } from "../../../../../components/preflight/hub/clusterName";
import { mark, ownership } from "../remote/world";

const settings = { clusterName: "cluster-2", managementNamespace: "gloo-mesh" };
const place = { where: "management", access: { context: "prod-hub" } };
const find = (owner?: string) => {
  const annotations = owner === undefined ? {} : { "gloo-mesh-relay-registration/registration": owner };
  const object = { metadata: { name: "cluster-2", annotations } };
  return checkName([object], settings, ownership, place).map(formatProblem);
};

describe("GMR208: the name on the management cluster", () => {
  const taken = "GMR208 The cluster name cluster-2 is taken — management, KubernetesCluster gloo-mesh/cluster-2 —";

  test("is free, or that of this registration", () => {
    assert.deepEqual(checkName([], settings, ownership, place), []);
    assert.deepEqual(find(mark), []);
  });

  test("without an owner comes with the command that deletes it on the management cluster", () => {
    assert.deepEqual(find(), [
      `${taken} it carries no mark of a registration — choose another clusterName; if it is a leftover that nothing else manages, delete it: kubectl --context prod-hub -n gloo-mesh delete kubernetescluster cluster-2`,
    ]);
  });

  test("of another registration comes without a command", () => {
    assert.deepEqual(find("other/stack/cluster-2"), [
      `${taken} it belongs to the registration other/stack/cluster-2 — choose another clusterName, or destroy that registration first, in a run of its own`,
    ]);
  });
});
