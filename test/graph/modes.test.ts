import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { createClientSecretData, createHubCertificates } from "../sandbox/relay";
import { type FakeKubeApi, secret, status } from "../support/fakeKubeApi";
import { type ProgramResult, type RecordedResource, reveal, runProgram } from "./scenario";
import { relayRoot, startApi, startHub, token } from "./world";

// What each mode of identity declares. That an agent can live with it is proven in test/e2e/modes.test.ts.

const serverAddress = "127.0.0.1:1";

interface World {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
  run(args: object, kubeconfig?: string): Promise<ProgramResult>;
}

async function world(context: TestContext): Promise<World> {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  const run = async (args: object, kubeconfig = remote.access.kubeconfig) => {
    const result = await runProgram({
      clusters: { management: hub.access, remote: { ...remote.access, kubeconfig } },
      registrations: { "cluster-2": { management: "management", remote: "remote", args } },
    });
    assert.deepEqual(result.errors, []);
    assert.deepEqual([...hub.writes, ...remote.writes], []);
    return result;
  };
  return { hub, remote, run };
}

/** Names of the registration's resources, without its own. */
function declared({ resources }: ProgramResult): string[] {
  const own = resources.filter(({ parent }) => parent === "cluster-2");
  return own.map(({ name }) => name.replace("cluster-2-", "")).sort();
}

function find({ resources }: ProgramResult, name: string): RecordedResource {
  const [found, ...more] = resources.filter((resource) => resource.name === `cluster-2-${name}`);
  assert.ok(found && more.length === 0, `${name} is declared ${more.length + (found ? 1 : 0)} times`);
  return found;
}

function relayValues(result: ProgramResult): Record<string, unknown> {
  const { relay } = reveal(find(result, "agent").inputs["values"]) as { relay: Record<string, unknown> };
  const { cluster: _, serverAddress: __, authority: ___, ...rest } = relay;
  return rest;
}

function certificateInputs(result: ProgramResult): unknown[] {
  const { inputs } = find(result, "client-certificate");
  return ["certificate", "removeToken", "removeOnDelete", "rootCertificate"].map((key) => inputs[key]);
}

const withoutCopies = ["agent", "client-certificate", "kubernetes-cluster", "namespace", "preparation"];

