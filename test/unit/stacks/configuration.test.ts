import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { clusterForm, type Fault } from "../../../stacks/clusterSettings";
import { clustersFaults, readConfiguration } from "../../../stacks/configuration";

const told = (faults: readonly Fault[]) =>
  faults.map(({ key, what, accepted }) => `${key} ${what} ${accepted}`).join("\n");

describe("the map of clusters", () => {
  test("is good empty, with empty settings, and with all of them", () => {
    assert.deepEqual(clustersFaults({}), []);
    assert.deepEqual(clustersFaults({ "cluster-2": {} }), []);
    const secret = { name: "a", namespace: "b", key: "c" };
    const { key: _, ...place } = secret;
    const all = {
      remote: { context: "a", kubeconfig: "b" },
      wave: 2,
      clusterDomain: "cluster.local",
      generation: "2.x",
      identity: "retained-token",
      crds: { install: false, chart: "a", installEnterpriseCrds: false },
      selfRegistration: false,
      takeOver: true,
      leaveRunning: true,
      namespace: { name: "gloo-mesh", create: false, disableIstioInjection: true },
      relay: {
        serverAddress: "a:1",
        authority: "a.b",
        ingress: { namespace: "a", service: "b", portName: "c" },
      },
      kubernetesCluster: { provided: false },
      agent: {
        provided: false,
        version: "1.0.4",
        releaseName: "a",
        repository: "http://charts",
        repositoryUsername: "a",
        repositoryPassword: "b",
        repositoryCaFile: "c",
        chart: "a",
        values: { any: [1] },
        skipCrds: true,
        abandonedAfterSeconds: 5,
      },
      rootCertificate: { source: secret, secret: place, provided: false },
      token: { source: secret, secret },
      clientCertificate: { secret: place, reissue: "2027" },
      proof: { timeoutSeconds: 60, chainToRoot: false, level: "connected" },
      validation: { command: "true", environment: { A: "b" } },
      checks: { ignore: ["GMR226"] },
    };
    assert.deepEqual(Object.keys(all).sort(), Object.keys(clusterForm).sort());
    assert.deepEqual(clustersFaults({ "cluster-2": all }), []);
  });

  for (const value of [undefined, null, "cluster-2", 5, true, ["cluster-2"]]) {
    test(`is refused as ${JSON.stringify(value)}`, () => assert.match(told(clustersFaults(value)), /not a map/));
  }

  test("tells all faults at once, each with its place", () => {
    const faults = clustersFaults({
      a: null,
      b: "context",
      c: { contxt: "x" },
      d: {
        proof: { timeoutSeconds: "60" },
        namespace: { create: "false" },
        remote: { context: null },
        checks: { ignore: [{}] },
      },
      e: { relay: "a:1", token: { source: { file: "x" } } },
    });
    assert.deepEqual(
      faults.map(({ key }) => key),
      [
        "clusters.a",
        "clusters.b",
        "clusters.c.contxt",
        "clusters.d.proof.timeoutSeconds",
        "clusters.d.namespace.create",
        "clusters.d.remote.context",
        "clusters.d.checks.ignore",
        "clusters.e.relay",
        "clusters.e.token.source.file",
      ],
    );
    assert.match(faults[2]?.accepted ?? "", /any of remote, wave, clusterDomain/);
    assert.deepEqual(faults[3], {
      key: "clusters.d.proof.timeoutSeconds",
      what: "is not a number",
      accepted: "a number, without quotes",
    });
  });

  test("does not take what every object has for a known setting", () => {
    for (const key of ["constructor", "toString", "hasOwnProperty"]) {
      assert.match(told(clustersFaults({ a: { [key]: "x" } })), /is not known any of remote/);
    }
  });

  test("refuses a list where settings belong", () => {
    assert.match(told(clustersFaults({ a: [] })), /is not a map/);
  });

  test("leads to faults or none over all values, and never to a throw", () => {
    fc.assert(fc.property(fc.anything(), (value) => assert.ok(Array.isArray(clustersFaults(value)))));
    const settings = fc.dictionary(
      fc.string(),
      fc.dictionary(fc.constantFrom("remote", "proof", "token", "x"), fc.anything()),
    );
    fc.assert(fc.property(settings, (value) => assert.ok(Array.isArray(clustersFaults(value)))));
  });
});

