import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { type Problem, problemsOf } from "../../../../../components/base/problems";
import { defaultGeneration as generation } from "../../../../../components/glooMesh/generation";
import { relayAddressFault } from "../../../../../components/glooMesh/relayAddress";
import { KubernetesClient } from "../../../../../components/kubernetes/client";
import type { Found } from "../../../../../components/preflight/discovery/found";
import { discoverRelayAddress } from "../../../../../components/preflight/discovery/serverAddress";
import { FakeKubeApi, status } from "../../../../support/fakeKubeApi";

// Against an API server without Kubernetes: that real clouds fill these fields so is not proven here.

const namespace = "gloo-mesh";
const relayServer = "/api/v1/namespaces/gloo-mesh/services/enterprise-networking";
const gateway = "/api/v1/namespaces/istio-system/services/istio-ingressgateway";
let api: FakeKubeApi;
let client: KubernetesClient;

before(async () => {
  api = await FakeKubeApi.start("hub");
  client = await KubernetesClient.open(api.access);
});
after(() => api.stop());
beforeEach(() => {
  api.intervene = () => undefined;
  for (const path of api.store.paths()) if (/services|nodes/.test(path)) api.store.remove(path);
});

const fromService = () => discoverRelayAddress(client, { namespace, generation });
const fromIngress = () => discoverRelayAddress(client, { namespace, ingress: generation.ingress, generation });

async function problemOf(discovery: Promise<Found>): Promise<Problem> {
  const problems = await discovery.then(
    ({ value }) => assert.fail(`found ${value}`),
    (error: unknown) => problemsOf(error),
  );
  assert.equal(problems?.length, 1);
  return problems?.[0] as Problem;
}

const grpc = { name: "grpc", port: 9900, nodePort: 31_900 };
const metrics = { name: "http", port: 9091, nodePort: 31_091 };

function putService(path: string, spec: object, ingress?: readonly object[]): void {
  api.store.put(path, { kind: "Service", spec, ...(ingress ? { status: { loadBalancer: { ingress } } } : {}) });
}

describe("the relay address from another Service that selects the relay server", { concurrency: false }, () => {
  const selector = { app: "enterprise-networking" };
  const beside = (name: string, spec: object, ip = "34.1.2.3") =>
    putService(`/api/v1/namespaces/gloo-mesh/services/${name}`, { type: "LoadBalancer", selector, ...spec }, [{ ip }]);

  test("is that of its load balancer", async () => {
    putService(relayServer, { type: "ClusterIP", selector, ports: [grpc] });
    beside("relay-lb", { ports: [{ port: 443, targetPort: 9900 }] });
    assert.deepEqual(await fromService(), {
      value: "34.1.2.3:443",
      source: "LoadBalancer ip of Service gloo-mesh/relay-lb, which selects enterprise-networking",
    });
  });

  test("is not taken from one with other pods, another port or no load balancer", async () => {
    putService(relayServer, { type: "ClusterIP", selector, ports: [grpc] });
    beside("others", { selector: { app: "other" }, ports: [grpc] });
    beside("metrics", { ports: [metrics] });
    beside("internal", { type: "ClusterIP", ports: [grpc] });
    assert.equal((await problemOf(fromService())).code, "GMR221");
  });

  test("is left to the user where several lead to it", async () => {
    putService(relayServer, { type: "ClusterIP", selector, ports: [grpc] });
    beside("one", { ports: [grpc] }, "34.1.2.3");
    beside("two", { ports: [{ port: 9900, targetPort: "grpc" }] }, "34.1.2.4");
    const { code, what, cause } = await problemOf(fromService());
    assert.equal(code, "GMR221");
    assert.match(what, /several load balancers/);
    assert.match(cause ?? "", /^34\.1\.2\.3:9900 .*; 34\.1\.2\.4:9900 /);
  });
});

