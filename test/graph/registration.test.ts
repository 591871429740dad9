import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { after, before, describe, test } from "node:test";
import { fieldManagerOf } from "../../components/glooMesh/mark";
import type { FakeKubeApi } from "../support/fakeKubeApi";
import {
  isSecret,
  type ProgramResult,
  type RecordedResource,
  reveal,
  runProgram,
  type Scenario,
  unknownValue,
} from "./scenario";
import { type Cleaning, relayRoot, startApi, startHub, token } from "./world";

// What is declared. Not proven here: that the real engine and providers accept it; that is for the end-to-end level.

const types = {
  preparation: "pulumi-nodejs:dynamic/gloo-mesh-relay:Preparation",
  namespace: "kubernetes:core/v1:Namespace",
  secret: "kubernetes:core/v1:Secret",
  token: "pulumi-nodejs:dynamic/gloo-mesh-relay:BootstrapToken",
  kubernetesCluster: "kubernetes:multicluster.solo.io/v1alpha1:KubernetesCluster",
  agent: "kubernetes:helm.sh/v3:Release",
  certificate: "pulumi-nodejs:dynamic/gloo-mesh-relay:ClientCertificate",
};
const urnOf = (name: string) => `urn:pulumi:stack::project::gloo-mesh-relay:index:GlooMeshRelayRegistration::${name}`;
const mark = urnOf("cluster-2");
const kubernetesClusters = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters";
const annotations = {
  "gloo-mesh-relay-registration/registration": mark,
  "pulumi.com/patchFieldManager": fieldManagerOf(mark),
};

interface World {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
  run(args?: object, changes?: Partial<Scenario>): Promise<ProgramResult>;
}

async function world(context: Cleaning): Promise<World> {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  const run = (args: object = {}, changes: Partial<Scenario> = {}) =>
    runProgram({
      clusters: { management: hub.access, remote: remote.access },
      registrations: { "cluster-2": { management: "management", remote: "remote", args } },
      ...changes,
    });
  return { hub, remote, run };
}

function shape({ resources }: ProgramResult): string[] {
  return resources
    .filter(({ type }) => !type.startsWith("pulumi:providers:"))
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
}

function find(result: ProgramResult, name: string): RecordedResource {
  const found = result.resources.filter((resource) => resource.name === name);
  assert.equal(found.length, 1, `${name} is declared ${found.length} times; errors: ${result.errors}`);
  return found[0] as RecordedResource;
}

const clusterType = "gloo-mesh-relay:index:Cluster";
const registrationType = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const components = [`${clusterType} management`, `${clusterType} remote`, `${registrationType} cluster-2`];
const base = [
  ...components,
  `${types.preparation} cluster-2-preparation`,
  `${types.secret} cluster-2-root-certificate`,
  `${types.kubernetesCluster} cluster-2-kubernetes-cluster`,
  `${types.agent} cluster-2-agent`,
  `${types.certificate} cluster-2-client-certificate`,
];

