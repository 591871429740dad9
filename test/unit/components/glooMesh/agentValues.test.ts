import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { agentValues, merge } from "../../../../components/glooMesh/agentValues";
import { enterpriseAgent } from "../../../../components/glooMesh/generation";

const settings = {
  clusterName: "cluster-2",
  relay: { serverAddress: "172.18.0.2:31179", authority: "enterprise-networking.gloo-mesh" },
  agent: { version: "1.0.4" },
  rootCertificate: { secret: { name: "relay-root-tls-secret", namespace: "agents" } },
  token: { secret: { name: "relay-identity-token-secret", namespace: "agents", key: "token" } },
  clientCertificate: { secret: { name: "relay-client-tls-secret", namespace: "agents" } },
};
const identity = {
  settings,
  certificate: "issued",
  mark: "project/stack/cluster-2",
} as const;

describe("the values of the agent's chart", () => {
  test("hold the identity, every Secret with its namespace, and the mark", () => {
    assert.deepEqual(agentValues(identity, enterpriseAgent), {
      relay: {
        cluster: "cluster-2",
        serverAddress: "172.18.0.2:31179",
        authority: "enterprise-networking.gloo-mesh",
        rootTlsSecret: { name: "relay-root-tls-secret", namespace: "agents" },
        tokenSecret: { name: "relay-identity-token-secret", namespace: "agents", key: "token" },
        clientCertSecret: { name: "relay-client-tls-secret", namespace: "agents" },
      },
      global: { glooMeshRelayRegistration: "project/stack/cluster-2" },
    });
  });

  test("let the user add and change everything but the identity", () => {
    const values = agentValues(identity, enterpriseAgent, {
      relay: { cluster: "another", extra: true, tokenSecret: { key: "other" } },
      global: { insecure: false },
      enterpriseAgent: { env: ["A=1"] },
    });
    const relay = values["relay"] as Record<string, unknown>;
    assert.equal(relay["cluster"], "cluster-2");
    assert.equal(relay["extra"], true);
    assert.deepEqual(relay["tokenSecret"], { name: "relay-identity-token-secret", namespace: "agents", key: "token" });
    assert.deepEqual(values["global"], { insecure: false, glooMeshRelayRegistration: "project/stack/cluster-2" });
    assert.deepEqual(values["enterpriseAgent"], { env: ["A=1"] });
  });

  test("win over user values that are no map at all", () => {
    const values = agentValues(identity, enterpriseAgent, { relay: null, global: "text" });
    assert.deepEqual(values, agentValues(identity, enterpriseAgent));
  });
});

describe("the values of an agent with a certificate of the user's", () => {
  test("name its Secret, and neither root CA nor token", () => {
    const client = { name: "issued-by-cert-manager", namespace: "certificates" };
    const values = agentValues(
      { ...identity, certificate: "provided", settings: { ...settings, clientCertificate: { secret: client } } },
      enterpriseAgent,
    );
    assert.deepEqual(values["relay"], {
      cluster: "cluster-2",
      serverAddress: "172.18.0.2:31179",
      authority: "enterprise-networking.gloo-mesh",
      clientCertSecret: client,
    });
  });
});

describe("the values of an agent without TLS", () => {
  const relay = {
    cluster: "cluster-2",
    serverAddress: "172.18.0.2:31179",
    authority: "enterprise-networking.gloo-mesh",
  };
  const mark = { glooMeshRelayRegistration: "project/stack/cluster-2" };
  for (const [version, values] of [
    ["1.0.4", { relay: { ...relay, insecure: true }, global: mark }],
    ["1.0.13", { relay: { ...relay, insecure: true }, global: mark }],
    ["1.1.0", { relay, global: { insecure: true, ...mark } }],
    ["1.1.0-beta20", { relay, global: { insecure: true, ...mark } }],
    ["1.2.10", { relay, global: { insecure: true, ...mark } }],
  ] as const) {
    test(`turn it off where version ${version} of the chart reads it, and name no Secret`, () => {
      const agent = { ...identity, certificate: "none", settings: { ...settings, agent: { version } } } as const;
      assert.deepEqual(agentValues(agent, enterpriseAgent), values);
    });
  }
});

describe("merge", () => {
  test("takes lists and nulls as values", () => {
    assert.deepEqual(merge({ list: [1, 2], map: { a: 1 } }, { list: [3], map: null }), { list: [3], map: null });
  });

  test("changes neither argument", () => {
    const first = { deep: { a: 1 } };
    const second = { deep: { b: 2 } };
    merge(first, second);
    assert.deepEqual([first, second], [{ deep: { a: 1 } }, { deep: { b: 2 } }]);
  });

  // Nobody can want a value of that name, and assigning it sets a prototype.
  const key = fc.string().filter((text) => text !== "__proto__");
  const values = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }));

  test("with nothing on either side changes nothing, and merging twice is merging once", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const merged = merge(first, second);
        assert.deepEqual(merge(merged, {}), merged);
        assert.deepEqual(merge({}, merged), merged);
        assert.deepEqual(merge(merged, second), merged);
      }),
    );
  });

  test("keeps every leaf of the second", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const merged = merge(first, second);
        for (const [key, value] of Object.entries(second)) {
          const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
          if (!isMap) assert.deepEqual(merged[key], value);
        }
      }),
    );
  });

  test("never reaches Object.prototype", () => {
    merge(
      JSON.parse('{"__proto__": {"a": 1}}'),
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"b": 1}}'),
    );
    assert.equal(Reflect.get({}, "polluted"), undefined);
    assert.equal(Reflect.get(Object, "b"), undefined);
  });
});
