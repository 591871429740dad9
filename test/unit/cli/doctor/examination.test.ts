import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type DoctorReport, exitCodeOf, findingsOf } from "../../../../cli/doctor/doctorReport";
import { examineRegistration } from "../../../../cli/doctor/examination";
import { parseOptions } from "../../../../cli/doctor/options";
import { createClientSecretData, createHubCertificates } from "../../../sandbox/relay";
import { FakeKubeApi, secret } from "../../../support/fakeKubeApi";
import { agentDeployment, helmRevision, revisionName } from "../../../support/remoteObjects";

const mark = "project/stack/cluster-2";
const namespace = "/api/v1/namespaces/gloo-mesh";
const annotation = "gloo-mesh-relay-registration/registration";
const gauge = "/api/v1/namespaces/gloo-mesh/services/enterprise-networking:9091/proxy/metrics";

const certificates = createHubCertificates();

interface Clusters {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
  look(): Promise<DoctorReport>;
}

async function clusters(context: TestContext): Promise<Clusters> {
  const [hub, remote] = await Promise.all([FakeKubeApi.start("hub"), FakeKubeApi.start("remote")]);
  context.after(() => Promise.all([hub.stop(), remote.stop()]));
  const { root } = await certificates;
  hub.store.put(namespace, { kind: "Namespace" });
  hub.store.put(`${namespace}/secrets/relay-root-tls-secret`, secret({ "ca.crt": root.certificatePem }));
  hub.store.put(
    `${namespace}/secrets/relay-identity-token-secret`,
    secret({ token: "the-token-of-the-hub-0123456789" }),
  );
  const options = parseOptions([
    ...["--management-context", "hub", "--management-kubeconfig", hub.kubeconfig],
    ...["--remote-context", "remote", "--remote-kubeconfig", remote.kubeconfig],
    // Nobody listens there, and the hub has no Deployment to read a version from.
    ...["--relay-server-address", "127.0.0.1:1", "--agent-version", "1.2.0"],
  ]);
  return { hub, remote, look: () => examineRegistration(options) };
}

/** A registration as an `up` leaves it. */
async function register({ hub, remote }: Clusters, notAfter = new Date("2099-01-01")): Promise<void> {
  const annotations = { [annotation]: mark };
  hub.store.put("/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2", {
    metadata: { annotations: { ...annotations, "gloo-mesh-relay-registration/cluster-identity": remote.identity } },
  });
  hub.intervene = ({ path }) =>
    path === gauge ? { status: 200, body: 'relay_push_clients_connected{cluster="cluster-2"} 1\n' } : undefined;
  hub.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-networking", agentDeployment(true));
  const { root } = await certificates;
  remote.store.put(namespace, { kind: "Namespace", metadata: { annotations } });
  const copied = secret({ "ca.crt": root.certificatePem });
  remote.store.put(`${namespace}/secrets/relay-root-tls-secret`, { ...copied, metadata: { annotations } });
  const relay = {
    cluster: "cluster-2",
    rootTlsSecret: { name: "relay-root-tls-secret", namespace: "gloo-mesh" },
    clientCertSecret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" },
  };
  const release = helmRevision({ status: "deployed", mark, recorded: true, values: { relay }, chartVersion: "1.0.4" });
  remote.store.put(`${namespace}/secrets/${revisionName(1)}`, release);
  remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", agentDeployment(true));
  remote.store.put(`${namespace}/pods/enterprise-agent-1`, {
    metadata: { labels: { app: "enterprise-agent" }, creationTimestamp: "2026-01-01T00:00:00Z" },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "enterprise-agent", ready: true, restartCount: 0, state: { running: {} } }],
    },
  });
  const validity = { notBefore: new Date("2026-01-01"), notAfter };
  const client = await createClientSecretData(await certificates, { clusterName: "cluster-2", validity });
  remote.store.put(`${namespace}/secrets/relay-client-tls-secret`, secret({ ...client }));
}

const codesOf = (report: DoctorReport) => findingsOf(report).map(({ code, severity }) => `${severity} ${code}`);

describe("the doctor's examination", () => {
  test("finds nothing in a cluster that a registration would meet well, and calls it by its context", async (context) => {
    const { look } = await clusters(context);
    const report = await look();
    assert.deepEqual(codesOf(report), []);
    assert.deepEqual([report.registration, report.clusterName], ["not registered", "remote"]);
    assert.deepEqual(
      report.certificates.map(({ kind }) => kind),
      ["root"],
    );
  });

  test("takes name and owner of a registration from the clusters, and calls it healthy", async (context) => {
    const world = await clusters(context);
    await register(world);
    const report = await world.look();
    assert.deepEqual(codesOf(report), []);
    assert.deepEqual([report.registration, report.clusterName, report.owner], ["healthy", "cluster-2", mark]);
    assert.equal(exitCodeOf(report), 0);
    assert.equal(report.certificates.find(({ kind }) => kind === "client")?.notAfter, "2099-01-01T00:00:00.000Z");
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("tells an expired certificate and an agent that is not there, both at once", async (context) => {
    const world = await clusters(context);
    await register(world, new Date("2026-02-01"));
    world.remote.store.remove("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent");
    const report = await world.look();
    assert.deepEqual(codesOf(report), ["error GMR502", "error GMR503"]);
    assert.match(findingsOf(report)[0]?.cause ?? "", /^the certificate expired on 2026-02-01T00:00:00\.000Z/);
    assert.equal(findingsOf(report)[1]?.rootCause, "deployment-missing");
    assert.deepEqual([report.registration, exitCodeOf(report)], ["unhealthy", 1]);
  });

  test("does not say of a connected agent with a bad certificate that the Secret is gone", async (context) => {
    const world = await clusters(context);
    await register(world, new Date("2026-02-01"));
    const log = "/api/v1/namespaces/gloo-mesh/pods/enterprise-agent-1/log";
    world.remote.intervene = ({ path }) =>
      path === log ? { status: 200, body: "connected to relay server" } : undefined;
    const report = await world.look();
    assert.deepEqual(codesOf(report), ["error GMR502"]);
    assert.doesNotMatch(findingsOf(report)[0]?.cause ?? "", /gone/);
  });

  test("leaves the count out where the user may not read it", async (context) => {
    const world = await clusters(context);
    await register(world);
    world.hub.intervene = ({ path }) => (path === gauge ? { status: 403, body: { message: "forbidden" } } : undefined);
    const report = await world.look();
    assert.deepEqual([findingsOf(report), report.registration], [[], "healthy"]);
    assert.match(report.checks.at(-1)?.skipped ?? "", /cannot be read/);
  });

  test("looks at the hub where the remote cluster cannot be reached", async (context) => {
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
});
