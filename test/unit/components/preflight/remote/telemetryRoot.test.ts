import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../../../../components/base/problems";
import { checkTelemetryRoot } from "../../../../../components/preflight/remote/telemetryRoot";
import { requestFor } from "../../../../support/preflightRequest";

const root = { metadata: { name: "relay-root-tls-secret" } };
const values = { telemetryCollector: { enabled: true } };
const own = { generation: "2.x", identity: "provided-certificate", agent: { values } } as const;

test("GMR338: a telemetry collector beside a certificate of one's own needs the root CA", () => {
  const [none, present] = [
    { where: "remote", root: undefined },
    { where: "remote", root },
  ];
  const found = checkTelemetryRoot(none, requestFor(own));
  assert.equal(
    found && formatProblem(found),
    "GMR338 The telemetry collector has no root CA by which it can verify the gateway — remote, Secret gloo-mesh/relay-root-tls-secret — it reads this Secret, which is not copied for an agent with a certificate of its own — create the Secret with ca.crt, or set telemetryCollectorCustomization.skipVerify in [agent.values]; the agent works without it",
  );
  assert.equal(found?.severity, "warning");
  assert.equal(checkTelemetryRoot(present, requestFor(own)), undefined);
  assert.equal(checkTelemetryRoot(none, requestFor({ ...own, identity: "one-time-token" })), undefined);
  assert.equal(checkTelemetryRoot(none, requestFor({ ...own, agent: {} })), undefined);
  const unverified = { ...values, telemetryCollectorCustomization: { skipVerify: true } };
  assert.equal(checkTelemetryRoot(none, requestFor({ ...own, agent: { values: unverified } })), undefined);
});
