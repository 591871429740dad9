import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { formatProblem, problemsOf } from "../../../../../components/base/problems";
import { generations } from "../../../../../components/glooMesh/generation";
import { KubernetesClient } from "../../../../../components/kubernetes/client";
import { discoverTelemetryEndpoint } from "../../../../../components/preflight/discovery/telemetryEndpoint";
import { FakeKubeApi, status } from "../../../../support/fakeKubeApi";

const gateway = "/api/v1/namespaces/gloo-mesh/services/gloo-telemetry-gateway";
const otlp = { name: "otlp", port: 4317 };
const { telemetry } = generations["2.x"];
let api: FakeKubeApi;
let client: KubernetesClient;

before(async () => {
  api = await FakeKubeApi.start("hub");
  client = await KubernetesClient.open({ kubeconfig: api.kubeconfig, context: "hub" });
});
after(() => api.stop());
beforeEach(() => {
  api.intervene = () => undefined;
  api.store.remove(gateway);
});

const discover = () => {
  assert.ok(telemetry);
  return discoverTelemetryEndpoint(client, "gloo-mesh", telemetry);
};
const put = (ports: readonly object[], ingress?: readonly object[]) =>
  api.store.put(gateway, {
    spec: { type: ingress ? "LoadBalancer" : "ClusterIP", ports },
    ...(ingress ? { status: { loadBalancer: { ingress } } } : {}),
  });

describe("the endpoint of the telemetry collector", { concurrency: false }, () => {
  test("is the load balancer of the gateway, by address or by name, and its port otlp", async () => {
    put(
      [
        { name: "metrics", port: 8888 },
        { ...otlp, port: 443 },
      ],
      [{ ip: "34.1.2.3" }],
    );
    assert.deepEqual(await discover(), {
      value: "34.1.2.3:443",
      source: "LoadBalancer ip of Service gloo-mesh/gloo-telemetry-gateway, port otlp",
    });
    put([{ port: 4317 }], [{ hostname: "a.elb.amazonaws.com" }]);
    assert.equal((await discover()).value, "a.elb.amazonaws.com:4317");
  });

  const what =
    'GMR230 The telemetry collector has no endpoint, so that its chart cannot be installed — context "hub" of KUBECONFIG, Service gloo-mesh/gloo-telemetry-gateway, [agent.values] — telemetryCollector.enabled is true, and the endpoint cannot be discovered:';
  const next =
    "give [agent.values.telemetryCollector.config.exporters.otlp.endpoint] as host:port; look at the gateway: kubectl --kubeconfig KUBECONFIG --context hub -n gloo-mesh get service gloo-telemetry-gateway";
  for (const [title, prepare, cause] of [
    ["without the gateway", () => undefined, "there is no such Service"],
    [
      "without a load balancer",
      () => put([otlp]),
      "the Service, of type ClusterIP, has no load balancer with an address",
    ],
    [
      "before the load balancer has an address",
      () => put([otlp], []),
      "the Service, of type LoadBalancer, has no load balancer with an address",
    ],
    [
      "without the port",
      () => put([{ name: "metrics", port: 8888 }], [{ ip: "34.1.2.3" }]),
      "the Service has no port otlp or 4317",
    ],
  ] as const) {
    test(`must be given ${title}: GMR230`, async () => {
      prepare();
      const problems = await discover().then(
        ({ value }) => assert.fail(value),
        (error: unknown) => problemsOf(error) ?? [],
      );
      assert.deepEqual(
        problems.map((problem) => formatProblem(problem).replaceAll(api.kubeconfig, "KUBECONFIG")),
        [`${what} ${cause} — ${next}`],
      );
    });
  }

  test("can be given by a user who may not read it: GMR116", async () => {
    api.intervene = ({ path }) => (path === gateway ? status(403, "Forbidden", path) : undefined);
    await assert.rejects(discover(), /GMR116 .*or give \[agent\.values\.telemetryCollector\.config/);
  });
});