describe("the relay address from the relay server's Service", { concurrency: false }, () => {
  const hosts: readonly (readonly [string, object, string, string])[] = [
    ["an ip (GKE)", { ip: "34.1.2.3" }, "34.1.2.3:9900", "ip"],
    ["a hostname (EKS)", { hostname: "a1.elb.amazonaws.com" }, "a1.elb.amazonaws.com:9900", "hostname"],
    ["an ip beside a hostname", { ip: "34.1.2.3", hostname: "lb.example" }, "34.1.2.3:9900", "ip"],
    ["an empty ip beside a hostname", { ip: "", hostname: "lb.example" }, "lb.example:9900", "hostname"],
    ["an IPv6 address, in brackets", { ip: "2001:db8::1" }, "[2001:db8::1]:9900", "ip"],
  ];
  for (const [what, entry, value, kind] of hosts) {
    test(`is the load balancer's, with ${what}`, async () => {
      putService(relayServer, { type: "LoadBalancer", ports: [metrics, grpc] }, [entry]);
      const source = `LoadBalancer ${kind} of Service gloo-mesh/enterprise-networking, port grpc`;
      assert.deepEqual(await fromService(), { value, source });
    });
  }

  test("has the port named grpc, whatever its number", async () => {
    const ports = [metrics, { name: "other", port: 9900 }, { name: "grpc", port: 443 }];
    putService(relayServer, { type: "LoadBalancer", ports }, [{ ip: "34.1.2.3" }]);
    assert.equal((await fromService()).value, "34.1.2.3:443");
  });

  test("has port 9900 where none is named grpc", async () => {
    putService(relayServer, { type: "LoadBalancer", ports: [metrics, { port: 9900 }] }, [{ ip: "34.1.2.3" }]);
    const { value, source } = await fromService();
    assert.equal(value, "34.1.2.3:9900");
    assert.match(source, /port 9900$/);
  });

  test("without such a port is not guessed", async () => {
    putService(relayServer, { type: "LoadBalancer", ports: [metrics] }, [{ ip: "34.1.2.3" }]);
    const { code, cause } = await problemOf(fromService());
    assert.equal(code, "GMR221");
    assert.match(cause ?? "", /named grpc .* number 9900/);
  });

  for (const [what, ingress] of [
    ["no status", undefined],
    ["an empty list", []],
    ["an entry without ip and hostname", [{}]],
    ["an empty hostname", [{ hostname: "" }]],
  ] as const) {
    test(`is never an empty host: ${what} is "no address yet", with the command that watches it`, async () => {
      putService(relayServer, { type: "LoadBalancer", ports: [grpc] }, ingress);
      const { code, next } = await problemOf(fromService());
      assert.equal(code, "GMR222");
      assert.match(next, / --context hub -n gloo-mesh get service enterprise-networking --watch; or give /);
    });
  }

  for (const type of ["ClusterIP", "NodePort", undefined]) {
    test(`cannot come from a Service of type ${type ?? "not told"}: the next step names the two ways out`, async () => {
      putService(relayServer, { type, ports: [grpc] });
      const { code, cause, next } = await problemOf(fromService());
      assert.equal(code, "GMR221");
      assert.match(cause ?? "", new RegExp(`of type ${type ?? "ClusterIP"}`));
      assert.match(next, /relay\.serverAddress.*relay\.ingress/);
    });
  }

  test("cannot come from a missing Service", async () => {
    const { code, what } = await problemOf(fromService());
    assert.equal(code, "GMR221");
    assert.match(what, /Service is missing/);
  });

  test("is refused when what the load balancer says is no host", async () => {
    putService(relayServer, { type: "LoadBalancer", ports: [grpc] }, [{ hostname: "https://lb" }]);
    assert.equal((await problemOf(fromService())).code, "GMR221");
  });

  test("is always one that can be dialled, over all addresses of load balancers", async () => {
    const host = fc.oneof(
      fc.ipV4().map((ip) => ({ ip })),
      fc.ipV6().map((ip) => ({ ip })),
      fc.domain().map((hostname) => ({ hostname })),
      fc.string().map((hostname) => ({ hostname })),
      fc.constant({}),
    );
    await fc.assert(
      fc.asyncProperty(host, fc.integer({ min: 1, max: 65_535 }), async (entry, port) => {
        putService(relayServer, { type: "LoadBalancer", ports: [{ name: "grpc", port }] }, [entry]);
        const found = await fromService().catch((error) => problemsOf(error)?.[0]?.code);
        if (typeof found === "object") assert.equal(relayAddressFault(found.value), undefined);
        else assert.ok(found === "GMR221" || found === "GMR222", found);
      }),
      { numRuns: 50 },
    );
  });

  test("asks once, and writes nothing", async () => {
    putService(relayServer, { type: "LoadBalancer", ports: [grpc] }, [{ ip: "34.1.2.3" }]);
    const before = api.requests.length;
    await fromService();
    assert.equal(api.requests.length, before + 1);
    assert.deepEqual(api.writes, []);
  });
});

const https = { name: "https", port: 443, nodePort: 31_179 };
const ready = [{ type: "Ready", status: "True" }];

function putNode(name: string, addresses: readonly (readonly [string, string])[], more: object = {}): void {
  api.store.put(`/api/v1/nodes/${name}`, {
    kind: "Node",
    status: { addresses: addresses.map(([type, address]) => ({ type, address })), conditions: ready },
    ...more,
  });
}

function putGateway(): void {
  putService(gateway, { type: "LoadBalancer", ports: [{ name: "http2", port: 80, nodePort: 31_080 }, https] });
}

