import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ClientGauge, serveMetrics } from "../../../sandbox/relay/metrics";

describe("metrics of the relay server", () => {
  test("a cluster that was connected once stays visible with 0", () => {
    const gauge = new ClientGauge();
    gauge.add("cluster-1", 1);
    gauge.add("cluster-2", 1);
    gauge.add("cluster-2", -1);
    assert.equal(
      gauge.render("relay_push_clients_connected", "Relay push clients (Relay Agents)"),
      "# HELP relay_push_clients_connected Relay push clients (Relay Agents)\n" +
        "# TYPE relay_push_clients_connected gauge\n" +
        'relay_push_clients_connected{cluster="cluster-1"} 1\n' +
        'relay_push_clients_connected{cluster="cluster-2"} 0\n',
    );
  });

  test("the page is rendered at each request, and other paths do not exist", async () => {
    let renderings = 0;
    const server = await serveMetrics(() => `renderings ${++renderings}\n`);
    try {
      const url = `http://${server.address.host}:${server.address.port}`;
      await (await fetch(`${url}/metrics`)).text();
      assert.equal(await (await fetch(`${url}/metrics`)).text(), "renderings 2\n");
      assert.equal((await fetch(`${url}/`)).status, 404);
    } finally {
      await server.stop();
    }
  });
});
