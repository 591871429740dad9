import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mapWith, mergeDeep } from "../../../../components/base/json";
import { agentValues } from "../../../../components/glooMesh/agentValues";
import { generations } from "../../../../components/glooMesh/generation";
import { modesOf } from "../../../../components/glooMesh/modes";
import { settle, withDefaults } from "../../../../components/glooMesh/settings";

const platform = generations["2.x"];
const given = (values: object, generation = platform) =>
  withDefaults({ clusterName: "cluster-2", agent: { values: values as Record<string, unknown> } }, false, generation);
const on = { telemetryCollector: { enabled: true } };
const endpoint = (value: unknown) => mapWith(["telemetryCollector", "config", "exporters", "otlp", "endpoint"], value);

describe("a telemetry collector in the chart's values", () => {
  const telemetry = (values: object, generation = platform) => given(values, generation).telemetry;

  test("is one that they turn on, in a generation that has it", () => {
    assert.equal(telemetry({}), undefined);
    assert.equal(telemetry({ telemetryCollector: { enabled: false } }), undefined);
    assert.equal(telemetry(on, generations["1.x"]), undefined);
    assert.deepEqual(telemetry({ telemetryCollector: { enabled: "true" } }), { endpoint: "discover", verifies: true });
  });

  test("needs an endpoint unless they name one", () => {
    assert.equal(telemetry(mergeDeep(on, endpoint("")))?.endpoint, "discover");
    assert.equal(telemetry(mergeDeep(on, endpoint(null)))?.endpoint, "discover");
    assert.equal(telemetry(mergeDeep(on, endpoint("a:4317")))?.endpoint, "given");
  });

  test("verifies the gateway unless they say otherwise", () => {
    const unverified = { ...on, telemetryCollectorCustomization: { skipVerify: true } };
    assert.deepEqual(telemetry(unverified), { endpoint: "discover", verifies: false });
  });

  test("gets the discovered endpoint, and keeps a given one", () => {
    const valuesFor = (userValues: object, telemetryEndpoint?: { value: string }) => {
      const found = { serverAddress: { value: "a:9900" }, agentVersion: { value: "2.14.0" }, telemetryEndpoint };
      const settings = settle(given(userValues), found);
      const identity = { settings, modes: modesOf({ generation: "2.x" }), mark: "mark" };
      return agentValues(identity, platform, userValues as Record<string, unknown>)["telemetryCollector"];
    };
    assert.deepEqual(valuesFor(on, { value: "34.1.2.3:4317" }), {
      enabled: true,
      ...(endpoint("34.1.2.3:4317")["telemetryCollector"] as object),
    });
    assert.deepEqual(valuesFor(on), { enabled: true });
    assert.deepEqual(
      valuesFor(mergeDeep(on, endpoint("mine:4317"))),
      mergeDeep(on, endpoint("mine:4317")).telemetryCollector,
    );
    assert.equal(valuesFor({}), undefined);
  });
});
