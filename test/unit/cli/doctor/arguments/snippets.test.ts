import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { hiddenIn, hideSecrets } from "../../../../../cli/doctor/arguments/hiddenValues";
import type { PrintedRegistration } from "../../../../../cli/doctor/arguments/printedRegistration";
import { stackSnippet } from "../../../../../cli/doctor/arguments/stackSnippet";
import { typescriptSnippet } from "../../../../../cli/doctor/arguments/typescriptSnippet";
import { cleanLines } from "../../../../../components/base/foreignText";
import { mergeDeep } from "../../../../../components/base/json";

const management = { context: "hub", kubeconfig: "/home/me/.kube/config" };

function registration(given: Readonly<Record<string, unknown>>, changes: Partial<PrintedRegistration> = {}) {
  const remote = { context: "remote-1", kubeconfig: management.kubeconfig };
  return { clusterName: "cluster-1", remote, given, comments: [], valuesCommand: "helm get values", ...changes };
}

/** Runs a program, and returns the arguments of each registration by its name. */
function run(program: string): Readonly<Record<string, unknown>> {
  const made: Record<string, unknown> = {};
  class ClusterConnection {
    constructor(
      readonly name: string,
      readonly args: object,
    ) {}
  }
  class GlooMeshRelayRegistration {
    constructor(name: string, args: object) {
      made[name] = args;
    }
  }
  class Config {
    requireSecret = (key: string) => `secret ${key}`;
    requireSecretNumber = this.requireSecret;
    requireSecretObject = this.requireSecret;
  }
  const code = program.replace(/^import .*$/gm, "");
  new Function("pulumi", "ClusterConnection", "GlooMeshRelayRegistration", code)(
    { Config },
    ClusterConnection,
    GlooMeshRelayRegistration,
  );
  return structuredClone(made);
}

const key = "gloo-mesh-relay-registration:clusters";

/** Any values of a chart, as a Helm release stores them: JSON has no negative zero. */
const anyValues = fc
  .dictionary(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("yes", "on", "1", "~", "a.b", "a b", "#x")),
    fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
  )
  .map((values) => JSON.parse(JSON.stringify(values)) as typeof values);

