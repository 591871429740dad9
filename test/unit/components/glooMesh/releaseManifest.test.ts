import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  findInstalled,
  isInstalledBy,
  objectsIn,
  ofUnknownKind,
  podTemplateIn,
} from "../../../../components/glooMesh/releaseManifest";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { FakeKubeApi } from "../../../support/fakeKubeApi";

describe("the manifest of a release", () => {
  test("names its objects, in lists and other namespaces too", async () => {
    const manifest = [
      "---\n# Source: agent/a.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: agent\n",
      "---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: { name: a, namespace: elsewhere }\n",
      '---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: "a/b" }\n',
    ].join("");
    assert.deepEqual(objectsIn(manifest, "gloo-mesh"), [
      { group: "apps", kind: "Deployment", name: "agent", namespace: "gloo-mesh" },
      { group: "", kind: "Service", name: "a", namespace: "elsewhere" },
      { group: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a/b", namespace: "gloo-mesh" },
    ]);
  });

  test("may hold anything: what is no object is left out", async () => {
    const odd = [
      "",
      "---",
      "text",
      "- 1",
      "a: [",
      "kind: Pod",
      "apiVersion: 1\nkind: 2\nmetadata: { name: 3 }",
      "items: [1, null]",
    ];
    assert.deepEqual(objectsIn(odd.join("\n---\n"), "gloo-mesh"), []);
  });

  test("is read once, however its aliases repeat it", { timeout: 10_000 }, async () => {
    assert.deepEqual(objectsIn("&a\nkind: List\nitems: [*a, *a]", "gloo-mesh"), []);
    const level = (name: string, items: string) => `${name}: &${name} { kind: List, items: [${items}] }`;
    const levels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map((name, index, all) =>
      level(
        name,
        index === 0
          ? "1"
          : Array(10)
              .fill(`*${all[index - 1]}`)
              .join(", "),
      ),
    );
    assert.deepEqual(objectsIn(`${levels.join("\n")}\nitems: [*j]`, "gloo-mesh"), []);
  });

  test("names its large objects, too, without what they hold", () => {
    const head =
      "# Source: agent/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dashboards\n  labels:\n    a: b\n";
    const large = `${head}data:\n${"  a: '[[[[[[[['\n".repeat(100_000)}`;
    const object = { group: "", kind: "ConfigMap", name: "dashboards", namespace: "gloo-mesh" };
    assert.deepEqual(objectsIn(Array(20).fill(large).join("---\n"), "gloo-mesh"), Array(20).fill(object));
  });

  test("is read up to a limit, since nothing else runs meanwhile", { timeout: 20_000 }, () => {
    const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: agent }\n";
    const bodies = [`x: ${"[".repeat(9_000_000)}`, "x: &x [1]\n".repeat(900_000), "\t@x: %\n".repeat(1_000_000)];
    const documents = ["---\na: 1\n".repeat(1_000_000), `---\n${deployment}`.repeat(200_000)];
    for (const manifest of [...bodies.map((body) => deployment + body), ...documents]) {
      assert.ok(objectsIn(manifest, "gloo-mesh").length <= 1000);
      assert.equal(podTemplateIn(manifest, "agent"), undefined);
    }
  });

  test("may have kinds that cannot be addressed, which are named; CRDs stay, as Helm has it", () => {
    const object = (kind: string, group = "") => ({ kind, group, name: "a", namespace: "gloo-mesh" });
    const unknown = [object("PodMonitor", "monitoring.coreos.com"), object("PriorityClass", "scheduling.k8s.io")];
    const crd = object("CustomResourceDefinition", "apiextensions.k8s.io");
    assert.deepEqual(ofUnknownKind([object("Secret"), ...unknown, crd]), unknown);
  });
});

describe("an object is part of a release", () => {
  const release = { namespace: "gloo-mesh", name: "enterprise-agent" };
  const named = { "meta.helm.sh/release-name": "enterprise-agent", "meta.helm.sh/release-namespace": "gloo-mesh" };
  const fieldsV1 = { "f:metadata": { "f:annotations": { "f:meta.helm.sh/release-name": {} } } };
  const isPart = (annotations: Readonly<Record<string, string>>, manager = "helm") =>
    isInstalledBy({ metadata: { name: "x", annotations, managedFields: [{ manager, fieldsV1 }] } }, release);

  test("if Helm says so, with the command or in Pulumi's provider", () => {
    assert.equal(isPart(named), true);
    assert.equal(isPart(named, "pulumi-resource-kubernetes"), true);
  });

  test("not if the annotations were copied, name another release, or keep it", () => {
    assert.equal(isPart(named, "kubectl-client-side-apply"), false);
    assert.equal(isPart(named, "helm-controller"), false);
    assert.equal(isPart({ ...named, "meta.helm.sh/release-namespace": "elsewhere" }), false);
    assert.equal(isPart({ ...named, "helm.sh/resource-policy": "keep" }), false);
    assert.equal(isPart({}), false);
  });
});

test("an object of a release is found on a cluster that has its kind in an earlier version only", async (context) => {
  const api = await FakeKubeApi.start("remote");
  context.after(() => api.stop());
  api.intervene = ({ path }) =>
    /\/v1\/.*budgets\//.test(path) ? { status: 404, body: "404 page not found" } : undefined;
  const path = "/apis/policy/v1beta1/namespaces/gloo-mesh/poddisruptionbudgets/agent";
  api.store.put(path, {});
  const listed = [{ group: "policy", kind: "PodDisruptionBudget", namespace: "gloo-mesh", name: "agent" }];
  const client = await KubernetesClient.open(api.access);
  const found = await findInstalled(client, listed, new AbortController().signal);
  assert.deepEqual(
    found.map((object) => object.path),
    [path],
  );
});
