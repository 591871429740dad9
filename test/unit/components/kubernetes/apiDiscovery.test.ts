import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { addedKinds } from "../../../../components/kubernetes/apiDiscovery";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { FakeKubeApi, status } from "../../../support/fakeKubeApi";

const verbs = ["create", "delete", "get", "list"];

/** What is discovered on an API server that gives these answers. */
async function discovered(context: TestContext, answers: Readonly<Record<string, unknown>>) {
  const api = await FakeKubeApi.start("remote");
  context.after(() => api.stop());
  api.intervene = ({ path }) => {
    if (!(path in answers)) return status(503, "ServiceUnavailable", path);
    return { status: 200, body: answers[path] as object };
  };
  const { kinds, unavailable } = await addedKinds(await KubernetesClient.open(api.access));
  return [...kinds.map(({ plural, group, version }) => `${plural}.${group}/${version}`), ...unavailable];
}

describe("the kinds that an API server has besides the built-in ones", () => {
  const resource = (plural: string) => ({
    resource: plural,
    responseKind: { kind: plural.toUpperCase() },
    scope: "Namespaced",
    verbs,
  });

  test("are each in the first version that has it, in one answer", async (context) => {
    const group = (name: string, ...versions: readonly object[]) => ({ metadata: { name }, versions });
    const items = [
      group("apps", { version: "v1", resources: [resource("deployments")] }),
      group("networking.k8s.io", { version: "v1", resources: [resource("ingresses")] }),
      group("gateway.networking.k8s.io", { version: "v1", resources: [resource("gateways")] }),
      group(
        "networking.istio.io",
        { version: "v1", resources: [resource("virtualservices")] },
        { version: "v1alpha3", resources: [resource("virtualservices"), resource("envoyfilters")] },
      ),
      group("dead.example.com", { version: "v1", freshness: "Stale", resources: [] }),
    ];
    assert.deepEqual(await discovered(context, { "/apis": { kind: "APIGroupDiscoveryList", items } }), [
      "gateways.gateway.networking.k8s.io/v1",
      "virtualservices.networking.istio.io/v1",
      "envoyfilters.networking.istio.io/v1alpha3",
      "dead.example.com",
    ]);
  });

  test("are found in an answer for each version before Kubernetes 1.27", async (context) => {
    const one = (name: string, namespaced: boolean) => ({ name, kind: "Kind", namespaced, verbs });
    const answers = {
      "/apis": {
        kind: "APIGroupList",
        groups: [
          { name: "batch", versions: [{ version: "v1" }] },
          { name: "cert-manager.io", versions: [{ version: "v1" }, { version: "v1alpha2" }] },
          { name: "dead.example.com", versions: [{ version: "v1" }] },
        ],
      },
      "/apis/cert-manager.io/v1": {
        resources: [one("certificates", true), one("certificates/status", true), one("clusterissuers", false)],
      },
      "/apis/cert-manager.io/v1alpha2": { resources: [one("certificates", true), one("orders", true)] },
    };
    assert.deepEqual(await discovered(context, answers), [
      "certificates.cert-manager.io/v1",
      "orders.cert-manager.io/v1alpha2",
      "dead.example.com",
    ]);
  });

  for (const [name, answer] of Object.entries({
    "an empty map": {},
    "no list of groups": { kind: "APIGroupDiscoveryList", items: "x" },
    "groups without versions": { kind: "APIGroupDiscoveryList", items: [{ metadata: { name: "a.b" } }, null, 5] },
    "names that lead elsewhere": {
      kind: "APIGroupDiscoveryList",
      items: [{ metadata: { name: "a.b" }, versions: [{ version: "v1", resources: [resource("../secrets")] }] }],
    },
    "resources without verbs": {
      kind: "APIGroupDiscoveryList",
      items: [{ metadata: { name: "a.b" }, versions: [{ version: "v1", resources: [{ resource: "x" }, null] }] }],
    },
  })) {
    test(`are none in ${name}`, async (context) => {
      assert.deepEqual(await discovered(context, { "/apis": answer }), []);
    });
  }
});
