import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { normaliseVersion } from "../../../../components/base/version";
import { enterpriseAgent } from "../../../../components/glooMesh/generation";
import { type ArgumentValues, type GivenSettings, withDefaults } from "../../../../components/glooMesh/settings";
import { dnsLabelFault, validateSettings } from "../../../../components/glooMesh/validateSettings";
import type { GlooMeshRelayRegistrationArgs } from "../../../../components/registration/arguments";
import { findContradictions } from "../../../../components/registration/contradictions";

const good: GivenSettings = {
  clusterName: "cluster-2",
  clusterDomain: "cluster.local",
  managementNamespace: "gloo-mesh",
  namespace: "gloo-mesh",
  serverAddress: "172.18.0.2:31179",
  authority: "enterprise-networking.gloo-mesh",
  agentVersion: "1.0.4",
  ingress: undefined,
  secrets: {
    rootSource: { name: "relay-root-tls-secret", namespace: "gloo-mesh", key: "ca.crt" },
    tokenSource: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
    root: { name: "relay-root-tls-secret", namespace: "gloo-mesh" },
    token: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
    client: { name: "relay-client-tls-secret", namespace: "gloo-mesh" },
  },
  chart: "enterprise-agent",
  chartRepository: "https://charts.example",
  skipCrds: false,
  insecureByValues: false,
  chainToRoot: true,
  reissue: "",
  level: "agent",
  timeoutSeconds: 300,
  abandonedAfterSeconds: 60,
  ignoredChecks: [],
};

const validate = (settings: Partial<GivenSettings>) =>
  validateSettings({ ...good, ...settings }, { certificate: "issued" });
const codes = (settings: Partial<GivenSettings>) => validate(settings).map(({ code }) => code);

function secrets<K extends keyof GivenSettings["secrets"]>(which: K, change: Partial<GivenSettings["secrets"][K]>) {
  return { secrets: { ...good.secrets, [which]: { ...good.secrets[which], ...change } } };
}

test("good settings have no problem", () => assert.deepEqual(codes({}), []));

test("what is to be read from the hub is no problem", () => {
  assert.deepEqual(codes({ serverAddress: undefined, agentVersion: undefined }), []);
});

test("values that turn TLS off are a problem unless that was asked for", () => {
  assert.deepEqual(codes({ insecureByValues: true }), ["GMR008"]);
  assert.deepEqual(validateSettings({ ...good, insecureByValues: true }, { certificate: "none" }), []);
});

test("a bad management namespace is told once, and not again as the authority that is made of it", () => {
  const managementNamespace = "a/b";
  const authority = `enterprise-networking.${managementNamespace}`;
  assert.deepEqual([...new Set(codes({ managementNamespace, authority }))], ["GMR006"]);
});

describe("null, as an empty value of YAML gives it, counts as left out", () => {
  const settingsOf = (said: object) =>
    withDefaults({ clusterName: "cluster-2", ...said } as ArgumentValues, false, enterpriseAgent);
  const texts = { name: null, namespace: null, key: null };

  test("in every value", () => {
    const nulls: { [K in Exclude<keyof ArgumentValues, "clusterName">]-?: null } = {
      clusterDomain: null,
      managementNamespace: null,
      namespace: null,
      serverAddress: null,
      ingress: null,
      authority: null,
      agentVersion: null,
      chart: null,
      chartRepository: null,
      skipCrds: null,
      values: null,
      rootSource: null,
      root: null,
      tokenSource: null,
      token: null,
      client: null,
      chainToRoot: null,
      reissue: null,
      level: null,
      timeoutSeconds: null,
      abandonedAfterSeconds: null,
      ignoredChecks: null,
    };
    assert.deepEqual(settingsOf(nulls), settingsOf({}));
  });

  test("in every part of a value", () => {
    const parts = { rootSource: texts, root: texts, tokenSource: texts, token: texts, client: texts };
    assert.deepEqual(settingsOf(parts), settingsOf({}));
    const ingress = { namespace: null, service: null, portName: null };
    assert.deepEqual(settingsOf({ ingress }), settingsOf({ ingress: {} }));
  });

  test("where it would contradict another argument", () => {
    const choices = { create: null, disableIstioInjection: null };
    const others = { provided: null, retain: null, secret: null, source: null, reissue: null };
    const groups = { namespace: choices, rootCertificate: others, token: others, clientCertificate: others };
    const relay = { serverAddress: null, ingress: {}, insecure: null };
    for (const given of [
      { ...groups, selfRegistration: true },
      { ...groups, relay: { serverAddress: "127.0.0.1:1", insecure: true }, proof: { chainToRoot: null } },
      { ...groups, clientCertificate: { ...others, provided: true }, relay },
      { ...groups, token: { ...others, provided: true }, rootCertificate: { ...others, provided: true } },
      { namespace: null, rootCertificate: null, token: null, clientCertificate: null, relay: null, proof: null },
    ]) {
      assert.deepEqual(findContradictions(given as unknown as GlooMeshRelayRegistrationArgs, {}), []);
    }
  });
});

