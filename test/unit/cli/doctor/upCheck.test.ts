import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderJson } from "../../../../cli/doctor/doctorJson";
import type { DoctorReport } from "../../../../cli/doctor/doctorReport";
import type { Secret } from "../../../../components/kubernetes/objects";
import { createHubCertificates } from "../../../sandbox/relay";
import { secret } from "../../../support/fakeKubeApi";
import {
  clientSecret,
  clusters,
  mark,
  namespace,
  register,
  rootSecret,
  secretValues,
} from "../../../support/registeredClusters";
import { helmRevision, revisionName } from "../../../support/remoteObjects";

// That its reasons are those of the program and of Pulumi's diff: test/graph/healing.test.ts.

/** Options for what the management cluster of the test does not say: as the agent is installed. */
const installed = ["--relay-server-address", "127.0.0.1:1", "--agent-version", "1.0.4"];

const upOf = ({ checks }: DoctorReport) => {
  const { detail, skipped, changes } = checks.find(({ name }) => name === "pulumi up") ?? {};
  return { detail, skipped, changes };
};

describe("the doctor's check of pulumi up", () => {
  test("lists each reason once, in the report and in JSON, and writes nothing", async (context) => {
    const world = await clusters(context, installed);
    await register(world);
    world.remote.store.remove(clientSecret);
    const values = { relay: { cluster: "cluster-2", serverAddress: "127.0.0.1:1", ...secretValues } };
    const failed = helmRevision({ status: "failed", mark, recorded: true, values, chartVersion: "1.0.4" });
    world.remote.store.put(`${namespace}/secrets/${revisionName(1)}`, failed);
    const report = await world.look();
    const reasons = [
      "release-failed: the Helm release enterprise-agent failed in an earlier run",
      "certificate-missing: Secret gloo-mesh/relay-client-tls-secret does not exist",
    ];
    assert.deepEqual(report.reasons, reasons);
    assert.deepEqual(JSON.parse(renderJson(report)).reasons, reasons);
    const detail =
      "the Helm release enterprise-agent failed in an earlier run; Secret gloo-mesh/relay-client-tls-secret does not exist";
    assert.deepEqual(upOf(report), { detail, skipped: undefined, changes: true });
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("says that there is nothing to do", async (context) => {
    const world = await clusters(context, installed);
    await register(world);
    assert.deepEqual(upOf(await world.look()), { detail: "nothing to do", skipped: undefined, changes: false });
  });

  test("lists the changes of a root CA that is rotated in stages, which is no reason but an input", async (context) => {
    const world = await clusters(context, installed);
    await register(world);
    const added = (await createHubCertificates()).root.certificatePem;
    const { data } = world.hub.store.get(rootSecret) as Secret;
    const present = Buffer.from(data?.["ca.crt"] ?? "", "base64").toString();
    world.hub.store.put(rootSecret, secret({ "ca.crt": present + added }));
    const report = await world.look();
    assert.deepEqual(report.reasons, []);
    assert.match(
      upOf(report).detail ?? "",
      /^root CA \S+ → \S+ \+ \S+; the agent restarts once; client certificate: reissued, /,
    );
  });

  test("is skipped where the root CA cannot be read", async (context) => {
    const world = await clusters(context, installed);
    await register(world);
    world.hub.store.remove(rootSecret);
    const report = await world.look();
    assert.deepEqual(upOf(report).skipped, "the checks could not read all that it depends on");
    assert.deepEqual(report.reasons, []);
  });

  test("is left out for a cluster that is not registered, and for one that meshctl registered", async (context) => {
    const world = await clusters(context);
    const names = async () => (await world.look()).checks.map(({ name }) => name);
    assert.ok(!(await names()).includes("pulumi up"));
    await register(world, { by: "meshctl" });
    assert.ok(!(await names()).includes("pulumi up"));
  });
});
