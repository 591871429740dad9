import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mapWith } from "../../../../components/base/json";
import { formatProblem } from "../../../../components/base/problems";
import { normaliseVersion } from "../../../../components/base/version";
import {
  type ArgumentTree,
  type ArgumentValues,
  isArgument,
  settingsTree,
} from "../../../../components/glooMesh/argumentKinds";
import { defaultGeneration, generationNames, generations } from "../../../../components/glooMesh/generation";
import { withDefaults } from "../../../../components/glooMesh/settings";
import { dnsLabelFault, validateSettings } from "../../../../components/glooMesh/validateSettings";
import type { GlooMeshRelayRegistrationArgs } from "../../../../components/registration/arguments";
import { findContradictions } from "../../../../components/registration/contradictions";

const settingsOf = (values: ArgumentValues) =>
  withDefaults({ ...values, clusterName: values.clusterName ?? "cluster-2" }, false, defaultGeneration);
const validate = (values: ArgumentValues) => validateSettings(settingsOf(values), { tls: "mutual" }, defaultGeneration);
const codes = (values: ArgumentValues) => validate(values).map(({ code }) => code);

test("the defaults, with the name of the resource, are good settings", () => {
  assert.deepEqual(settingsOf({}), {
    clusterName: "cluster-2",
    clusterDomain: "cluster.local",
    managementNamespace: "gloo-mesh",
    namespace: { name: "gloo-mesh" },
    relay: { serverAddress: undefined, ingress: undefined, authority: "enterprise-networking.gloo-mesh" },
    agent: {
      version: undefined,
      releaseName: "enterprise-agent",
      repository: "https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent",
      repositoryCaFile: undefined,
      chart: "enterprise-agent",
      skipCrds: false,
      abandonedAfterSeconds: 60,
      credentials: [],
    },
    crds: { chart: "", installEnterpriseCrds: true },
    rootCertificate: {
      source: { name: "relay-root-tls-secret", namespace: "gloo-mesh", key: "ca.crt" },
      secret: { name: "relay-root-tls-secret", namespace: "gloo-mesh" },
    },
    token: {
      source: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
      secret: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
    },
    clientCertificate: { secret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" }, reissue: "" },
    proof: { timeoutSeconds: 300, chainToRoot: true },
    checks: { ignore: [] },
    insecureByValues: false,
    imageTags: [],
    telemetry: undefined,
  });
  assert.deepEqual(codes({}), []);
});

test("the agent of a self-registration is by default in the namespace of Gloo Mesh", () => {
  const { namespace } = withDefaults({ clusterName: "hub", managementNamespace: "mesh" }, true, defaultGeneration);
  assert.deepEqual(namespace, { name: "mesh" });
});

for (const name of generationNames) {
  test(`values that turn TLS off are a problem unless that was asked for: ${name}`, () => {
    const generation = generations[name];
    for (const { path } of generation.values.insecure) {
      for (const value of [true, "true"]) {
        const agent = { values: mapWith(path, value) };
        const settings = withDefaults({ clusterName: "cluster-2", agent }, false, generation);
        const [problem, ...more] = validateSettings(settings, { tls: "mutual" }, generation);
        assert.ok(problem && more.length === 0);
        assert.match(formatProblem(problem), /^GMR008 The chart's values turn TLS off .*set \[identity\] to "none"/);
        assert.deepEqual(validateSettings(settings, { tls: "none" }, generation), []);
      }
    }
  });
}

test("a bad management namespace is reported once, and not again for the authority derived from it", () => {
  assert.deepEqual([...new Set(codes({ managementNamespace: "a/b" }))], ["GMR006"]);
});

describe("null, as an empty value of YAML gives it, counts as left out", () => {
  test("in every value, and in place of every group", () => {
    const nulls = (tree: ArgumentTree): object =>
      Object.fromEntries(Object.entries(tree).map(([key, node]) => [key, isArgument(node) ? null : nulls(node)]));
    const { clusterName: _, ...values } = nulls(settingsTree) as Record<string, object>;
    const { ingress, ...relay } = values["relay"] as { ingress: object };
    assert.deepEqual(settingsOf({ ...values, relay } as ArgumentValues), settingsOf({}));
    assert.deepEqual(settingsOf({ relay: { ingress } } as ArgumentValues), settingsOf({ relay: { ingress: {} } }));
    const groups = Object.fromEntries(Object.keys(values).map((key) => [key, null]));
    assert.deepEqual(settingsOf(groups as ArgumentValues), settingsOf({}));
  });

  test("where it would contradict another argument", () => {
    const choices = { create: null, disableIstioInjection: null };
    const others = { provided: null, secret: null, source: null, reissue: null };
    const groups = { namespace: choices, rootCertificate: others, token: others, clientCertificate: others };
    const relay = { serverAddress: null, ingress: {} };
    for (const given of [
      { ...groups, selfRegistration: true, identity: null },
      { ...groups, identity: "none", relay: { serverAddress: "127.0.0.1:1" }, proof: { chainToRoot: null } },
      { ...groups, identity: "provided-certificate", relay },
      { ...groups, identity: "provided-token", rootCertificate: { ...others, provided: true } },
      { namespace: null, rootCertificate: null, token: null, clientCertificate: null, relay: null, proof: null },
    ]) {
      const clusters = { management: {}, remote: {} };
      assert.deepEqual(
        findContradictions({ ...clusters, ...given } as unknown as GlooMeshRelayRegistrationArgs, {}),
        [],
      );
    }
  });
});

describe("a single bad value gives its one code", () => {
  const long = "a".repeat(64);
  const bad: readonly (readonly [string, ArgumentValues, string])[] = [
    ["an empty cluster name", { clusterName: "" }, "GMR001"],
    ["a cluster name of 64 characters", { clusterName: long }, "GMR001"],
    ["a cluster name with an underscore", { clusterName: "cluster_2" }, "GMR001"],
    ["a cluster name in upper case", { clusterName: "Cluster-2" }, "GMR001"],
    ["a cluster name with a dot", { clusterName: "cluster.2" }, "GMR001"],
    ["a cluster name that starts with a hyphen", { clusterName: "-cluster" }, "GMR001"],
    ["a cluster name that ends with a hyphen", { clusterName: "cluster-" }, "GMR001"],
    ["a cluster name with a line break", { clusterName: "cluster\n" }, "GMR001"],
    ["an address with a scheme", { relay: { serverAddress: "https://172.18.0.2:31179" } }, "GMR002"],
    ["an address without a port", { relay: { serverAddress: "172.18.0.2" } }, "GMR002"],
    ["an address with an empty host", { relay: { serverAddress: ":9900" } }, "GMR002"],
    ["no version", { agent: { version: "" } }, "GMR003"],
    ["the version latest", { agent: { version: "latest" } }, "GMR003"],
    ["a version of two numbers", { agent: { version: "1.0" } }, "GMR003"],
    ["a version of the next generation", { agent: { version: "2.0.0" } }, "GMR003"],
    ["a version that only starts with a 1", { agent: { version: "10.0.0" } }, "GMR003"],
    ["an authority with a port", { relay: { authority: "enterprise-networking.gloo-mesh:9900" } }, "GMR004"],
    ["an empty authority", { relay: { authority: "" } }, "GMR004"],
    ["a cluster domain with a scheme", { clusterDomain: "https://cluster.local" }, "GMR009"],
    ["a management namespace with a slash", { managementNamespace: "gloo/mesh" }, "GMR006"],
    ["an empty namespace", { namespace: { name: "" } }, "GMR006"],
    ["a namespace of 64 characters", { namespace: { name: long } }, "GMR006"],
    ["a limit of 0 s", { proof: { timeoutSeconds: 0 } }, "GMR007"],
    ["a limit of more than an hour", { proof: { timeoutSeconds: 3601 } }, "GMR007"],
    ["a limit that is no number", { proof: { timeoutSeconds: Number.NaN } }, "GMR007"],
    ["a limit with a fraction", { proof: { timeoutSeconds: 2.01 } }, "GMR007"],
    ["an endless limit", { agent: { abandonedAfterSeconds: Number.POSITIVE_INFINITY } }, "GMR007"],
    ["a negative time of quiet", { agent: { abandonedAfterSeconds: -1 } }, "GMR007"],
    ["a time of quiet with a fraction", { agent: { abandonedAfterSeconds: 1.5 } }, "GMR007"],
    ["an empty name of a Secret", { rootCertificate: { secret: { name: "" } } }, "GMR006"],
    ["a Secret in upper case", { clientCertificate: { secret: { name: "Certificate" } } }, "GMR006"],
    ["a Secret's namespace with a dot", { token: { secret: { namespace: "a.b" } } }, "GMR006"],
    ["a key with a slash", { rootCertificate: { source: { key: "ca/crt" } } }, "GMR006"],
    ["an empty key", { token: { source: { key: "" } } }, "GMR006"],
    ["a gateway without a name", { relay: { ingress: { service: "" } } }, "GMR006"],
  ];
  for (const [name, settings, code] of bad) test(name, () => assert.deepEqual(codes(settings), [code]));
});

test("a gateway that is no Service's name is not called a namespace", () => {
  assert.match(
    validate({ relay: { ingress: { service: "a/b" } } })
      .map(formatProblem)
      .join(),
    /^GMR006 The Service "a\/b" cannot be used — \[relay\.ingress\.service\] — .* — give the name of a Service, such as istio-ingressgateway$/,
  );
});

test("all problems are reported at once, each with argument, cause and next step", () => {
  const problems = validate({
    clusterName: "Cluster_2",
    clusterDomain: "a b",
    managementNamespace: "UPPER",
    namespace: { name: "a.b" },
    relay: { serverAddress: "https://x", authority: "*" },
    agent: { version: "latest", abandonedAfterSeconds: 4000 },
    proof: { timeoutSeconds: 0 },
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
      "GMR007 [agent.abandonedAfterSeconds]",
      "GMR007 [proof.timeoutSeconds]",
    ],
  );
  for (const problem of problems) assert.ok(problem.cause && problem.next);
});

test("accepted versions: patch releases, betas and builds of 1.x", () => {
  for (const version of ["1.0.4", "1.2.30", "1.1.0-beta13", "1.1.0-rc.1+build.5"]) {
    assert.deepEqual(codes({ agent: { version } }), []);
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

  test("any string in any setting leads to problems or none, never to a throw, and a long string is cut in the message", () => {
    const text = fc.string({ unit: "binary", maxLength: 2000 });
    const settings = fc.record({
      clusterName: text,
      clusterDomain: text,
      managementNamespace: text,
      namespace: fc.record({ name: text }),
      relay: fc.record({ serverAddress: text, authority: text }),
      agent: fc.record({ version: text, abandonedAfterSeconds: fc.double() }),
      proof: fc.record({ timeoutSeconds: fc.double() }),
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
