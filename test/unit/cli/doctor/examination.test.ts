import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exitCodeOf, findingsOf } from "../../../../cli/doctor/doctorReport";
import { clusters, codesOf, gauge, kubernetesCluster, mark, register } from "../../../support/registeredClusters";

describe("the doctor's examination", () => {
  test("finds nothing wrong with an unregistered cluster, and names it by its context", async (context) => {
    const { look } = await clusters(context);
    const report = await look();
    assert.deepEqual(codesOf(report), []);
    assert.deepEqual([report.registration, report.clusterName], ["not registered", "remote"]);
    assert.deepEqual(
      report.certificates.map(({ kind }) => kind),
      ["root"],
    );
  });

  test("reports an agent that someone else installed, and does not say that the cluster is not registered", async (context) => {
    const world = await clusters(context);
    const metadata = { labels: { "argocd.argoproj.io/instance": "mesh" } };
    world.remote.store.put("/api/v1/namespaces/gloo-mesh", { kind: "Namespace" });
    world.remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", { metadata });
    const report = await world.look();
    assert.deepEqual(codesOf(report), ["error GMR315"]);
    assert.equal(report.registration, "unknown");
  });

  test("reads name and owner of a registration from the clusters, and finds it healthy", async (context) => {
    const world = await clusters(context);
    await register(world);
    const report = await world.look();
    assert.deepEqual(codesOf(report), []);
    assert.deepEqual([report.registration, report.clusterName, report.owner], ["healthy", "cluster-2", mark]);
    assert.equal(exitCodeOf(report), 0);
    assert.equal(report.certificates.find(({ kind }) => kind === "client")?.notAfter, "2099-01-01T00:00:00.000Z");
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("reports an expired certificate and a missing agent at once", async (context) => {
    const world = await clusters(context);
    await register(world, { notAfter: new Date("2026-02-01") });
    world.remote.store.remove("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent");
    const report = await world.look();
    assert.deepEqual(codesOf(report), ["error GMR503", "error GMR502"]);
    assert.equal(findingsOf(report)[0]?.rootCause, "deployment-missing");
    assert.match(findingsOf(report)[1]?.cause ?? "", /^the certificate expired on 2026-02-01T00:00:00\.000Z/);
    assert.deepEqual([report.registration, exitCodeOf(report)], ["unhealthy", 1]);
  });

  test("does not report a missing Secret for a connected agent with a bad certificate", async (context) => {
    const world = await clusters(context);
    await register(world, { notAfter: new Date("2026-02-01") });
    const log = "/api/v1/namespaces/gloo-mesh/pods/enterprise-agent-1/log";
    world.remote.intervene = ({ path }) =>
      path === log ? { status: 200, body: "connected to relay server" } : undefined;
    const report = await world.look();
    assert.deepEqual(codesOf(report), ["error GMR502"]);
    assert.doesNotMatch(findingsOf(report)[0]?.cause ?? "", /gone/);
  });

  test("skips the count of agents without the right to read it", async (context) => {
    const world = await clusters(context);
    await register(world);
    world.hub.intervene = ({ path }) => (path === gauge ? { status: 403, body: { message: "forbidden" } } : undefined);
    const report = await world.look();
    assert.deepEqual([findingsOf(report), report.registration], [[], "healthy"]);
    const connection = report.checks.find(({ name }) => name === "relay connection");
    assert.equal(connection?.skipped, "the relay server's count of agents is not read");
  });

  test("reads the management cluster where the remote cluster cannot be reached", async (context) => {
    const world = await clusters(context);
    await register(world);
    world.remote.intervene = () => "close";
    const report = await world.look();
    assert.deepEqual([codesOf(report), report.registration], [["error GMR118"], "unknown"]);
    assert.deepEqual(
      report.certificates.map(({ kind }) => kind),
      ["root"],
    );
  });

  for (const by of ["up", "meshctl"] as const) {
    test(`finds a registration by ${by} without its KubernetesCluster unhealthy, even if the management cluster still counts its agent`, async (context) => {
      const world = await clusters(context);
      await register(world, { by });
      world.hub.store.remove(kubernetesCluster);
      const report = await world.look();
      const [finding, ...others] = findingsOf(report).filter(({ code }) => code === "GMR312");
      assert.match(finding?.what ?? "", /^The KubernetesCluster gloo-mesh\/cluster-2 of this registration is gone$/);
      assert.deepEqual([finding?.severity, others.length], ["error", 0]);
      assert.match(finding?.next ?? "", by === "up" ? /pulumi up --refresh/ : /with the tool that registered it/);
      assert.deepEqual([report.registration, exitCodeOf(report)], ["unhealthy", 1]);
    });
  }

  test("does not report a KubernetesCluster missing without the right to read it", async (context) => {
    const world = await clusters(context);
    await register(world, { by: "meshctl" });
    const counted = world.hub.intervene;
    world.hub.intervene = (request) =>
      request.path.includes("kubernetesclusters")
        ? { status: 403, body: { message: "forbidden" } }
        : counted?.(request);
    const report = await world.look();
    assert.deepEqual(
      codesOf(report).filter((code) => code.endsWith("GMR312")),
      [],
    );
    const { registration, why } = report;
    assert.deepEqual(
      [registration, why, exitCodeOf(report)],
      ["unknown", "KubernetesCluster not looked at: the management cluster cannot be read", 1],
    );
  });
});
