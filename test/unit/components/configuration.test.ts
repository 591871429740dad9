import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { clustersFaults, readConfiguration } from "../../../stacks/configuration";

describe("the map of clusters", () => {
  test("is good empty, with empty settings, and with all of them", () => {
    assert.deepEqual(clustersFaults({}), []);
    assert.deepEqual(clustersFaults({ "cluster-2": {} }), []);
    const all = {
      context: "a",
      kubeconfig: "b",
      clusterDomain: "cluster.local",
      namespace: "gloo-mesh",
      createNamespace: false,
      retainToken: true,
      selfRegistration: false,
      timeoutSeconds: 60,
    };
    assert.deepEqual(clustersFaults({ "cluster-2": all }), []);
  });

  for (const value of [undefined, null, "cluster-2", 5, true, ["cluster-2"]]) {
    test(`is refused as ${JSON.stringify(value)}`, () => assert.match(clustersFaults(value).join(), /not a map/));
  }

  test("tells all faults at once, each with its place", () => {
    const faults = clustersFaults({
      a: null,
      b: "context",
      c: { contxt: "x" },
      d: { timeoutSeconds: "60", createNamespace: "false", context: null },
    });
    assert.deepEqual(
      faults.map((fault) => /^\[[^\]]*\]/.exec(fault)?.[0]),
      [
        "[clusters.a]",
        "[clusters.b]",
        "[clusters.c.contxt]",
        "[clusters.d.timeoutSeconds]",
        "[clusters.d.createNamespace]",
        "[clusters.d.context]",
      ],
    );
    assert.match(faults[2] ?? "", /known are context, kubeconfig/);
    assert.match(faults[3] ?? "", /is not a number/);
  });

  test("does not take what every object has for a known setting", () => {
    for (const key of ["constructor", "toString", "hasOwnProperty"]) {
      assert.match(clustersFaults({ a: { [key]: "x" } }).join(), /is not known; known are/);
    }
  });

  test("refuses a list where settings belong", () => {
    assert.match(clustersFaults({ a: [] }).join(), /is not a map/);
  });

  test("leads to faults or none over all values, and never to a throw", () => {
    fc.assert(fc.property(fc.anything(), (value) => assert.ok(Array.isArray(clustersFaults(value)))));
    const settings = fc.dictionary(
      fc.string(),
      fc.dictionary(fc.constantFrom("context", "timeoutSeconds", "x"), fc.anything()),
    );
    fc.assert(fc.property(settings, (value) => assert.ok(Array.isArray(clustersFaults(value)))));
  });
});

describe("the configuration of a stack", () => {
  const needed = { managementContext: "management", relayServerAddress: "172.18.0.2:31179", agentVersion: "1.0.4" };

  function read(values: Readonly<Record<string, string>>) {
    const entries = Object.entries(values).map(([key, value]) => [`unit:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(entries));
    return readConfiguration(new pulumi.Config("unit"));
  }

  test("is read with its clusters in their order", () => {
    const configuration = read({
      ...needed,
      clusters: '{"cluster-2": {"context": "two"}, "cluster-1": {}}',
      kubeconfig: "",
    });
    assert.deepEqual(
      [...configuration.clusters],
      [
        ["cluster-2", { context: "two" }],
        ["cluster-1", {}],
      ],
    );
    assert.equal(configuration.managementContext, "management");
    assert.ok(!("kubeconfig" in configuration) && !("chartRepository" in configuration));
  });

  test("takes the optional values", () => {
    const configuration = read({
      ...needed,
      kubeconfig: "/a",
      chartRepository: "http://charts",
      abandonedAfterSeconds: "5",
    });
    assert.deepEqual(
      [configuration.kubeconfig, configuration.chartRepository, configuration.abandonedAfterSeconds],
      ["/a", "http://charts", 5],
    );
  });

  test("tells everything that is missing or wrong at once, each with GMR010 and the command", () => {
    assert.throws(
      () => read({ clusters: '{"a": {"contxt": "x"}}' }),
      (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message.split("\n").filter((line) => line.startsWith("GMR010 ")).length, 4);
        assert.match(error.message, /pulumi config set managementContext <value>/);
        return true;
      },
    );
  });

  for (const [name, values] of Object.entries({
    "clusters that are no JSON": { clusters: "cluster-2" },
    "clusters that are a list": { clusters: "[]" },
    "a number that is none": { abandonedAfterSeconds: "soon" },
  })) {
    test(`refuses ${name} with GMR010`, () => {
      assert.throws(() => read({ ...needed, ...values }), /GMR010/);
    });
  }
});
