import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { valueAt } from "../../components/base/json";
import { type ProgramResult, reveal, runProgram } from "./scenario";
import { startApi, startHub } from "./world";

// The endpoint of the telemetry collector of 2.x, without which its chart does not render.

const gateway = "/api/v1/namespaces/gloo-mesh/services/gloo-telemetry-gateway";
const path = ["telemetryCollector", "config", "exporters", "otlp", "endpoint"];
const given = { generation: "2.x", relay: { serverAddress: "127.0.0.1:1" } };
const on = { telemetryCollector: { enabled: true } };

async function world(context: TestContext) {
  const hub = await startHub(context);
  hub.store.put("/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters/other", {});
  const remote = await startApi(context, "remote");
  const run = (values: object, preview = false) =>
    runProgram({
      preview,
      clusters: { management: hub.access, remote: remote.access },
      registrations: {
        "cluster-2": {
          management: "management",
          remote: "remote",
          args: { ...given, agent: { version: "2.14.0", values } },
        },
      },
    });
  return { hub, run };
}

function endpointIn({ errors, resources }: ProgramResult): unknown {
  assert.deepEqual(errors, []);
  return valueAt(reveal(resources.find(({ name }) => name === "cluster-2-agent")?.inputs["values"]), ...path);
}

describe("the endpoint of the telemetry collector", () => {
  test("is read from the gateway of the management cluster, with no right to another Service", async (context) => {
    const { hub, run } = await world(context);
    hub.allows = ({ resource, name }) =>
      resource !== "*" && (resource !== "services" || name === "gloo-telemetry-gateway");
    hub.store.put(gateway, {
      spec: { type: "LoadBalancer", ports: [{ name: "otlp", port: 4317 }] },
      status: { loadBalancer: { ingress: [{ ip: "34.1.2.3" }] } },
    });
    assert.equal(endpointIn(await run(on)), "34.1.2.3:4317");
  });

  test("is not read if the values name one, also one that only the run knows", async (context) => {
    const { hub, run } = await world(context);
    const withEndpoint = (endpoint: unknown) => ({
      telemetryCollector: { enabled: true, config: { exporters: { otlp: { endpoint } } } },
    });
    assert.equal(endpointIn(await run(withEndpoint("mine:4317"))), "mine:4317");
    assert.deepEqual((await run(withEndpoint({ $unknown: "gateway" }), true)).errors, []);
    assert.equal(hub.count("get", "/services/gloo-telemetry-gateway"), 0);
  });

  test("GMR230: must be given where the management cluster has no gateway, before the first write", async (context) => {
    const { run } = await world(context);
    const { errors, resources } = await run(on);
    assert.match(errors.join("\n"), /^GMR230 The telemetry collector has no endpoint.*there is no such Service/m);
    assert.ok(!resources.some(({ name }) => name === "cluster-2-agent"));
  });
});