describe("the relay address from the Istio ingress gateway", { concurrency: false }, () => {
  test("is a node's address and the node port of https, as in the vendor's guide", async () => {
    putGateway();
    putNode("kind-mgmt-control-plane", [
      ["InternalIP", "172.18.0.2"],
      ["Hostname", "kind-mgmt-control-plane"],
    ]);
    assert.deepEqual(await fromIngress(), {
      value: "172.18.0.2:31179",
      source:
        "InternalIP of Node kind-mgmt-control-plane, node port https of Service istio-system/istio-ingressgateway",
    });
  });

  test("is that of the first usable node by name, the same on every run", async () => {
    putGateway();
    putNode("node-c", [["InternalIP", "10.0.0.3"]]);
    putNode("node-b", [["InternalIP", "10.0.0.2"]]);
    const conditions = [{ type: "Ready", status: "Unknown" }];
    const addresses = [{ type: "InternalIP", address: "10.0.0.1" }];
    putNode("node-a1", [["InternalIP", "10.0.0.1"]], { spec: { unschedulable: true } });
    putNode("node-a2", [], { status: { addresses, conditions } });
    putNode("node-a3", [], { status: { addresses } });
    putNode("node-a4", []);
    assert.equal((await fromIngress()).value, "10.0.0.2:31179");
  });

  test("takes the first IP in the node's own order, and a name only where there is none", async () => {
    putGateway();
    putNode("node", [
      ["Hostname", "node"],
      ["ExternalIP", "34.1.2.3"],
      ["InternalIP", "10.0.0.1"],
    ]);
    assert.equal((await fromIngress()).value, "34.1.2.3:31179");
    putNode("node", [["Hostname", "node.example"]]);
    assert.equal((await fromIngress()).value, "node.example:31179");
  });

  test("puts an IPv6 address into brackets", async () => {
    putGateway();
    putNode("node", [["InternalIP", "fd00::2"]]);
    assert.equal((await fromIngress()).value, "[fd00::2]:31179");
  });

  test("takes gateway, namespace and port as they are given", async () => {
    const ports = [https, { name: "tls", port: 15_443, nodePort: 32_000 }];
    putService("/api/v1/namespaces/mesh/services/gateway", { type: "NodePort", ports });
    putNode("node", [["InternalIP", "10.0.0.1"]]);
    const ingress = { namespace: "mesh", service: "gateway", portName: "tls" };
    assert.equal((await discoverRelayAddress(client, { namespace, ingress, generation })).value, "10.0.0.1:32000");
  });

  test("cannot come from a missing gateway", async () => {
    putNode("node", [["InternalIP", "10.0.0.1"]]);
    const { code, where } = await problemOf(fromIngress());
    assert.equal(code, "GMR223");
    assert.match(where, /Service istio-system\/istio-ingressgateway/);
  });

  test("cannot come from a gateway without the port; the ports it has are told", async () => {
    putService(gateway, { type: "LoadBalancer", ports: [{ name: "http2", port: 80 }, { port: 443 }] });
    putNode("node", [["InternalIP", "10.0.0.1"]]);
    const { code, cause } = await problemOf(fromIngress());
    assert.equal(code, "GMR223");
    assert.equal(cause, "it has: http2, 443");
  });

  test("cannot come from a port without a node port", async () => {
    putService(gateway, { type: "ClusterIP", ports: [{ name: "https", port: 443 }] });
    putNode("node", [["InternalIP", "10.0.0.1"]]);
    const { code, cause } = await problemOf(fromIngress());
    assert.equal(code, "GMR223");
    assert.match(cause ?? "", /ClusterIP/);
  });

  test("cannot come from a cluster without usable nodes; why each is passed over is told", async () => {
    putGateway();
    assert.match((await problemOf(fromIngress())).cause ?? "", /no nodes/);
    putNode("a", [["InternalIP", "10.0.0.1"]], { spec: { unschedulable: true } });
    putNode("b", [["InternalIP", "10.0.0.2"]], { status: { conditions: [{ type: "Ready", status: "False" }] } });
    putNode("c", [["InternalIP", "10.0.0.3"]], { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
    putNode("d", []);
    const { code, cause } = await problemOf(fromIngress());
    assert.equal(code, "GMR223");
    assert.equal(cause, "a is unschedulable, b is not ready, c is being deleted, d has no address");
  });

  test("cannot come from a node whose only address is none that an agent can dial", async () => {
    putGateway();
    putNode("a", [["Hostname", "node$a"]]);
    const { code, cause } = await problemOf(fromIngress());
    assert.equal(code, "GMR223");
    assert.equal(cause, '"node$a" is neither a DNS name nor an IPv4 address');
  });

  test("tells missing gateway and missing nodes together", async () => {
    const error = await fromIngress().catch((thrown: unknown) => thrown);
    const codes = problemsOf(error)?.map(({ code }) => code);
    assert.deepEqual(codes, ["GMR223", "GMR223"]);
  });

  test("without the right to list nodes says which right, and the way without it", async () => {
    putGateway();
    api.intervene = ({ path }) => (path === "/api/v1/nodes" ? status(403, "Forbidden") : undefined);
    const { code, next } = await problemOf(fromIngress());
    assert.equal(code, "GMR116");
    assert.match(next, /list nodes \(a ClusterRole\), or give \[relay\.serverAddress\]/);
  });

  test("passes on what is wrong with the API server itself", async () => {
    putGateway();
    api.intervene = ({ path }) => (path === "/api/v1/nodes" ? status(500, "InternalError") : undefined);
    assert.equal((await problemOf(fromIngress())).code, "GMR117");
  });
});
