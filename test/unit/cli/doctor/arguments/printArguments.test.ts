import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import type { Terminal } from "../../../../../cli/command";
import { main } from "../../../../../cli/main";
import { secret } from "../../../../support/fakeKubeApi";
import {
  annotation,
  type Clusters,
  clusters,
  kubernetesCluster,
  mark,
  namespace,
  register,
  rootSecret,
  tokenSecret,
} from "../../../../support/registeredClusters";
import { agentDeployment, helmRevision, revisionName } from "../../../../support/remoteObjects";

const relay = {
  cluster: "cluster-2",
  serverAddress: "127.0.0.1:1",
  authority: "enterprise-networking.gloo-mesh",
  clientCertSecret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" },
  rootTlsSecret: { name: "relay-root-tls-secret", namespace: "gloo-mesh" },
  tokenSecret: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
};
const clustersKey = "gloo-mesh-relay-registration:clusters";

/** The document that `--print-arguments` prints in JSON. */
interface Printed {
  readonly typescript?: string;
  readonly stack?: string;
  readonly registrations: readonly {
    readonly clusterName: string;
    readonly arguments: object;
    readonly secrets: readonly string[];
    readonly notes: readonly string[];
  }[];
  readonly unprinted: readonly { readonly clusterName: string; readonly why: string }[];
}

describe("doctor --print-arguments", () => {
  test("takes a registration over as meshctl left it, with what the agent's chart has got", async (context) => {
    const world = await clusters(context);
    await register(world, { by: "meshctl", values: { relay, global: { insecure: false } } });
    const { code, document } = await print(world);
    assert.equal(code, 0, JSON.stringify(document));
    const [printed] = document.registrations;
    assert.equal(printed?.clusterName, "cluster-2");
    assert.deepEqual(printed?.arguments, {
      takeOver: true,
      relay: { serverAddress: "127.0.0.1:1" },
      agent: { version: "1.0.4", values: { image: "x", global: { insecure: false } } },
    });
    assert.deepEqual(printed?.notes, ["the agent's chart gets the values that it has: no restart"]);
    const { config } = parse(document.stack ?? "") as { config: Record<string, unknown> };
    const remote = { context: "remote", kubeconfig: world.remote.kubeconfig };
    assert.deepEqual(config[clustersKey], { "cluster-2": { remote, ...printed?.arguments } });
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("leaves out what the management cluster gives by itself", async (context) => {
    const world = await clusters(context);
    await register(world, { by: "meshctl", values: { relay } });
    world.hub.store.put(`${namespace}/services/enterprise-networking`, {
      spec: { type: "LoadBalancer", ports: [{ name: "grpc", port: 1 }] },
      status: { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } },
    });
    const containers = [{ name: "enterprise-networking", image: "gcr.io/gloo-mesh/enterprise-networking:1.0.4" }];
    world.hub.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-networking", {
      ...agentDeployment(true),
      spec: { replicas: 1, template: { spec: { containers } } },
    });
    const [printed] = (await print(world)).document.registrations;
    assert.deepEqual(printed?.arguments, { takeOver: true, agent: { values: { image: "x" } } });
  });

  test("finds a release under any name, in another namespace, with Secrets of its own", async (context) => {
    const world = await clusters(context);
    const own = {
      ...relay,
      rootTlsSecret: { name: "mesh-root", namespace: "mesh" },
      tokenSecret: { name: "mesh-token", namespace: "mesh", key: "value" },
      clientCertSecret: { name: "mesh-client", namespace: "agents" },
    };
    await register(world, { by: "meshctl", copies: false, client: null });
    moveAgent(world, own);
    const { code, document } = await print(world);
    assert.equal(code, 0, JSON.stringify(document));
    assert.deepEqual(document.registrations[0]?.arguments, {
      takeOver: true,
      namespace: { name: "mesh" },
      relay: { serverAddress: "127.0.0.1:1" },
      agent: { version: "1.0.4", releaseName: "our-agent", values: { image: "x", relay: { maxGrpcMessageSize: "5" } } },
      rootCertificate: { secret: { name: "mesh-root" } },
      token: { secret: { name: "mesh-token", key: "value" } },
      clientCertificate: { secret: { name: "mesh-client", namespace: "agents" } },
    });
  });

  test("keeps a token beside a connected agent, and takes what External Secrets writes as provided", async (context) => {
    const world = await clusters(context);
    await register(world, { by: "meshctl", values: { relay } });
    world.remote.store.put(tokenSecret, secret({ token: "the-token-of-the-hub-0123456789" }));
    const argumentsNow = async () => {
      const [printed] = (await print(world)).document.registrations;
      return { identity: undefined, rootCertificate: undefined, ...printed?.arguments };
    };
    const identityOf = async () => (await argumentsNow()).identity;
    assert.equal(await identityOf(), "retained-token");
    world.hub.intervene = () => undefined;
    world.remote.store.remove(`${namespace}/secrets/relay-client-tls-secret`);
    assert.equal(await identityOf(), undefined);
    const labels = { "reconcile.external-secrets.io/created-by": "x" };
    world.remote.store.put(tokenSecret, { ...secret({ token: "x" }), metadata: { labels } });
    world.remote.store.put(rootSecret, { ...secret({ "ca.crt": "x" }), metadata: { labels } });
    const { identity, rootCertificate } = await argumentsNow();
    assert.deepEqual([identity, rootCertificate], ["provided-token", { provided: true }]);
  });

  test("never prints a secret of the values, in no form", async (context) => {
    const world = await clusters(context);
    const values = { relay, enterpriseAgent: { env: [{ name: "PROXY_PASSWORD", value: "hunter2hunter2" }] } };
    await register(world, { by: "meshctl", values });
    const { document, text } = await print(world);
    assert.deepEqual(document.registrations[0]?.secrets, ["agent.values.enterpriseAgent.env.0.value"]);
    assert.match(text, /requireSecret/);
    assert.doesNotMatch(text, /hunter2/);
    const table = await print(world, "--output", "table");
    assert.match(table.text, /config\.requireSecret/);
    assert.doesNotMatch(table.text, /hunter2/);
  });

  test("takes the registration of another stack over by its mark, and says what must come first", async (context) => {
    const world = await clusters(context);
    await register(world);
    const [printed] = (await print(world)).document.registrations;
    const { takeOver } = { takeOver: undefined, ...printed?.arguments };
    assert.equal(takeOver, mark);
    assert.equal(printed?.notes[0], `belongs to the registration ${mark}: first take it out of the state of its stack`);
  });

  test("prints every cluster of the management cluster with --all, and says which it cannot reach", async (context) => {
    const world = await clusters(context);
    await register(world, { by: "meshctl", values: { relay } });
    const identity = { [annotation]: mark, "gloo-mesh-relay-registration/cluster-identity": world.remote.identity };
    world.hub.store.put(kubernetesCluster, { metadata: { annotations: identity } });
    world.hub.store.put(kubernetesCluster.replace("cluster-2", "cluster-9"), { metadata: {} });
    const { code, document } = await print(world, "--all");
    assert.equal(code, 1);
    assert.deepEqual(
      document.registrations.map(({ clusterName }) => clusterName),
      ["cluster-2"],
    );
    assert.deepEqual(document.unprinted, [
      { clusterName: "cluster-9", why: "no context of the kubeconfig leads to it" },
    ]);
  });

  test("ends with 1 for a cluster without an agent of Helm, and with 2 for a form that it does not know", async (context) => {
    const world = await clusters(context);
    const { code, document } = await print(world);
    assert.deepEqual([code, document.registrations, document.typescript], [1, [], undefined]);
    assert.match(document.unprinted[0]?.why ?? "", /has no Helm release of an agent$/);
    assert.equal((await run(world, "--print-arguments=json")).code, 2);
    assert.equal((await run(world, "--print-arguments", "--wait", "5")).code, 2);
  });

  test("prints one form alone", async (context) => {
    const world = await clusters(context);
    await register(world, { by: "meshctl" });
    const typescript = await run(world, "--print-arguments=typescript");
    assert.match(typescript.text, /^\/\/ Helm does not record [^\n]*\nimport /);
    assert.doesNotMatch(typescript.text, /^config:/m);
    const stack = await run(world, "--print-arguments=stack", "--chart-repository", "https://charts.example");
    assert.match(stack.text, /^config:/);
    assert.match(stack.text, /repository: "https:\/\/charts\.example"/);
  });
});

