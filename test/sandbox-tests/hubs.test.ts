import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { installIngressGateway } from "../sandbox/ingressGateway";
import {
  createClientAuthority,
  issueOwnCertificate,
  type RunningHub,
  readSecret,
  secretNames,
  setLoadBalancer,
  writeTlsSecret,
} from "../sandbox/relay";
import { Sandbox } from "../sandbox/sandbox";
import { Agents } from "./agents";

const connected = /connected to relay server/;
const relay = { name: "enterprise-networking", namespace: "gloo-mesh" };
const unknownAuthority = /x509: certificate signed by unknown authority/;

describe("hubs of a sandbox", { timeout: 300_000 }, () => {
  let sandbox: Sandbox;
  let hub: RunningHub;
  let agents: Agents;
  let core: k8s.CoreV1Api;
  before(async () => {
    sandbox = await Sandbox.start({
      remotes: ["remote-1"],
      backOff: { initialSeconds: 0.5, maximumSeconds: 2 },
      hub: { image: "registry.test:5000/mirror/enterprise-networking:v1.0.13", loadBalancer: { ip: "127.0.0.1" } },
      furtherHubs: { "management-2": { version: "1.1.1", insecure: true } },
      images: (image) =>
        image === "idle:1" ? () => ({ run: ({ signal }) => once(signal, "abort").then(() => 0) }) : undefined,
    });
    hub = sandbox.hubNamed("management");
    agents = new Agents(sandbox.remote("remote-1"));
    core = sandbox.management.kubeConfig.makeApiClient(k8s.CoreV1Api);
  });
  after(() => sandbox?.stop());
  afterEach(() => agents.stop());

  const register = (name: string) => agents.register(hub, sandbox.management, name);

  test("the load balancer's address and the port grpc lead to the relay server, and the gauge follows the agent", async () => {
    const service = await core.readNamespacedService(relay);
    assert.equal(service.spec?.type, "LoadBalancer");
    assert.deepEqual(
      service.status?.loadBalancer?.ingress?.map(({ ip }) => ip),
      ["127.0.0.1"],
    );
    const port = service.spec?.ports?.find(({ name }) => name === "grpc")?.port;
    await register("by-balancer");
    await agents.provide(hub, "by-balancer");
    const agent = agents.start("by-balancer", `127.0.0.1:${port}`);
    assert.match(await agent.log.until(connected), /"serverVersion":"1\.0\.13"/);
    assert.equal(await hub.connectedAgents("by-balancer"), 1);
    assert.equal(await hub.connectedAgents("never-seen"), undefined);
    await agent.stop();
    await becomes(() => hub.connectedAgents("by-balancer"), 0);
  });

  test("a load balancer can tell a host name, or nothing yet", async () => {
    const ingress = async () => (await core.readNamespacedService(relay)).status?.loadBalancer?.ingress;
    await hub.setLoadBalancer({ hostname: "localhost" });
    assert.deepEqual(
      (await ingress())?.map(({ hostname, ip }) => ({ hostname, ip })),
      [{ hostname: "localhost", ip: undefined }],
    );
    await setLoadBalancer(sandbox.management.kubeConfig, undefined);
    assert.equal(await ingress(), undefined);
  });

  test("the relay server runs from an image that is pinned by its digest", async () => {
    const pinned = `gcr.io/gloo-mesh/enterprise-networking@sha256:${"a".repeat(64)}`;
    await hub.setImage(pinned);
    const pods = await core.listNamespacedPod({ namespace: relay.namespace, labelSelector: `app=${relay.name}` });
    assert.deepEqual(
      pods.items.map(({ spec }) => spec?.containers[0]?.image),
      [pinned],
    );
    await hub.setImage("gcr.io/gloo-mesh/enterprise-networking:1.2.0");
    assert.equal(hub.facts.version, "1.2.0");
  });

  test("node address and node port of the ingress gateway lead to the relay server until its listener ends", async () => {
    const gateway = await installIngressGateway(sandbox);
    const service = await core.readNamespacedService({ name: "istio-ingressgateway", namespace: "istio-system" });
    const nodePort = service.spec?.ports?.find(({ name }) => name === "https")?.nodePort;
    const [node] = (await core.listNode()).items;
    const address = node?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
    assert.equal(`${address}:${nodePort}`, gateway.address);
    await register("by-gateway");
    await agents.provide(hub, "by-gateway");
    const agent = agents.start("by-gateway", gateway.address);
    await agent.log.until(connected);
    await gateway.stop();
    await assert.rejects(once(connect(gateway.nodePort, "127.0.0.1"), "connect"), /ECONNREFUSED/);
  });

  test("a second, insecure hub has a cluster of its own, needs no Secrets and counts agents by the name they claim", async () => {
    const second = sandbox.hubNamed("management-2");
    const cluster = sandbox.cluster("management-2");
    assert.deepEqual([...sandbox.remotes.keys()], ["remote-1"]);
    assert.notEqual(second.address, hub.address);
    assert.equal(await readSecret(cluster.kubeConfig, { name: secretNames.root, namespace: "gloo-mesh" }), undefined);
    await agents.register(second, cluster, "in-plain-text");
    const agent = agents.start("in-plain-text", second.address, { "relay-insecure": "true" });
    await agent.log.until(connected);
    assert.equal(await second.connectedAgents("in-plain-text"), 1);
    assert.equal(await hub.connectedAgents("in-plain-text"), undefined);
  });

  test("after a replacement of the root an agent that trusts the old one alone is cut off", async () => {
    await register("old-root");
    await agents.provide(hub, "old-root");
    const before = hub.facts.rootCaFingerprint;
    const agent = agents.start("old-root", hub.address);
    await agent.log.until(connected);
    await hub.replaceRoot();
    assert.notEqual(hub.facts.rootCaFingerprint, before);
    assert.equal(await agent.exit, 1);
    assert.match(agent.log.text, unknownAuthority);

    await register("new-root");
    await agents.provide(hub, "new-root");
    await agents.start("new-root", hub.address).log.until(connected);
  });

  test("a staged replacement of the root spares agents that have bootstrapped anew at each step, and no others", async () => {
    await register("early");
    await agents.provide(hub, "early");
    const early = agents.start("early", hub.address);
    await early.log.until(connected);
    const { rootCaPem: oldRoot } = hub.facts;
    await hub.stageRoot();
    assert.ok(hub.facts.rootCaPem.startsWith(oldRoot) && hub.facts.rootCaPem.length > oldRoot.length);
    await becomes(() => hub.connectedAgents("early"), 1);

    await register("during");
    await agents.provide(hub, "during");
    const during = agents.start("during", hub.address);
    await during.log.until(connected);
    await hub.switchToStagedRoot();
    await becomes(() => hub.connectedAgents("during"), 1);
    assert.equal(await early.exit, 1, "its certificate's ca.crt is the old root alone");
    assert.match(early.log.text, unknownAuthority);
    await agents.forget("early");
    await agents.provide(hub, "early");
    const anew = agents.start("early", hub.address);
    await anew.log.until(connected);

    await hub.dropOldRoot();
    assert.ok(!hub.facts.rootCaPem.includes(oldRoot));
    assert.equal(await during.exit, 1, "its certificate was signed under the old root");
    assert.match(
      during.log.text,
      /remote error: tls: unknown certificate authority|failed to write client preface: .*reset by peer/,
    );
    await becomes(() => hub.connectedAgents("early"), 1);
  });

  test("a replaced token is the only one that counts", async () => {
    const former = hub.facts.token();
    await hub.replaceToken();
    await register("token");
    await agents.provide(hub, "token", { token: former });
    const refused = agents.start("token", hub.address);
    assert.equal(await refused.exit, 1);
    assert.match(refused.log.text, /code = Unauthenticated/);
    await agents.provide(hub, "token");
    await agents.start("token", hub.address).log.until(connected);
  });

  test("client certificates of a further authority count once the hub trusts it, whatever their common name", async () => {
    await register("own");
    const authority = await createClientAuthority();
    const options = { clusterName: "own", commonName: "relay-agents", serverRootPem: hub.facts.rootCaPem };
    const data = await issueOwnCertificate(authority, options);
    await writeTlsSecret(sandbox.remote("remote-1").kubeConfig, { name: "issued", namespace: "certificates" }, data);
    const flags = { "relay-client-cert-secret-name": "issued", "relay-client-cert-secret-namespace": "certificates" };
    const refused = agents.start("own", hub.address, flags);
    assert.equal(await refused.exit, 1);
    assert.match(refused.log.text, /code = Unauthenticated desc = no valid client certificate was presented/);
    await hub.trustClients(authority);
    await agents.start("own", hub.address, flags).log.until(connected);
    assert.equal(await hub.connectedAgents("own"), 1);
  });

  test("a relay server that is stopped refuses connections, and serves again when it is started", async () => {
    await hub.stop();
    await assert.rejects(once(connect(Number(hub.address.split(":")[1]), "127.0.0.1"), "connect"), /ECONNREFUSED/);
    await hub.start();
    await register("again");
    await agents.provide(hub, "again");
    await agents.start("again", hub.address).log.until(connected);
  });

  test("pods run on while their API server is away, and new ones start when it is back", async () => {
    const { kubeConfig, plane } = sandbox.remote("remote-1");
    const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
    const labels = { app: "idle" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "idle", image: "idle:1" }] } };
    const deployment = { name: "idle", namespace: "default" };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const available = async () => (await apps.readNamespacedDeployment(deployment)).status?.availableReplicas;
    await apps.createNamespacedDeployment({ namespace: "default", body: { metadata: deployment, spec } });
    await becomes(available, 1);
    await plane.stop();
    await assert.rejects(plane.get("/readyz"), /ECONNREFUSED/);
    await plane.restart();
    await apps.patchNamespacedDeployment(
      { ...deployment, body: { spec: { replicas: 2 } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
    await becomes(available, 2);
    const pods = await kubeConfig
      .makeApiClient(k8s.CoreV1Api)
      .listNamespacedPod({ namespace: "default", labelSelector: "app=idle" });
    assert.deepEqual(
      pods.items.map(({ status }) => status?.containerStatuses?.[0]?.restartCount),
      [0, 0],
    );
  });
});

/** Resolves when it reads this value. @throws after 30 s, with what it read last. */
async function becomes<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const value = await read();
    if (value === expected) return;
    if (performance.now() > deadline) assert.equal(value, expected);
    await delay(50);
  }
}
