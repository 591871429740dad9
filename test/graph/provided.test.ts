import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createClientSecretData, createHubCertificates } from "../sandbox/relay";
import { type FakeKubeApi, secret } from "../support/fakeKubeApi";
import { agentDeployment, helmRevision, revisionName } from "../support/remoteObjects";
import { type ProgramResult, runProgram } from "./scenario";
import { startApi, startHub } from "./world";

// What a registration declares whose agent, or whose KubernetesCluster, belongs to another tool. That it works: test/e2e/provided.test.ts.

const namespacePath = "/api/v1/namespaces/gloo-mesh";
const deploymentPath = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent";
const clusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
const given = { relay: { serverAddress: "127.0.0.1:1" }, namespace: { create: false } };

interface World {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
  run(args: object): Promise<ProgramResult>;
}

/** Two clusters; on the remote one an agent of somebody else, with its release. */
async function world(context: TestContext): Promise<World> {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  remote.store.put(namespacePath, { kind: "Namespace" });
  remote.store.put(deploymentPath, agentDeployment(true));
  remote.store.put(
    `${namespacePath}/secrets/${revisionName(1)}`,
    helmRevision({ status: "deployed", mark: undefined }),
  );
  const run = (args: object) =>
    runProgram({
      clusters: { management: hub.access, remote: remote.access },
      registrations: { "cluster-2": { management: "management", remote: "remote", args } },
    });
  return { hub, remote, run };
}

function declared({ errors, resources }: ProgramResult): string[] {
  assert.deepEqual(errors, []);
  const own = resources.filter(({ parent }) => parent === "cluster-2");
  return own.map(({ name }) => name.replace("cluster-2-", "")).sort();
}

function inputsOf({ resources }: ProgramResult, name: string): Readonly<Record<string, unknown>> {
  return resources.find((resource) => resource.name === `cluster-2-${name}`)?.inputs ?? {};
}

const codesOf = ({ errors }: ProgramResult) => errors.flatMap((text) => text.match(/GMR\d{3}/g) ?? []).sort();

describe("a provided agent", () => {
  test("is declared by nobody: no release, but root CA, token, KubernetesCluster and proof", async (context) => {
    const { run, hub, remote } = await world(context);
    const result = await run({ ...given, agent: { provided: true } });
    assert.deepEqual(declared(result), [
      "bootstrap-token",
      "client-certificate",
      "kubernetes-cluster",
      "preparation",
      "root-certificate",
    ]);
    const certificate = inputsOf(result, "client-certificate");
    assert.deepEqual(
      ["agentProvided", "releaseRevision", "releaseUid", "reason"].map((key) => certificate[key]),
      [true, 0, "", ""],
    );
    assert.equal(inputsOf(result, "preparation")["agentProvided"], true);
    assert.deepEqual(result.outputs["cluster-2"]?.["agent"], undefined);
    assert.deepEqual([...hub.writes, ...remote.writes], []);
  });

  test("of 2.x leaves the CRDs to whoever installs it", async (context) => {
    const { run, hub } = await world(context);
    hub.store.put("/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters/other", {});
    const result = await run({ ...given, generation: "2.x", agent: { provided: true } });
    assert.ok(!declared(result).some((name) => name === "crds" || name === "agent"));
  });

  test("needs none of the rights of its chart, nor one to the relay server's Deployment", async (context) => {
    const { run, hub, remote } = await world(context);
    const ofChart = ["serviceaccounts", "services", "clusterroles", "clusterrolebindings", "customresourcedefinitions"];
    remote.allows = ({ resource, verb }) =>
      !ofChart.includes(resource ?? "") && !(resource === "deployments" && verb === "patch");
    hub.allows = ({ resource }) => resource !== "*" && resource !== "deployments";
    declared(await run({ ...given, agent: { provided: true } }));
  });

  test("has no arguments of an installation: GMR008", async (context) => {
    const { run } = await world(context);
    const agent = { provided: true, version: "1.0.4", releaseName: "a", values: {}, skipCrds: true };
    const { errors } = await run({ ...given, agent, checks: { unhealthy: "heal" } });
    const named = [...errors.join("\n").matchAll(/GMR008 \[([\w.]+)\] cannot be set together with agent\.provided/g)];
    assert.deepEqual(
      named.map(([, argument]) => argument),
      ["agent.version", "agent.releaseName", "agent.values", "agent.skipCrds", "checks.unhealthy"],
    );
  });

  test("is waited for if it is not there yet: GMR336, a warning", async (context) => {
    const { run, remote } = await world(context);
    remote.store.remove(deploymentPath);
    const result = await run({ ...given, agent: { provided: true } });
    declared(result);
    assert.match(result.warnings.join("\n"), /GMR336 .*app=enterprise-agent/);
  });

  test("with its certificate needs no token of the management cluster", async (context) => {
    const { run, hub, remote } = await world(context);
    const certificates = await createHubCertificates();
    const annotations = { "gloo-mesh-relay-registration/registration": "project/stack/cluster-2" };
    const { certificatePem } = certificates.root;
    const data = await createClientSecretData(certificates, { clusterName: "cluster-2" });
    hub.store.put(`${namespacePath}/secrets/relay-root-tls-secret`, secret({ "ca.crt": certificatePem }));
    hub.store.remove(`${namespacePath}/secrets/relay-identity-token-secret`);
    remote.store.put(
      `${namespacePath}/secrets/relay-root-tls-secret`,
      secret({ "ca.crt": certificatePem }, annotations),
    );
    remote.store.put(`${namespacePath}/secrets/relay-client-tls-secret`, secret({ ...data }));
    const result = await run({ ...given, agent: { provided: true } });
    assert.deepEqual(result.errors, []);
    assert.match(result.warnings.join("\n"), /GMR205/);
  });

  test("without the argument is refused, by a message that names it", async (context) => {
    const { run } = await world(context);
    const result = await run(given);
    assert.deepEqual(codesOf(result), ["GMR305"]);
    assert.match(result.errors.join("\n"), /give \[agent\.provided: true\] to register it with the agent as it is/);
  });
});

describe("a provided KubernetesCluster", () => {
  const provided = { ...given, agent: { provided: true }, kubernetesCluster: { provided: true } };

  test("is not declared, and its UID is an input of the proof", async (context) => {
    const { run, hub } = await world(context);
    hub.store.put(clusterPath, { metadata: { labels: { "kustomize.toolkit.fluxcd.io/name": "mesh" } } });
    const result = await run(provided);
    assert.ok(!declared(result).includes("kubernetes-cluster"));
    const uid = (hub.store.get(clusterPath) as { metadata: { uid?: string } }).metadata.uid;
    assert.ok(uid);
    assert.equal(inputsOf(result, "client-certificate")["kubernetesClusterUid"], uid);
  });

  test("must exist: GMR337", async (context) => {
    const { run } = await world(context);
    assert.deepEqual(codesOf(await run(provided)), ["GMR337"]);
  });

  test("has no cluster domain of the registration's: GMR008", async (context) => {
    const { run } = await world(context);
    const result = await run({ ...provided, clusterDomain: "corp.local" });
    assert.deepEqual(codesOf(result), ["GMR008"]);
  });
});