/** Another tool's release of the agent, in the namespace mesh. */
function moveAgent({ remote }: Clusters, own: object): void {
  remote.store.remove(`${namespace}/secrets/${revisionName(1)}`);
  remote.store.remove("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent");
  const annotations = { "meta.helm.sh/release-name": "our-agent", "meta.helm.sh/release-namespace": "mesh" };
  remote.store.put("/api/v1/namespaces/mesh", { kind: "Namespace" });
  const metadata = { name: "enterprise-agent", namespace: "mesh", labels: { app: "enterprise-agent" }, annotations };
  remote.intervene = ({ path }) =>
    path === "/apis/apps/v1/deployments"
      ? { status: 200, body: { kind: "PartialObjectMetadataList", metadata: {}, items: [{ metadata }] } }
      : undefined;
  const revision = helmRevision({
    name: "our-agent",
    status: "deployed",
    values: { relay: { ...own, maxGrpcMessageSize: "5" } },
    chartVersion: "1.0.4",
    chartName: "enterprise-agent",
  });
  remote.store.put(`/api/v1/namespaces/mesh/secrets/${revisionName(1, "our-agent")}`, revision);
}

async function print(world: Clusters, ...more: string[]): Promise<{ code: number; document: Printed; text: string }> {
  const { code, text } = await run(world, "--print-arguments", "--output", "json", ...more);
  const isJson = text.startsWith("{");
  return { code, document: isJson ? (JSON.parse(text) as Printed) : { registrations: [], unprinted: [] }, text };
}

async function run({ hub, remote }: Clusters, ...more: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const add = (text: string) => void lines.push(text);
  const terminal: Terminal = { out: add, styled: add, err: add, columns: undefined };
  const contexts = [
    ...["--management-context", "hub", "--management-kubeconfig", hub.kubeconfig],
    ...(more.includes("--all") ? [] : ["--remote-context", "remote"]),
    ...["--remote-kubeconfig", remote.kubeconfig],
  ];
  return { code: await main(["doctor", ...contexts, ...more], terminal), text: lines.join("\n") };
}