describe("the snippets", () => {
  test("hold any values exactly, also after the terminal has cleaned them", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const given = { agent: { values } };
        const fleet = { management, registrations: [registration(given)] };
        const program = cleanLines(typescriptSnippet(fleet));
        const expected = {
          management: { name: "management", args: management },
          remote: { context: "remote-1", kubeconfig: management.kubeconfig },
          ...given,
        };
        assert.deepEqual(run(program)["cluster-1"], structuredClone(expected));
        const stack = cleanLines(stackSnippet(fleet));
        for (const version of ["1.1", "1.2"] as const) {
          const { config } = parse(stack, { version }) as { config: Record<string, Record<string, unknown>> };
          assert.deepEqual(config[key]?.["cluster-1"], structuredClone({ remote: { context: "remote-1" }, ...given }));
        }
      }),
    );
  });

  test("never hold a value whose name gives it away as a secret", () => {
    const names = ["password", "relayToken", "API_KEY", "client-secret", "privateKey", "dbCredentials"];
    const secret = fc.stringMatching(/^[a-z]{5}[0-9]{2}[a-z]{5}$/);
    const within = fc.array(fc.constantFrom("a", "nested", "env"), { maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...names), secret, within, (name, value, path) => {
        const nested = path.reduceRight<object>((inner, part) => ({ [part]: inner }), { [name]: value });
        const inEnvironment = { env: [{ name, value }] };
        const values = hideSecrets(mergeDeep(nested, { list: inEnvironment }), ["agent", "values"]);
        const fleet = { management, registrations: [registration({ agent: { values } })] };
        assert.ok(!typescriptSnippet(fleet).includes(value));
        assert.ok(!stackSnippet(fleet).includes(value));
      }),
    );
  });

  test("name the secrets, and how to set them", () => {
    const values = hideSecrets({ relay: { "a.b": [{ password: "hunter2" }] }, image: { tag: "1.0.4" } }, [
      "agent",
      "values",
    ]);
    const fleet = { management, registrations: [registration({ takeOver: true, agent: { values } })] };
    assert.equal(
      typescriptSnippet(fleet),
      [
        'import * as pulumi from "@pulumi/pulumi";',
        'import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";',
        "",
        "const config = new pulumi.Config();",
        'const management = new ClusterConnection("management", { context: "hub", kubeconfig: "/home/me/.kube/config" });',
        "",
        "// secrets, which helm get values prints; first run:",
        "// pulumi config set --secret cluster-1.agent.values.relay.a-b.0.password",
        'new GlooMeshRelayRegistration("cluster-1", {',
        "  management,",
        '  remote: { context: "remote-1", kubeconfig: "/home/me/.kube/config" },',
        "  takeOver: true,",
        "  agent: {",
        "    values: {",
        '      relay: { "a.b": [{ password: config.requireSecret("cluster-1.agent.values.relay.a-b.0.password") }] },',
        '      image: { tag: "1.0.4" },',
        "    },",
        "  },",
        "});",
      ].join("\n"),
    );
    assert.equal(
      stackSnippet(fleet),
      [
        "config:",
        '  gloo-mesh-relay-registration:kubeconfig: "/home/me/.kube/config"',
        "  gloo-mesh-relay-registration:management:",
        "    context: hub",
        "  gloo-mesh-relay-registration:clusters:",
        "    # helm get values prints the secrets",
        "    cluster-1:",
        "      remote:",
        "        context: remote-1",
        "      takeOver: true",
        "      agent:",
        "        values:",
        "          relay:",
        '            "a.b":',
        "              - password:",
        `                  # pulumi config set --path --secret 'clusters["cluster-1"].agent.values.relay["a.b"][0].password'`,
        '                  secure: ""',
        "          image:",
        '            tag: "1.0.4"',
      ].join("\n"),
    );
  });

  test("leave the context of the cluster's name to the stack's default, and have the management cluster's own namespace once", () => {
    const given = { managementNamespace: "mesh", selfRegistration: true };
    const self = registration(given, { clusterName: "hub", remote: management });
    const access = { context: "cluster-1", kubeconfig: "other" };
    const other = registration({ managementNamespace: "mesh" }, { remote: access });
    const fleet = { management, registrations: [self, other] };
    const { config } = parse(stackSnippet(fleet)) as { config: Record<string, unknown> };
    assert.deepEqual(config, {
      "gloo-mesh-relay-registration:management": management,
      "gloo-mesh-relay-registration:managementNamespace": "mesh",
      [key]: { hub: { selfRegistration: true }, "cluster-1": { remote: { kubeconfig: "other" } } },
    });
    const connection = { name: "management", args: management };
    assert.deepEqual(run(typescriptSnippet(fleet)), {
      hub: { management: connection, remote: connection, ...given },
      "cluster-1": { management: connection, remote: access, managementNamespace: "mesh" },
    });
  });
});

describe("a hidden value", () => {
  const hiddenPaths = (values: unknown) => hiddenIn(hideSecrets(values)).map(({ path }) => path.join("."));

  test("is one whose form gives it away", () => {
    const values = {
      a: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
      b: "https://me:hunter2@charts.example/x",
      c: "ghp_0123456789abcdefghij",
      d: "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl",
      plain: ["gcr.io/gloo-mesh", "1.0.4", "50m", "4294967295", "relay.acme.example:9900", 3, true, null, ""],
    };
    assert.deepEqual(hiddenPaths(values), ["a", "b", "c", "d"]);
  });

  test("is not the name of the Secret that holds it", () => {
    const valueFrom = { secretKeyRef: { name: "db", key: "password" } };
    assert.deepEqual(
      hiddenPaths({ env: [{ name: "DB_PASSWORD", valueFrom }], extraEnvs: { RELAY_TOKEN: { valueFrom } } }),
      [],
    );
    assert.deepEqual(hiddenPaths({ extraEnvs: { RELAY_TOKEN: { value: "literal" } } }), [
      "extraEnvs.RELAY_TOKEN.value",
    ]);
  });

  test("is the map whose keys are secrets", () => {
    assert.deepEqual(hiddenPaths({ tokens: { ghp_0123456789abcdefghij: "admin" }, pin: 1234 }), ["tokens", "pin"]);
  });
});