describe("what is declared", () => {
  test("with a client certificate of one's own: no root CA, no token, and nothing of it is ever removed", async (context) => {
    const { run } = await world(context);
    const result = await run({
      identity: "provided-certificate",
      clientCertificate: { secret: { name: "issued" } },
    });
    assert.deepEqual(declared(result), withoutCopies);
    assert.deepEqual(relayValues(result), { clientCertSecret: { name: "issued", namespace: "gloo-mesh" } });
    assert.deepEqual(certificateInputs(result), ["provided", false, false, ""]);
    assert.equal(find(result, "preparation").inputs["removeEarlierCertificate"], false);
    assert.deepEqual(find(result, "agent").dependencies, [
      "cluster-2-kubernetes-cluster",
      "cluster-2-namespace",
      "cluster-2-preparation",
    ]);
    assert.match(result.warnings.join("\n"), /GMR313 .*gloo-mesh\/issued/);
  });

  test("a client certificate of one's own that is there is not warned of", async (context) => {
    const { remote, run } = await world(context);
    const data = await createClientSecretData(await createHubCertificates(), { clusterName: "cluster-2" });
    remote.store.put("/api/v1/namespaces/agents", { kind: "Namespace" });
    remote.store.put("/api/v1/namespaces/agents/secrets/relay-client-tls-secret", secret({ ...data }));
    const result = await run({
      namespace: { name: "agents", create: false },
      identity: "provided-certificate",
    });
    assert.doesNotMatch(result.warnings.join("\n"), /GMR31/);
  });

  for (const [version, section] of [
    ["1.0.13", "relay"],
    ["1.1.0-beta18", "global"],
    ["1.1.1", "global"],
  ] as const) {
    test(`without TLS, version ${version}: no Secret, ${section}.insecure, and a warning`, async (context) => {
      const { run } = await world(context);
      const result = await run({ identity: "none", relay: { serverAddress }, agent: { version } });
      assert.deepEqual(declared(result), withoutCopies);
      const values = reveal(find(result, "agent").inputs["values"]) as Record<string, Record<string, unknown>>;
      assert.equal(values[section]?.["insecure"], true);
      assert.deepEqual(relayValues(result), section === "relay" ? { insecure: true } : {});
      assert.deepEqual(certificateInputs(result), ["none", false, false, ""]);
      assert.match(result.warnings.join("\n"), /GMR214 The relay of cluster-2 works without TLS/);
    });
  }

  test("without TLS there is no client certificate to report", async (context) => {
    const { run } = await world(context);
    const { outputs } = await run({ identity: "none" });
    assert.deepEqual(
      [outputs["cluster-2"]?.["proof"], outputs["cluster-2"]?.["clientCertificate"]],
      ["agent", undefined],
    );
  });

  for (const identity of ["provided-certificate", "none"] as const) {
    test(`on the management cluster itself with identity ${identity}: neither namespace nor copies`, async (context) => {
      const hub = await startHub(context);
      const registrations = {
        "cluster-2": { management: hub.access, remote: hub.access, args: { selfRegistration: true, identity } },
      };
      const result = await runProgram({ clusters: {}, registrations });
      assert.deepEqual(result.errors, []);
      assert.deepEqual(
        declared(result),
        [...withoutCopies, "management", "remote"].filter((name) => name !== "namespace").sort(),
      );
      assert.equal(result.outputs["cluster-2"]?.["namespace"], undefined);
      assert.equal(hub.count("get", "/namespaces/kube-system"), 1);
    });
  }

  test("with root CA and token of one's own: neither is declared, both are what the agent is told", async (context) => {
    const { remote, run } = await world(context);
    const agents = "/api/v1/namespaces/agents";
    remote.store.put(agents, { kind: "Namespace" });
    remote.store.put(`${agents}/secrets/root`, secret({ "ca.crt": (await relayRoot()).certificatePem }));
    remote.store.put(`${agents}/secrets/relay-identity-token-secret`, secret({ token }));
    const result = await run({
      namespace: { name: "agents", create: false },
      rootCertificate: { provided: true, secret: { name: "root" } },
      identity: "provided-token",
    });
    assert.deepEqual(
      declared(result),
      withoutCopies.filter((name) => name !== "namespace"),
    );
    assert.deepEqual(relayValues(result), {
      rootTlsSecret: { name: "root", namespace: "agents" },
      tokenSecret: { name: "relay-identity-token-secret", namespace: "agents", key: "token" },
      clientCertSecret: { name: "relay-client-tls-secret", namespace: "agents" },
    });
    assert.deepEqual(certificateInputs(result).slice(0, 3), ["issued", false, true]);
  });

  test("with root CA and token of one's own by a user who may not read the hub's Secrets, where the CA's private key lies", async (context) => {
    const { hub, remote, run } = await world(context);
    const ns = "/api/v1/namespaces/gloo-mesh";
    remote.store.put(ns, { kind: "Namespace" });
    remote.store.put(`${ns}/secrets/root`, secret({ "ca.crt": (await relayRoot()).certificatePem }));
    remote.store.put(`${ns}/secrets/relay-identity-token-secret`, secret({ token }));
    hub.allows = ({ resource }) => resource !== "*" && resource !== "secrets";
    hub.intervene = ({ path }) => (path.includes("/secrets/") ? status(403, "Forbidden", path) : undefined);
    const result = await run({
      namespace: { create: false },
      rootCertificate: { provided: true, secret: { name: "root" } },
      identity: "provided-token",
    });
    assert.deepEqual(
      declared(result),
      withoutCopies.filter((name) => name !== "namespace"),
    );
  });

  test("with Secrets at other places: they are read and written there, and the agent is told", async (context) => {
    const { hub, remote, run } = await world(context);
    const pki = "/api/v1/namespaces/pki";
    for (const { store } of [hub, remote]) store.put(pki, { kind: "Namespace" });
    const { certificatePem } = await relayRoot();
    hub.store.put(`${pki}/secrets/mesh-root`, secret({ "root.pem": certificatePem }));
    hub.store.put(`${pki}/secrets/mesh-token`, secret({ bootstrap: token }));
    const result = await run({
      rootCertificate: {
        source: { name: "mesh-root", namespace: "pki", key: "root.pem" },
        secret: { name: "root", namespace: "pki" },
      },
      token: {
        source: { name: "mesh-token", namespace: "pki", key: "bootstrap" },
        secret: { name: "token", namespace: "pki", key: "once" },
      },
      clientCertificate: { secret: { name: "client", namespace: "pki" } },
    });
    assert.deepEqual(declared(result), [...withoutCopies, "bootstrap-token", "root-certificate"].sort());
    const { metadata, data } = find(result, "root-certificate").inputs as Record<string, Record<string, unknown>>;
    assert.deepEqual([metadata?.["name"], metadata?.["namespace"]], ["root", "pki"]);
    const written = reveal((reveal(data) as Record<string, unknown>)["ca.crt"]);
    assert.equal(Buffer.from(String(written), "base64").toString(), certificatePem);
    const { inputs } = find(result, "bootstrap-token");
    assert.deepEqual(inputs["tokenSource"], { name: "mesh-token", namespace: "pki", key: "bootstrap" });
    assert.deepEqual(inputs["tokenSecret"], { name: "token", namespace: "pki", key: "once" });
    assert.deepEqual(relayValues(result), {
      rootTlsSecret: { name: "root", namespace: "pki" },
      tokenSecret: { name: "token", namespace: "pki", key: "once" },
      clientCertSecret: { name: "client", namespace: "pki" },
    });
  });

  test("against Istio's sidecars: one label on the namespace that is made", async (context) => {
    const { run } = await world(context);
    const { metadata } = find(await run({ namespace: { disableIstioInjection: true } }), "namespace").inputs as {
      metadata?: { labels?: object };
    };
    assert.deepEqual(metadata?.labels, { "istio-injection": "disabled" });
  });

  test("to validate: a command behind the proof, run again by certificate and version, told what it needs", async (context) => {
    const { hub, remote, run } = await world(context);
    const validation = { command: "meshctl check", environment: { LEVEL: "debug", CLUSTER_NAME: "not this" } };
    const command = find(await run({ validation }), "validation");
    assert.equal(command.type, "command:local:Command");
    assert.ok(command.dependencies.includes("cluster-2-client-certificate"));
    assert.equal(command.inputs["create"], "meshctl check");
    assert.deepEqual(command.inputs["triggers"], ["AB:CD", "1.0.4"]);
    assert.deepEqual(command.inputs["environment"], {
      LEVEL: "debug",
      CLUSTER_NAME: "cluster-2",
      RELAY_SERVER_ADDRESS: serverAddress,
      MANAGEMENT_NAMESPACE: "gloo-mesh",
      AGENT_NAMESPACE: "gloo-mesh",
      MANAGEMENT_CONTEXT: hub.access.context,
      MANAGEMENT_KUBECONFIG: hub.access.kubeconfig,
      REMOTE_CONTEXT: remote.access.context,
      REMOTE_KUBECONFIG: remote.access.kubeconfig,
    });
  });

  test("to validate with a kubeconfig that is content: the command is not given it", async (context) => {
    const { remote, run } = await world(context);
    const result = await run({ validation: { command: "true" } }, readFileSync(remote.access.kubeconfig, "utf8"));
    const environment = reveal(find(result, "validation").inputs["environment"]) as Record<string, unknown>;
    assert.equal(reveal(environment["REMOTE_CONTEXT"]), remote.access.context);
    assert.ok(!("REMOTE_KUBECONFIG" in environment));
    assert.ok(!JSON.stringify(environment).includes(remote.bearer));
  });
});