describe("a single bad value gives its one code", () => {
  const long = "a".repeat(64);
  const bad: readonly (readonly [string, Partial<GivenSettings>, string])[] = [
    ["an empty cluster name", { clusterName: "" }, "GMR001"],
    ["a cluster name of 64 characters", { clusterName: long }, "GMR001"],
    ["a cluster name with an underscore", { clusterName: "cluster_2" }, "GMR001"],
    ["a cluster name in upper case", { clusterName: "Cluster-2" }, "GMR001"],
    ["a cluster name with a dot", { clusterName: "cluster.2" }, "GMR001"],
    ["a cluster name that starts with a hyphen", { clusterName: "-cluster" }, "GMR001"],
    ["a cluster name that ends with a hyphen", { clusterName: "cluster-" }, "GMR001"],
    ["a cluster name with a line break", { clusterName: "cluster\n" }, "GMR001"],
    ["an address with a scheme", { serverAddress: "https://172.18.0.2:31179" }, "GMR002"],
    ["an address without a port", { serverAddress: "172.18.0.2" }, "GMR002"],
    ["an address with an empty host", { serverAddress: ":9900" }, "GMR002"],
    ["no version", { agentVersion: "" }, "GMR003"],
    ["the version latest", { agentVersion: "latest" }, "GMR003"],
    ["a version of two numbers", { agentVersion: "1.0" }, "GMR003"],
    ["a version of the next generation", { agentVersion: "2.0.0" }, "GMR003"],
    ["a version that only starts with a 1", { agentVersion: "10.0.0" }, "GMR003"],
    ["an authority with a port", { authority: "enterprise-networking.gloo-mesh:9900" }, "GMR004"],
    ["an empty authority", { authority: "" }, "GMR004"],
    ["a cluster domain with a scheme", { clusterDomain: "https://cluster.local" }, "GMR009"],
    ["a management namespace with a slash", { managementNamespace: "gloo/mesh" }, "GMR006"],
    ["an empty namespace", { namespace: "" }, "GMR006"],
    ["a namespace of 64 characters", { namespace: long }, "GMR006"],
    ["a limit of 0 s", { timeoutSeconds: 0 }, "GMR007"],
    ["a limit of more than an hour", { timeoutSeconds: 3601 }, "GMR007"],
    ["a limit that is no number", { timeoutSeconds: Number.NaN }, "GMR007"],
    ["an endless limit", { abandonedAfterSeconds: Number.POSITIVE_INFINITY }, "GMR007"],
    ["a negative time of quiet", { abandonedAfterSeconds: -1 }, "GMR007"],
    ["a level of proof that does not exist", { level: "hub" }, "GMR012"],
    ["an empty name of a Secret", secrets("root", { name: "" }), "GMR006"],
    ["a Secret in upper case", secrets("client", { name: "Certificate" }), "GMR006"],
    ["a Secret's namespace with a dot", secrets("token", { namespace: "a.b" }), "GMR006"],
    ["a key with a slash", secrets("rootSource", { key: "ca/crt" }), "GMR006"],
    ["an empty key", secrets("tokenSource", { key: "" }), "GMR006"],
    ["a gateway without a name", { ingress: { namespace: "istio-system", service: "", portName: "https" } }, "GMR006"],
  ];
  for (const [name, settings, code] of bad) test(name, () => assert.deepEqual(codes(settings), [code]));
});

test("all problems are told at once, each with argument, cause and next step", () => {
  const problems = validate({
    clusterName: "Cluster_2",
    clusterDomain: "a b",
    managementNamespace: "UPPER",
    namespace: "a.b",
    serverAddress: "https://x",
    authority: "*",
    agentVersion: "latest",
    timeoutSeconds: 0,
    abandonedAfterSeconds: 4000,
  });
  assert.deepEqual(
    problems.map(({ code, where }) => `${code} ${where}`),
    [
      "GMR001 [clusterName]",
      "GMR002 [relay.serverAddress]",
      "GMR003 [agent.version]",
      "GMR004 [relay.authority]",
      "GMR009 [clusterDomain]",
      "GMR006 [managementNamespace]",
      "GMR006 [namespace.name]",
      "GMR007 [proof.timeoutSeconds]",
      "GMR007 [agent.abandonedAfterSeconds]",
    ],
  );
  for (const problem of problems) assert.ok(problem.cause && problem.next);
});

test("accepted versions: patch releases, betas and builds of 1.x", () => {
  for (const agentVersion of ["1.0.4", "1.2.30", "1.1.0-beta13", "1.1.0-rc.1+build.5"]) {
    assert.deepEqual(codes({ agentVersion }), []);
  }
});

test("a leading v of a version is dropped, and only there", () => {
  assert.equal(normaliseVersion("v1.0.4"), "1.0.4");
  assert.equal(normaliseVersion("1.0.4-v2"), "1.0.4-v2");
  assert.equal(normaliseVersion("vv1.0.4"), "vv1.0.4");
  assert.equal(normaliseVersion("version"), "version");
});

describe("over all inputs", () => {
  test("a name is accepted exactly when it is an RFC 1123 label", () => {
    const name = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."ab09-_A."), maxLength: 70 }));
    fc.assert(
      fc.property(name, (text) => {
        const isLabel = text.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(text) && !text.includes("\n");
        assert.equal(dnsLabelFault(text) === undefined, isLabel);
      }),
    );
  });

  test("any text in any setting leads to problems or none, never to a throw, and a long text is cut in the message", () => {
    const text = fc.string({ unit: "binary", maxLength: 2000 });
    const settings = fc.record({
      clusterName: text,
      clusterDomain: text,
      managementNamespace: text,
      namespace: text,
      serverAddress: text,
      authority: text,
      agentVersion: text,
      level: text,
      timeoutSeconds: fc.double(),
      abandonedAfterSeconds: fc.double(),
    });
    fc.assert(
      fc.property(settings, (values) => {
        for (const problem of validate(values)) {
          assert.match(problem.code, /^GMR0[01]\d$/);
          assert.ok(problem.what.length < 600);
          assert.doesNotMatch(problem.what, /\n/);
        }
      }),
    );
  });
});
