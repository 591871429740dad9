import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { agentValues, readAgentValues, usesRootSecret } from "../../../../components/glooMesh/agentValues";
import { defaultGeneration, generationNames, generations } from "../../../../components/glooMesh/generation";
import { modesOf } from "../../../../components/glooMesh/modes";

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
  modes: { certificate: "issued", tls: "mutual" },
  mark: "project/stack/cluster-2",
} as const;

describe("the values of the agent's chart", () => {
  test("hold the identity, every Secret with its namespace, and the mark", () => {
    assert.deepEqual(agentValues(identity, defaultGeneration), {
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
    const values = agentValues(identity, defaultGeneration, {
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
    const values = agentValues(identity, defaultGeneration, { relay: null, global: "text" });
    assert.deepEqual(values, agentValues(identity, defaultGeneration));
  });
});

describe("the values of an agent with a certificate of the user's", () => {
  test("name its Secret, and neither root CA nor token", () => {
    const client = { name: "issued-by-cert-manager", namespace: "certificates" };
    const values = agentValues(
      {
        ...identity,
        modes: { certificate: "provided", tls: "mutual" },
        settings: { ...settings, clientCertificate: { secret: client } },
      },
      defaultGeneration,
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
      const agent = {
        ...identity,
        modes: { certificate: "none", tls: "none" },
        settings: { ...settings, agent: { version } },
      } as const;
      assert.deepEqual(agentValues(agent, defaultGeneration), values);
    });
  }
});

describe("the values of 2.x", () => {
  const generation = generations["2.x"];
  const relay = { serverAddress: "172.18.0.2:31179", authority: "enterprise-networking.gloo-mesh" };
  const global = { glooMeshRelayRegistration: "project/stack/cluster-2" };
  const of = (modes: Partial<typeof identity.modes> | object, userValues = {}) =>
    agentValues(
      { ...identity, modes: { ...identity.modes, ...modes }, settings: { ...settings, agent: { version: "2.14.0" } } },
      generation,
      userValues,
    );

  test("turn the agent on, and have the cluster's name and the Secrets at their own paths", () => {
    assert.deepEqual(of({}), {
      common: { cluster: "cluster-2" },
      glooAgent: {
        enabled: true,
        relay: {
          ...relay,
          rootTlsSecret: { name: "relay-root-tls-secret", namespace: "agents" },
          tokenSecret: { name: "relay-identity-token-secret", namespace: "agents", key: "token" },
          clientTlsSecret: { name: "relay-client-tls-secret", namespace: "agents" },
        },
      },
      global,
    });
  });

  test("have nulls for the token of an agent with a certificate of the user's", () => {
    const clientTlsSecret = { name: "relay-client-tls-secret", namespace: "agents" };
    const tokenSecret = { name: null, namespace: null, key: null };
    assert.deepEqual(of({ certificate: "provided" }), {
      common: { cluster: "cluster-2" },
      glooAgent: { enabled: true, relay: { ...relay, clientTlsSecret, tokenSecret } },
      global,
    });
  });

  test("refer to the token of an agent without a certificate, and never hold it", () => {
    const rootTlsSecret = { name: "relay-root-tls-secret", namespace: "agents" };
    const secretKeyRef = { name: "relay-identity-token-secret", key: "token" };
    const values = of({ certificate: "none", tls: "server" });
    assert.deepEqual(values, {
      common: { cluster: "cluster-2" },
      glooAgent: {
        enabled: true,
        relay: { ...relay, rootTlsSecret },
        extraEnvs: { RELAY_TOKEN: { valueFrom: { secretKeyRef } } },
      },
      global,
    });
    const { certificate, tls, secrets } = readAgentValues(values, generation);
    assert.deepEqual([certificate, tls], ["none", "server"]);
    assert.deepEqual(secrets, { root: rootTlsSecret, token: secretKeyRef });
  });

  test("replace a token that the user gave as a literal: Kubernetes refuses a variable with both", () => {
    const literal = { RELAY_TOKEN: { value: "literal" }, A: { value: "1" } };
    const values = of({ certificate: "none", tls: "server" }, { glooAgent: { extraEnvs: literal } });
    const secretKeyRef = { name: "relay-identity-token-secret", key: "token" };
    const { extraEnvs } = values["glooAgent"] as { extraEnvs: object };
    assert.deepEqual(extraEnvs, { RELAY_TOKEN: { valueFrom: { secretKeyRef } }, A: { value: "1" } });
  });

  test("of an agent whose token is a literal are those of simple TLS, and name no Secret for it", () => {
    const read = readAgentValues({ glooAgent: { extraEnvs: { RELAY_TOKEN: { value: "literal" } } } }, generation);
    assert.deepEqual(read, { certificate: "none", tls: "server", secrets: {} });
  });

  test("turn TLS off for an agent without TLS", () => {
    assert.deepEqual(of({ certificate: "none", tls: "none" }), {
      common: { cluster: "cluster-2" },
      glooAgent: { enabled: true, insecure: true, relay },
      global,
    });
  });
});

describe("reading the values of the agent's chart", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const place = fc.record({ name, namespace: name });
  const settings = fc.record({
    clusterName: name,
    relay: fc.record({ serverAddress: name.map((host) => `${host}:9900`), authority: name }),
    rootCertificate: fc.record({ secret: place }),
    token: fc.record({ secret: fc.record({ name, namespace: name, key: name }) }),
    clientCertificate: fc.record({ secret: place }),
  });
  const identities = fc.record({
    settings,
    identity: fc.constantFrom("one-time-token" as const, "provided-certificate" as const, "none" as const),
    mark: name,
  });
  const userValues = fc.dictionary(
    fc.string().filter((key) => !["relay", "global", "common", "glooAgent", "__proto__"].includes(key)),
    fc.jsonValue({ maxDepth: 3 }),
  );

  test("gives back the identity that they were made of", () => {
    fc.assert(
      fc.property(identities, userValues, fc.constantFrom(...generationNames), (identity, user, name) => {
        const generation = generations[name];
        const { certificate, tls } = modesOf(identity);
        const agent = { version: generation.versions.example };
        const given = { ...identity, modes: { certificate, tls }, settings: { ...identity.settings, agent } };
        const { clusterName, relay, rootCertificate, token, clientCertificate } = identity.settings;
        const client = clientCertificate.secret;
        const all = { root: rootCertificate.secret, token: token.secret, client };
        const used = structuredClone({ issued: all, provided: { client }, none: {} }[certificate]);
        assert.deepEqual(readAgentValues(agentValues(given, generation, user), generation), {
          clusterName,
          ...relay,
          certificate,
          tls,
          secrets: used,
        });
      }),
    );
  });

  test("leaves out what is empty or of another kind", () => {
    const relay = { cluster: "", serverAddress: 9900, authority: null, rootTlsSecret: "a", tokenSecret: { key: "k" } };
    const read = readAgentValues({ relay, global: ["insecure"] }, defaultGeneration);
    assert.deepEqual(read, { certificate: "issued", tls: "mutual", secrets: { token: { key: "k" } } });
    assert.deepEqual(readAgentValues({ relay: "a" }, defaultGeneration), {
      certificate: "issued",
      tls: "mutual",
      secrets: {},
    });
  });

  test("knows the Secret of the root CA by name and namespace", () => {
    const values = agentValues(identity, defaultGeneration);
    const root = identity.settings.rootCertificate.secret;
    assert.equal(usesRootSecret(values, root, defaultGeneration), true);
    assert.equal(usesRootSecret(values, { ...root, namespace: "other" }, defaultGeneration), false);
    assert.equal(usesRootSecret({}, root, defaultGeneration), false);
  });
});