describe("the configuration of a stack", () => {
  const needed = { management: '{"context": "management"}' };

  function read(values: Readonly<Record<string, string>>, secretKeys: readonly string[] = []) {
    const entries = Object.entries(values).map(([key, value]) => [`unit:${key}`, value]);
    pulumi.runtime.setAllConfig(
      Object.fromEntries(entries),
      secretKeys.map((key) => `unit:${key}`),
    );
    return readConfiguration(new pulumi.Config("unit"));
  }

  test("is read with its clusters in their order, each with the context of its name where it gives none", () => {
    const configuration = read({
      ...needed,
      clusters: '{"cluster-2": {"remote": {"context": "two"}}, "cluster-1": {}}',
      kubeconfig: "",
    });
    assert.deepEqual(configuration.management, { context: "management" });
    assert.deepEqual(
      [...configuration.clusters],
      [
        ["cluster-2", { remote: { context: "two" } }],
        ["cluster-1", { remote: { context: "cluster-1" } }],
      ],
    );
  });

  test("has one kubeconfig for all contexts, but for those that have their own", () => {
    const clusters = '{"cluster-2": {}, "cluster-3": {"remote": {"kubeconfig": "/c"}}}';
    const one = read({ ...needed, clusters, kubeconfig: "/a" });
    assert.deepEqual(one.management, { kubeconfig: "/a", context: "management" });
    assert.deepEqual(one.clusters.get("cluster-2")?.remote, { context: "cluster-2", kubeconfig: "/a" });
    assert.deepEqual(one.clusters.get("cluster-3")?.remote, { context: "cluster-3", kubeconfig: "/c" });
    const management = '{"context": "management", "kubeconfig": "/m"}';
    assert.deepEqual(read({ clusters, management }).management, { context: "management", kubeconfig: "/m" });
  });

  test("lays a cluster's own settings over the defaults", () => {
    const defaults = {
      relay: { serverAddress: "172.18.0.2:31179", authority: "relay.gloo-mesh" },
      agent: { version: "1.0.4", values: { a: 1 } },
      checks: { ignore: ["GMR226"] },
      remote: { kubeconfig: "/a" },
    };
    const own = { relay: { serverAddress: "10.0.0.1:9900" }, agent: { values: { b: 2 } }, checks: { ignore: [] } };
    const configuration = read({
      ...needed,
      defaults: JSON.stringify(defaults),
      clusters: JSON.stringify({ "cluster-2": own, "cluster-3": {} }),
    });
    assert.deepEqual(configuration.clusters.get("cluster-2"), {
      remote: { context: "cluster-2", kubeconfig: "/a" },
      relay: { serverAddress: "10.0.0.1:9900", authority: "relay.gloo-mesh" },
      agent: { version: "1.0.4", values: { a: 1, b: 2 } },
      checks: { ignore: [] },
    });
    assert.deepEqual(configuration.clusters.get("cluster-3"), {
      ...defaults,
      remote: { context: "cluster-3", kubeconfig: "/a" },
    });
  });

  test("takes as a string what pulumi config set has stored as a number or boolean", () => {
    const settings = {
      clientCertificate: { reissue: 2 },
      remote: { context: 7 },
      rootCertificate: { secret: { name: true } },
      validation: { environment: { PORT: 8080, DEBUG: true, NAME: "x" } },
      checks: { ignore: ["GMR226", 225] },
      agent: { version: 1.1 },
    };
    const values = { management: '{"context": 5}', defaults: '{"clusterDomain": 1}' };
    const { management, clusters } = read({ ...values, clusters: JSON.stringify({ a: settings }) });
    assert.deepEqual(management, { context: "5" });
    assert.deepEqual(clusters.get("a"), {
      clusterDomain: "1",
      clientCertificate: { reissue: "2" },
      remote: { context: "7" },
      rootCertificate: { secret: { name: "true" } },
      validation: { environment: { PORT: "8080", DEBUG: "true", NAME: "x" } },
      checks: { ignore: ["GMR226", "225"] },
      agent: { version: "1.1" },
    });
    for (const [number, text] of [
      [1.5, "1.5"],
      [-1, "-1"],
      [2 ** 60, "1152921504606847000"],
    ] as const) {
      const one = JSON.stringify({ a: { clientCertificate: { reissue: number } } });
      assert.equal(read({ ...needed, clusters: one }).clusters.get("a")?.clientCertificate?.reissue, text);
    }
    // And only where a string is wanted.
    assert.throws(() => read({ ...needed, clusters: '{"a": {"namespace": {"create": 1}}}' }), /is not a boolean/);
    assert.throws(
      () => read({ ...needed, clusters: '{"a": {"checks": {"ignore": 226}}}' }),
      /is not a list of strings/,
    );
  });

  test("tells everything that is missing or wrong at once, each with GMR010 and the command", () => {
    assert.throws(
      () => read({ clusters: '{"a": {"contxt": "x"}}', defaults: '{"proof": 5}' }),
      (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message.split("\n").filter((line) => line.startsWith("GMR010 ")).length, 3);
        assert.match(error.message, /pulumi config set --path management\.context <value>/);
        assert.match(
          error.message,
          /^GMR010 .* — Pulumi\..+\.yaml, \[clusters\.a\.contxt\] is not known — accepted: any of remote, .*; remove it with: pulumi config rm --path clusters\.a\.contxt$/m,
        );
        return true;
      },
    );
  });

  for (const [name, values] of Object.entries({
    "clusters that are no JSON": { clusters: "cluster-2" },
    "clusters that are a list": { clusters: "[]" },
    "defaults that are no map": { defaults: "[]" },
    "a management cluster that is a context": { management: "hub" },
    "a management cluster without a context": { management: '{"context": ""}' },
    "seconds that are a word": { defaults: '{"agent": {"abandonedAfterSeconds": "soon"}}' },
  })) {
    test(`refuses ${name} with GMR010`, () => {
      assert.throws(() => read({ ...needed, ...values }), /GMR010/);
    });
  }

  describe("content of a kubeconfig", () => {
    const content = "apiVersion: v1\nkind: Config\n";
    const places: readonly [key: string, top: string, values: Readonly<Record<string, string>>][] = [
      ["kubeconfig", "kubeconfig", { kubeconfig: content }],
      ["management.kubeconfig", "management", { management: JSON.stringify({ context: "a", kubeconfig: content }) }],
      ["defaults.remote.kubeconfig", "defaults", { defaults: JSON.stringify({ remote: { kubeconfig: content } }) }],
      [
        "clusters.a.remote.kubeconfig",
        "clusters",
        { clusters: JSON.stringify({ a: { remote: { kubeconfig: content } }, b: {} }) },
      ],
      [
        'clusters["a.b"].remote.kubeconfig',
        "clusters",
        { clusters: JSON.stringify({ "a.b": { remote: { kubeconfig: "{}" } } }) },
      ],
    ];
    for (const [key, top, values] of places) {
      test(`is refused in plain text, and taken as a secret: ${key}`, () => {
        assert.throws(
          () => read({ ...needed, ...values }),
          (error: Error) => {
            assert.match(error.message, /^GMR010 .*contains a kubeconfig in plain text.*--secret/);
            assert.ok(error.message.includes(`[${key}]`), error.message);
            assert.ok(!error.message.includes("apiVersion"));
            return true;
          },
        );
        assert.doesNotThrow(() => read({ ...needed, ...values }, [top]));
      });
    }

    for (const [key, top, values] of [
      ["defaults.agent.repositoryPassword", "defaults", { agent: { repositoryPassword: "never-shown" } }],
      ["clusters.a.agent.repositoryPassword", "clusters", { a: { agent: { repositoryPassword: "never-shown" } } }],
      ['clusters["a.b"].agent.repositoryPassword', "clusters", { "a.b": { agent: { repositoryPassword: 12345 } } }],
    ] as const) {
      test(`so is a password: ${key}`, () => {
        const configured = { ...needed, [top]: JSON.stringify(values) };
        assert.throws(
          () => read(configured),
          (error: Error) => {
            assert.match(error.message, /^GMR010 .* is a password in plain text.*--secret/);
            assert.ok(error.message.includes(`[${key}]`), error.message);
            assert.doesNotMatch(error.message, /never-shown|12345/);
            return true;
          },
        );
        assert.doesNotThrow(() => read(configured, [top]));
      });
    }

    test("the values of a chart are secret in the state where the configuration holds a secret", async () => {
      const configured = {
        ...needed,
        clusters: JSON.stringify({ a: { agent: { values: { password: "never-shown" } } } }),
      };
      const plain = read(configured).clusters.get("a")?.agent?.values;
      assert.deepEqual(plain, { password: "never-shown" });
      const values = pulumi.output(read(configured, ["clusters"]).clusters.get("a")?.agent?.values);
      assert.equal(await pulumi.isSecret(values), true);
    });

    test("an empty password is none", () => {
      assert.doesNotThrow(() => read({ ...needed, defaults: JSON.stringify({ agent: { repositoryPassword: "" } }) }));
    });

    test("a path is taken in plain text", () => {
      const clusters = JSON.stringify({ a: { remote: { kubeconfig: "~/.kube/a" } } });
      assert.equal(read({ ...needed, clusters }).clusters.get("a")?.remote.kubeconfig, "~/.kube/a");
    });
  });
});
