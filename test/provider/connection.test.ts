import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Intervention, status } from "../support/fakeKubeApi";
import { failureOf, proofWorld } from "./proofWorld";
import { certificatePath, clientSecret, has, tokenPath } from "./world";

const metricsPath = "/api/v1/namespaces/gloo-mesh/services/enterprise-networking:9091/proxy/metrics";

const metrics = (...samples: string[]): Intervention => ({
  status: 200,
  body: ["# HELP relay_push_clients_connected Relay push clients (Relay Agents)", ...samples, ""].join("\n"),
});
const counted = (name: string, value = "1") => `relay_push_clients_connected{cluster="${name}"} ${value}`;

/** A proof up to the count; `answer` is given the number of the read, from 1. */
async function world(context: TestContext, answer: (read: number) => Intervention) {
  const found = await proofWorld(context);
  let reads = 0;
  const tokenWasThere: boolean[] = [];
  found.remote.store.put(certificatePath, await clientSecret());
  found.hub.intervene = ({ path }) => {
    if (path !== metricsPath) return undefined;
    reads += 1;
    tokenWasThere.push(has(found.remote, tokenPath));
    return answer(reads);
  };
  const inputs = (timeoutSeconds = 60) => found.certificateInputs({ level: "connected", timeoutSeconds });
  return { ...found, inputs, tokenWasThere };
}

describe("the proof level connected", () => {
  test("waits until two reads count the agent, after the token has gone", async (context) => {
    const answers = [metrics(counted("cluster-9")), metrics(counted("cluster-2")), metrics(counted("cluster-2", "0"))];
    const found = await world(context, (read) => answers[read - 1] ?? metrics(counted("cluster-2", "2e+00")));
    const { outs } = await found.process.create(found.inputs());
    assert.equal(outs["proof"], "connected");
    assert.deepEqual(found.tokenWasThere, [false, false, false, false, false]);
  });

  test("reports while it waits whether the relay server counts the agent", async (context) => {
    const answers = [metrics(counted("cluster-9")), metrics(counted("cluster-2", "0")), metrics(counted("cluster-2"))];
    const lines = ["does not count the agent", "counts the agent as disconnected"].map(
      (words) => new RegExp(`^cluster-2 \\d+/60 s: the relay server ${words}$`, "m"),
    );
    const found = await world(context, () => {
      const reported = lines.findIndex((line) => !line.test(found.process.output));
      return answers.at(reported) ?? status(404, "NotFound");
    });
    assert.equal((await found.process.create(found.inputs())).outs["proof"], "connected");
    for (const line of lines) assert.match(found.process.output, line);
  });

  test("waits out what passes", async (context) => {
    const answers = [status(503, "ServiceUnavailable"), status(404, "NotFound", "x"), status(403, "Forbidden")];
    const found = await world(context, (read) => answers[read - 1] ?? metrics(counted("cluster-2")));
    assert.equal((await found.process.create(found.inputs())).outs["proof"], "connected");
  });

  test("GMR508: the agent is not counted; the measured exposure of the token is kept", async (context) => {
    const found = await world(context, () => metrics(counted("cluster-9"), counted("cluster-2", "0")));
    const earlier = { ...found.inputs(3), tokenExposureSeconds: 4.5 };
    found.remote.store.remove(tokenPath);
    const failure = await failureOf(found.process.update("id", earlier, found.inputs(3)));
    assert.match(
      failure.message,
      /^GMR508 The relay server does not count the agent as connected within 3 s — .*Service gloo-mesh\/enterprise-networking, port 9091, cluster cluster-2 — relay_push_clients_connected is 0 for cluster-2; it counts cluster-9.* — check that the agent's relay address 172\.18\.0\.2:31179 leads to this relay server/,
    );
    assert.equal(failure.properties?.["tokenExposureSeconds"], 4.5);
  });

  test("GMR508: a server that has counted nobody yet", async (context) => {
    const found = await world(context, () => metrics());
    const { message } = await failureOf(found.process.create(found.inputs(2)));
    assert.match(message, /^GMR508 .* its metrics have no relay_push_clients_connected, so no agent has connected/);
  });

  test("GMR509: the right is missing", async (context) => {
    const found = await world(context, () => status(403, "Forbidden", "enterprise-networking"));
    const { message } = await failureOf(found.process.create(found.inputs(2)));
    assert.match(
      message,
      /^GMR509 The relay server's count of connected agents cannot be read within 2 s — .* Rights are missing: .* — grant get on services\/proxy of enterprise-networking:9091 in the namespace gloo-mesh, or set \[proof\.level\] to agent/,
    );
  });

  test("GMR509: the server is not reachable", async (context) => {
    const found = await world(context, () => status(503, "ServiceUnavailable"));
    const { message } = await failureOf(found.process.create(found.inputs(2)));
    assert.match(
      message,
      /^GMR509 .*answered 503 .* — try: kubectl --kubeconfig \S+ --context management get --raw \/api\/v1\/\S*\/proxy\/metrics; then run/,
    );
  });

  test("GMR310: another management cluster behind the same context ends it at once", async (context) => {
    const found = await world(context, () => metrics(counted("cluster-2")));
    const inputs = { ...found.inputs(), managementIdentity: "another" };
    assert.match((await failureOf(found.process.create(inputs))).message, /^GMR310 /);
  });

  test("a raised level is a change, and is proven", async (context) => {
    const found = await world(context, () => metrics(counted("cluster-2")));
    const { id, outs } = await found.process.create(found.certificateInputs());
    assert.equal((await found.process.diff(id, outs, found.inputs())).changes, true);
    assert.equal((await found.process.update(id, outs, found.inputs()))["proof"], "connected");
  });
});
