import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDesiredState } from "../../../../components/plan/desiredState";
import { requestFor } from "../../../support/preflightRequest";

const facts = {
  agentVersion: { value: "1.0.4", source: "" },
  serverAddress: { value: "127.0.0.1:1", source: "" },
  remoteIdentity: "uid",
  rootCertificate: "",
};

test("the plan names each argument about the chart's origin, since only Pulumi's state has their previous values", () => {
  const argumentsOf = (agent: object) => describeDesiredState(requestFor({ agent }), facts).chartArguments;
  assert.deepEqual(argumentsOf({}), []);
  const agent = { repository: "oci://r/x", repositoryUsername: "a", repositoryPassword: "b", repositoryCaFile: "c" };
  assert.deepEqual(argumentsOf({ ...agent, chart: "d" }), [
    "agent.chart",
    "agent.repository",
    "agent.repositoryUsername",
    "agent.repositoryPassword",
    "agent.repositoryCaFile",
  ]);
});