describe("a registration with defaults", () => {
  let hub: FakeKubeApi;
  let remote: FakeKubeApi;
  let root: Awaited<ReturnType<typeof relayRoot>>;
  let result: ProgramResult;
  const cleaning: (() => Promise<void>)[] = [];
  // One run, looked at from several sides: a program takes seconds to load.
  before(async () => {
    root = await relayRoot();
    const found = await world({ after: (clean) => cleaning.push(clean) });
    hub = found.hub;
    remote = found.remote;
    result = await found.run();
  });
  after(() => Promise.all(cleaning.map((clean) => clean())));

  test("declares these resources, each child of the registration, on the cluster it belongs to, and in this order", () => {
    assert.deepEqual(result.errors, []);
    assert.deepEqual(
      shape(result),
      [...base, `${types.namespace} cluster-2-namespace`, `${types.token} cluster-2-bootstrap-token`].sort(),
    );
    const table = result.resources
      .filter(({ parent }) => parent === "cluster-2")
      .map(({ name, provider, dependencies }) => [
        name.replace("cluster-2-", ""),
        provider,
        dependencies.map((one) => one.replace("cluster-2-", "")),
      ]);
    assert.deepEqual(
      Object.fromEntries(table.map(([name, provider, dependencies]) => [name, { provider, dependencies }])),
      {
        preparation: { provider: "", dependencies: [] },
        namespace: { provider: "remote", dependencies: ["preparation"] },
        "root-certificate": { provider: "remote", dependencies: ["namespace", "preparation"] },
        "kubernetes-cluster": {
          provider: "management",
          dependencies: ["namespace", "preparation", "root-certificate"],
        },
        "bootstrap-token": { provider: "", dependencies: ["namespace", "preparation", "root-certificate"] },
        agent: {
          provider: "remote",
          dependencies: ["bootstrap-token", "kubernetes-cluster", "namespace", "preparation", "root-certificate"],
        },
        "client-certificate": { provider: "", dependencies: ["agent", "bootstrap-token", "kubernetes-cluster"] },
      },
    );
  });

  test("gives every object its inputs", () => {
    assert.deepEqual(find(result, "cluster-2-namespace").inputs["metadata"], { name: "gloo-mesh", annotations });
    const secret = find(result, "cluster-2-root-certificate").inputs;
    assert.deepEqual(secret["metadata"], { name: "relay-root-tls-secret", namespace: "gloo-mesh", annotations });
    const data = reveal(secret["data"]) as Record<string, string>;
    assert.deepEqual(Object.keys(data), ["ca.crt"]);
    assert.equal(Buffer.from(String(reveal(data["ca.crt"])), "base64").toString(), root.certificatePem);

    const { inputs } = find(result, "cluster-2-kubernetes-cluster");
    assert.equal(inputs["apiVersion"], "multicluster.solo.io/v1alpha1");
    assert.equal(inputs["kind"], "KubernetesCluster");
    assert.deepEqual(inputs["spec"], { clusterDomain: "cluster.local" });
    assert.deepEqual(inputs["metadata"], {
      name: "cluster-2",
      namespace: "gloo-mesh",
      annotations: { ...annotations, "gloo-mesh-relay-registration/cluster-identity": remote.identity },
    });

    const agent = find(result, "cluster-2-agent").inputs;
    assert.equal(agent["name"], "enterprise-agent");
    assert.equal(agent["chart"], "enterprise-agent");
    assert.equal(agent["version"], "1.0.4");
    assert.equal(agent["skipAwait"], true);
    assert.equal(agent["replace"], true);
    assert.equal(agent["description"], "relay agent");
    assert.deepEqual(agent["repositoryOpts"], {
      repo: "https://storage.googleapis.com/gloo-mesh-enterprise/enterprise-agent",
    });
    const values = reveal(agent["values"]) as { relay: Record<string, unknown>; global: object };
    assert.equal(values.relay["cluster"], "cluster-2");
    assert.equal(values.relay["serverAddress"], "127.0.0.1:1");
    assert.deepEqual(values.global, { glooMeshRelayRegistration: mark });

    const certificate = find(result, "cluster-2-client-certificate").inputs;
    const expected = {
      managementIdentity: hub.identity,
      remoteIdentity: remote.identity,
      clusterName: "cluster-2",
      releaseRevision: 1,
      kubernetesClusterUid: "5f3c",
      bootstraps: 1,
      tokenWrittenAt: "2026-01-01T00:00:00.000Z",
      removeToken: true,
      removeOnDelete: true,
      chainToRoot: true,
      timeoutSeconds: 300,
      mark,
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(certificate[key], value, key);
    assert.deepEqual(certificate["remote"], remote.access);
    assert.deepEqual(certificate["management"], hub.access);
  });

  test("binds each provider to the identity of its cluster", () => {
    const providers = result.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    const facts = providers.map(({ name, parent, inputs }) => [
      name,
      parent,
      inputs["clusterIdentifier"],
      inputs["context"],
    ]);
    assert.deepEqual(facts.sort(), [
      ["management", "management", hub.identity, "management"],
      ["remote", "remote", remote.identity, "remote"],
    ]);
    for (const { inputs } of providers) assert.equal(String(inputs["enableSecretMutable"]), "true");
  });

  test("has outputs that hang on the proof", () => {
    assert.deepEqual(result.outputs["cluster-2"], {
      clusterName: "cluster-2",
      proof: "agent",
      agentVersion: "1.0.4",
      clusterIdentity: remote.identity,
      // Nobody listens at the relay server's address, so its certificate is left out.
      certificates: ["root in management cluster, Secret gloo-mesh/relay-root-tls-secret", "client in a Secret"],
      clientCertificate: {
        fingerprint: "AB:CD",
        serialNumber: "01",
        issuer: "CN=relay",
        notBefore: "2026-01-01T00:00:00.000Z",
        notAfter: "2027-01-01T00:00:00.000Z",
        dnsNames: ["cluster-2"],
      },
      agent: "enterprise-agent",
      namespace: "gloo-mesh",
    });
  });

  test("lets no token, no private key and no credential into any input", () => {
    const all = JSON.stringify(result);
    const keyLine = root.privateKeyPem().split("\n")[2] ?? "";
    const key = Buffer.from(root.privateKeyPem()).toString("base64");
    for (const secret of [
      token,
      Buffer.from(token).toString("base64"),
      keyLine,
      key.slice(40, 100),
      hub.bearer,
      remote.bearer,
    ]) {
      assert.ok(!all.includes(secret));
    }
  });

  test("writes nothing to either cluster by itself", () => {
    assert.deepEqual([...hub.writes, ...remote.writes], []);
  });
});

describe("a registration whose arguments change what is declared", () => {
  test("retained-token: the token is a declared Secret whose data is secret from the first moment", async (context) => {
    const { run } = await world(context);
    const result = await run({ identity: "retained-token" });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(
      shape(result),
      [...base, `${types.namespace} cluster-2-namespace`, `${types.secret} cluster-2-bootstrap-token`].sort(),
    );
    const { inputs, provider } = find(result, "cluster-2-bootstrap-token");
    assert.equal(provider, "remote");
    assert.ok(isSecret(inputs["data"]) || isSecret((inputs["data"] as Record<string, unknown>)["token"]));
    const data = reveal(inputs["data"]) as Record<string, unknown>;
    assert.equal(Buffer.from(String(reveal(data["token"])), "base64").toString(), token);
    const certificate = find(result, "cluster-2-client-certificate").inputs;
    assert.deepEqual([certificate["removeToken"], certificate["bootstraps"]], [false, 0]);
    const others = result.resources.filter(({ name }) => name !== "cluster-2-bootstrap-token");
    assert.ok(!JSON.stringify(others).includes(Buffer.from(token).toString("base64")));
  });

  test("namespace.create false: the namespace is used and not declared", async (context) => {
    const { remote, run } = await world(context);
    remote.store.put("/api/v1/namespaces/agents", { kind: "Namespace" });
    const result = await run({ namespace: { name: "agents", create: false } });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(shape(result), [...base, `${types.token} cluster-2-bootstrap-token`].sort());
    assert.equal(find(result, "cluster-2-agent").inputs["namespace"], "agents");
    assert.deepEqual(find(result, "cluster-2-root-certificate").dependencies, ["cluster-2-preparation"]);
  });

  test("selfRegistration: nothing is copied, nothing of the hub is declared or deleted", async (context) => {
    const hub = await startHub(context);
    const result = await runProgram({
      clusters: { management: hub.access },
      registrations: {
        "cluster-2": { management: "management", remote: "management", args: { selfRegistration: true } },
      },
    });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(
      shape(result),
      [
        `${clusterType} management`,
        `${registrationType} cluster-2`,
        `${types.preparation} cluster-2-preparation`,
        `${types.kubernetesCluster} cluster-2-kubernetes-cluster`,
        `${types.agent} cluster-2-agent`,
        `${types.certificate} cluster-2-client-certificate`,
      ].sort(),
    );
    assert.equal(find(result, "cluster-2-preparation").inputs["removeEarlierCertificate"], false);
    const certificate = find(result, "cluster-2-client-certificate").inputs;
    assert.deepEqual([certificate["removeToken"], certificate["removeOnDelete"]], [false, false]);
  });

  test("agent: version, chart, repository, values and limits arrive", async (context) => {
    const { run } = await world(context);
    const result = await run({
      clusterDomain: "remote.example",
      relay: { serverAddress: "localhost:1", authority: "relay.example" },
      agent: {
        version: "1.2.0",
        chart: "own-agent",
        repository: "http://charts.example",
        values: { relay: { cluster: "another" }, extra: { a: 1 } },
        skipCrds: true,
        abandonedAfterSeconds: 5,
      },
      proof: { timeoutSeconds: 60, chainToRoot: false },
    });
    const agent = find(result, "cluster-2-agent").inputs;
    assert.deepEqual([agent["chart"], agent["version"], agent["skipCrds"]], ["own-agent", "1.2.0", true]);
    assert.deepEqual(agent["repositoryOpts"], { repo: "http://charts.example" });
    const values = reveal(agent["values"]) as { relay: Record<string, unknown>; extra: object };
    assert.deepEqual(
      [values.relay["cluster"], values.relay["serverAddress"], values.relay["authority"], values.extra],
      ["cluster-2", "localhost:1", "relay.example", { a: 1 }],
    );
    assert.equal(find(result, "cluster-2-preparation").inputs["abandonedAfterSeconds"], 5);
    const certificate = find(result, "cluster-2-client-certificate").inputs;
    assert.deepEqual([certificate["timeoutSeconds"], certificate["chainToRoot"]], [60, false]);
    assert.deepEqual(find(result, "cluster-2-kubernetes-cluster").inputs["spec"], { clusterDomain: "remote.example" });
  });

  test("agent: a secret among the values is one in the release, and makes nothing else secret", async (context) => {
    const { run } = await world(context);
    for (const values of [{ license: { $secret: "never-shown" } }, { $secret: { license: "never-shown" } }]) {
      const result = await run({ agent: { version: "1.0.4", values } });
      assert.deepEqual([result.errors, result.secretOutputs], [[], []]);
      const { values: given, ...others } = find(result, "cluster-2-agent").inputs;
      assert.ok(isSecret(given), "the values are not secret");
      assert.match(JSON.stringify(reveal(given)), /never-shown/);
      const elsewhere = result.resources.filter(({ name }) => name !== "cluster-2-agent").map(({ inputs }) => inputs);
      assert.ok(!JSON.stringify([others, elsewhere, result.infos, result.warnings]).includes("never-shown"));
    }
  });

  test("with no kubeconfig, the Kubernetes provider is given none either, and finds all files of KUBECONFIG by itself", async (context) => {
    const { hub, remote, run } = await world(context);
    const ambientKubeconfig = [hub.kubeconfig, remote.kubeconfig].join(delimiter);
    const result = await run({}, { ambientKubeconfig, clusters: { management: {}, remote: { context: "remote" } } });
    assert.deepEqual(result.errors, []);
    const providers = result.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    const facts = providers.map(({ name, inputs }) => [name, inputs["clusterIdentifier"], inputs["kubeconfig"]]);
    assert.deepEqual(facts.sort(), [
      ["management", hub.identity, undefined],
      ["remote", remote.identity, undefined],
    ]);
  });

  /** What the provider and the dynamic resources of the remote cluster are given as its kubeconfig; makes sure that it is secret everywhere. */
  function secretKubeconfigs(result: ProgramResult): unknown[] {
    assert.deepEqual(result.errors, []);
    const [provider] = result.resources.filter(
      ({ type, name }) => type === "pulumi:providers:kubernetes" && name === "remote",
    );
    const given = provider?.inputs["kubeconfig"];
    assert.ok(isSecret(given));
    const ofResources = ["preparation", "bootstrap-token", "client-certificate"].map((name) => {
      const { remote: access } = find(result, `cluster-2-${name}`).inputs;
      const inner = (reveal(access) as Record<string, unknown>)["kubeconfig"];
      assert.ok(isSecret(access) || isSecret(inner), name);
      return reveal(inner);
    });
    return [given.value, ...ofResources];
  }

  test("a kubeconfig given as content is a secret wherever it goes", async (context) => {
    const { hub, remote, run } = await world(context);
    const kubeconfig = readFileSync(remote.kubeconfig, "utf8");
    const result = await run({}, { clusters: { management: hub.access, remote: { ...remote.access, kubeconfig } } });
    assert.deepEqual(secretKubeconfigs(result), Array(4).fill(kubeconfig));
  });

  test("one given as a map is its content, whatever the order of its keys", async (context) => {
    const { hub, remote, run } = await world(context);
    const map = JSON.parse(readFileSync(remote.kubeconfig, "utf8")) as object;
    const turned = Object.fromEntries(Object.entries(map).reverse());
    const [content, ...others] = await Promise.all(
      [map, turned].map(async (kubeconfig) =>
        secretKubeconfigs(
          await run({}, { clusters: { management: hub.access, remote: { ...remote.access, kubeconfig } } }),
        ),
      ),
    );
    assert.deepEqual(JSON.parse(String(content?.[0])), map);
    assert.deepEqual([content, ...others], Array(2).fill(Array(4).fill(content?.[0])));
  });

  test("one that is null, or a context, is left out", async (context) => {
    const { hub, run } = await world(context);
    const none = { kubeconfig: null, context: null };
    const result = await run(
      { selfRegistration: true },
      {
        ambientKubeconfig: hub.kubeconfig,
        clusters: { management: none },
        registrations: {
          "cluster-2": { management: "management", remote: "management", args: { selfRegistration: true } },
        },
      },
    );
    assert.deepEqual(result.errors, []);
    assert.deepEqual(find(result, "cluster-2-preparation").inputs["remote"], {});
  });
});

describe("a registration with an alias", () => {
  test("gives its dynamic resources the marks of its aliases, and always that of earlier versions", async (context) => {
    const { run } = await world(context);
    const marksIn = (result: ProgramResult, name: string) =>
      ["preparation", "bootstrap-token", "client-certificate"].map((step) => {
        const { mark, formerMarks } = find(result, `${name}-${step}`).inputs;
        return [mark, formerMarks];
      });
    const aliases = ["cluster-2"];
    const renamed = { management: "management", remote: "remote", args: { clusterName: "cluster-2" }, aliases };
    const previous = [urnOf("renamed"), [mark, "project/stack/renamed", "project/stack/cluster-2"]];
    assert.deepEqual(marksIn(await run({}, { registrations: { renamed } }), "renamed"), Array(3).fill(previous));
    assert.deepEqual(marksIn(await run(), "cluster-2"), Array(3).fill([mark, ["project/stack/cluster-2"]]));
  });
});

describe("a registration that depends on another", () => {
  const two = async (context: Cleaning, args: object, preview = false) => {
    const { hub, remote } = await world(context);
    const second = await startApi(context, "second");
    return runProgram({
      preview,
      clusters: { management: hub.access, remote: remote.access, second: second.access },
      registrations: {
        "cluster-2": { management: "management", remote: "remote", args },
        "cluster-3": { management: "management", remote: "second", dependsOn: ["cluster-2"] },
      },
    });
  };

  test("begins when all of that one is there, by its preparation", async (context) => {
    const result = await two(context, {});
    assert.deepEqual(result.errors, []);
    const { dependencies } = find(result, "cluster-3-preparation");
    assert.ok(dependencies.includes("cluster-2-client-certificate"), dependencies.join());
    // The component itself waits for nothing, so that its checks can tell what they find.
    assert.deepEqual(find(result, "cluster-3").dependencies, []);
  });

  test("is checked and told in the preview all the same", async (context) => {
    const result = await two(context, {}, true);
    assert.deepEqual(result.errors, []);
    assert.equal(result.infos.filter((info) => info.startsWith("plan:")).length, 2);
  });

  test("declares nothing when that one fails", async (context) => {
    const result = await two(context, { proof: { timeoutSeconds: 0 } });
    assert.match(result.errors.join("\n"), /GMR007/);
    assert.deepEqual(
      result.resources.filter(({ parent }) => parent === "cluster-3").map(({ name }) => name),
      [],
    );
  });
});

describe("several registrations against one hub", () => {
  test("share its provider, and what they share is read once", async (context) => {
    const { hub, remote } = await world(context);
    const second = await startApi(context, "second");
    const result = await runProgram({
      clusters: { management: hub.access, remote: remote.access, second: second.access },
      registrations: {
        "cluster-2": { management: "management", remote: "remote" },
        "cluster-3": { management: "management", remote: "second" },
      },
    });
    assert.deepEqual(result.errors, []);
    assert.equal(result.resources.filter(({ type }) => type === "pulumi:providers:kubernetes").length, 3);
    assert.equal(find(result, "cluster-3-kubernetes-cluster").provider, "management");
    assert.equal(find(result, "cluster-3-agent").provider, "second");
    assert.equal(hub.count("get", "/namespaces/kube-system"), 1);
    assert.equal(hub.count("get", "/secrets/relay-root-tls-secret"), 1);
    assert.equal(hub.count("get", "/secrets/relay-identity-token-secret"), 1);
    assert.equal(hub.count("list", "/kubernetesclusters"), 1);
    assert.equal(hub.count("get", "/deployments/enterprise-networking"), 1);
    // This hub has none, so the one of the other generation is looked for.
    assert.equal(hub.count("get", "/deployments/gloo-mesh-mgmt-server"), 1);
    // And what one may do there.
    assert.equal(hub.requests.length, 7);
  });

  test("with the management cluster inline: each has a connection of its own, and what they share is read once", async (context) => {
    const { hub, remote } = await world(context);
    const second = await startApi(context, "second");
    const registrations = {
      "cluster-2": { management: hub.access, remote: remote.access },
      "cluster-3": { management: hub.access, remote: second.access },
    };
    const result = await runProgram({ clusters: {}, registrations });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(
      result.resources.filter(({ type }) => type === clusterType).map(({ name, parent }) => `${parent} > ${name}`),
      [
        "cluster-2 > cluster-2-management",
        "cluster-2 > cluster-2-remote",
        "cluster-3 > cluster-3-management",
        "cluster-3 > cluster-3-remote",
      ],
    );
    assert.equal(find(result, "cluster-2-kubernetes-cluster").provider, "cluster-2-management");
    assert.equal(find(result, "cluster-3-kubernetes-cluster").provider, "cluster-3-management");
    assert.equal(find(result, "cluster-3-agent").provider, "cluster-3-remote");
    assert.equal(hub.count("get", "/namespaces/kube-system"), 1);
    assert.equal(hub.count("get", "/secrets/relay-root-tls-secret"), 1);
    assert.equal(hub.requests.length, 7);
    // Each knows of the other that it is declared: neither is listed as a deregistration.
    for (const name of ["cluster-2", "cluster-3"]) {
      const metadata = { annotations: { "gloo-mesh-relay-registration/registration": urnOf(name) } };
      hub.store.put(`${kubernetesClusters}/${name}`, { metadata });
    }
    const { infos } = await runProgram({ preview: true, clusters: {}, registrations });
    assert.doesNotMatch(infos.join("\n"), /eregister|leave/);
  });

  test("a management cluster that is inline and out of reach is one error, however many name it", async (context) => {
    const { hub, remote } = await world(context);
    const second = await startApi(context, "second");
    hub.intervene = () => "close";
    const registrations = {
      "cluster-2": { management: hub.access, remote: remote.access },
      "cluster-3": { management: hub.access, remote: second.access },
    };
    const { booked } = await runProgram({ preview: true, ends: "with its outputs", clusters: {}, registrations });
    assert.deepEqual(
      booked.map(({ resource, text }) => [resource, text.slice(0, 6)]),
      [["cluster-2-management", "GMR118"]],
    );
  });

  test("a bad one stops none of the others", async (context) => {
    const { hub, remote } = await world(context);
    const bad = await startApi(context, "bad");
    bad.store.put("/api/v1/namespaces/gloo-mesh", { kind: "Namespace" });
    const result = await runProgram({
      clusters: { management: hub.access, remote: remote.access, bad: bad.access },
      registrations: {
        "cluster-2": { management: "management", remote: "remote" },
        "cluster-3": { management: "management", remote: "bad" },
      },
    });
    assert.match(result.errors.join("\n"), /GMR303/);
    assert.equal(result.outputs["cluster-2"]?.["proof"], "agent");
    assert.deepEqual(
      result.resources.filter(({ parent }) => parent === "cluster-3"),
      [],
    );
  });
});

describe("a preview", () => {
  test("declares the same resources and writes nothing", async (context) => {
    const { hub, remote, run } = await world(context);
    const result = await run({}, { preview: true });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(
      shape(result),
      [...base, `${types.namespace} cluster-2-namespace`, `${types.token} cluster-2-bootstrap-token`].sort(),
    );
    assert.equal(find(result, "cluster-2-client-certificate").inputs["releaseRevision"], unknownValue);
    assert.deepEqual([...hub.writes, ...remote.writes], []);
  });

  test("of a cluster that does not exist yet asks neither cluster anything and does not fail", async (context) => {
    const { hub, remote, run } = await world(context);
    const clusters = { management: { ...hub.access, unknown: true }, remote: { ...remote.access, unknown: false } };
    const registrations = {
      "cluster-2": { management: "management", remote: "management", args: { selfRegistration: true } },
    };
    const result = await run({}, { preview: true, clusters: { management: clusters.management }, registrations });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(hub.requests, []);
    assert.equal(find(result, "cluster-2-agent").inputs["namespace"], unknownValue);
    assert.match(result.infos.join("\n"), /^checks deferred: the management and the remote cluster's kubeconfig/);
  });

  test("that does not know all of the chart's values checks and tells the rest", async (context) => {
    const { hub, run } = await world(context);
    const values = { password: { $unknown: "password" }, logLevel: "debug" };
    const result = await run({ agent: { version: "1.0.4", values } }, { preview: true });
    assert.deepEqual(result.errors, []);
    assert.ok(hub.count("get", "secret") > 0, "the hub was not looked at");
    assert.match(result.infos.join("\n"), /^plan: register cluster-2 \(new\) · agent 1\.0\.4 · relay 127\.0\.0\.1:1$/m);
    assert.doesNotMatch(result.infos.join("\n"), /deferred/);
    const without = await run(
      { agent: { version: "1.0.4", values: { ...values, relay: { insecure: true } } } },
      { preview: true },
    );
    assert.match(without.errors.join("\n"), /^GMR008 The chart's values turn TLS off/);
  });

  test("that does not know other arguments says which, and that the checks are deferred", async (context) => {
    const { hub, remote, run } = await world(context);
    const args = {
      relay: { serverAddress: { $unknown: "address" } },
      token: { source: { name: { $unknown: "token" } } },
      checks: { ignore: ["GMR226", { $unknown: "code" }] },
    };
    const known = { preview: true };
    const one = await run({ relay: args.relay }, known);
    assert.deepEqual(one.errors, []);
    const text = "not known before the run that creates";
    assert.match(
      one.infos.join("\n"),
      new RegExp(`^checks deferred: relay\\.serverAddress is ${text} it; up runs the checks`),
    );
    const clusters = { management: hub.access, remote: { ...remote.access, unknown: true } };
    const registrations = { "cluster-2": { management: "management", remote: "remote", args } };
    const { infos } = await run({}, { ...known, clusters, registrations });
    const all = "the remote cluster's kubeconfig, relay.serverAddress, token.source.name and checks.ignore";
    const shown =
      "Pulumi shows what is registered through it as replaced; up replaces it only if it leads to another cluster";
    assert.deepEqual(infos, [
      `checks deferred: ${all} are ${text} them; up runs the checks before its first write. ${shown}`,
    ]);
  });

  test("of a new remote cluster leaves the remote alone and still declares everything", async (context) => {
    const { hub, remote, run } = await world(context);
    const result = await run(
      {},
      { preview: true, clusters: { management: hub.access, remote: { ...remote.access, unknown: true } } },
    );
    assert.deepEqual(result.errors, []);
    assert.deepEqual(remote.requests, []);
    assert.match(result.infos.join("\n"), /^checks deferred: the remote cluster's kubeconfig is not known/);
    assert.equal(result.resources.filter(({ parent }) => parent === "cluster-2").length, 7);
  });
});
