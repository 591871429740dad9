import { strict as assert } from "node:assert";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { exposeByNodePort } from "../sandbox/nodePorts";
import {
  createHelmOwnedCluster,
  generations,
  installRelayLoadBalancer,
  installTelemetryGateway,
  type RunningHub,
  readSecret,
  secretNames,
} from "../sandbox/relay";
import { Sandbox } from "../sandbox/sandbox";
import { Agents } from "./agents";
import { PlatformWorld } from "./platformWorld";

const namespace = "gloo-mesh";
const server = { name: "gloo-mesh-mgmt-server", namespace };
const connected = /connected to relay server/;
const ownedByHelm = {
  labels: { "app.kubernetes.io/managed-by": "Helm" },
  annotations: { "meta.helm.sh/release-name": "gloo-platform", "meta.helm.sh/release-namespace": namespace },
};

describe("management clusters of 2.x", { timeout: 300_000 }, () => {
  let sandbox: Sandbox;
  let hub: RunningHub;
  let agents: Agents;
  let core: k8s.CoreV1Api;
  before(async () => {
    sandbox = await Sandbox.start({
      remotes: ["remote-1"],
      backOff: { initialSeconds: 0.5, maximumSeconds: 2 },
      hub: { generation: "2.x", replicas: 2 },
      furtherHubs: { beside: { generation: "2.x", version: "2.13.0", sidecarAgent: "beside" } },
    });
    hub = sandbox.hubNamed("management");
    agents = new Agents(sandbox.remote("remote-1"), generations["2.x"]);
    core = sandbox.management.kubeConfig.makeApiClient(k8s.CoreV1Api);
  });
  after(() => sandbox?.stop());
  afterEach(() => agents.stop());

  async function connect(clusterName: string, address: string): Promise<void> {
    await agents.register(hub, sandbox.management, clusterName);
    await agents.provide(hub, clusterName);
    await agents.start(clusterName, address).log.until(connected);
  }

  test("two replicas listen each on a port of its own and count apart", async () => {
    const before = await hub.replicas("cluster-second");
    const addresses = Object.values(before).map(({ address }) => address);
    assert.deepEqual(
      Object.values(before).map((one) => one.connected),
      [undefined, undefined],
    );
    assert.equal(new Set(addresses).size, 2);
    assert.ok(addresses.includes(hub.address));
    const second = addresses.find((address) => address !== hub.address) ?? "";
    await connect("cluster-second", second);
    const counts = Object.values(await hub.replicas("cluster-second"));
    assert.deepEqual(
      counts.find(({ address }) => address === second),
      { address: second, connected: 1 },
    );
    assert.equal(counts.find(({ address }) => address === hub.address)?.connected, undefined);
    assert.equal(await hub.connectedAgents("cluster-second"), 1);
    await hub.scale(1);
    assert.deepEqual(Object.values(await hub.replicas("cluster-second")).length, 1);
    await hub.scale(2);
  });

  test("beside a ClusterIP a second Service leads to the server: pending, by ip, by host name", async () => {
    assert.equal((await core.readNamespacedService(server)).spec?.type, "ClusterIP");
    const { kubeConfig } = sandbox.management;
    const read = async (name: string) => {
      const { spec, status } = await core.readNamespacedService({ name, namespace });
      const [port, ...others] = spec?.ports ?? [];
      assert.equal(others.length, 0);
      const ingress = status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ip ?? hostname);
      return { type: spec?.type, selector: spec?.selector, name: port?.name, target: port?.targetPort, ingress };
    };
    const service = { type: "LoadBalancer", selector: { app: server.name }, name: "relay", target: 9900 };
    await installRelayLoadBalancer(kubeConfig, hub.facts, { address: { ip: "127.0.0.1" } });
    assert.deepEqual(await read("gloo-mesh-mgmt-server-relay-lb"), { ...service, ingress: ["127.0.0.1"] });
    await installRelayLoadBalancer(kubeConfig, hub.facts, { name: "by-name", address: { hostname: "localhost" } });
    assert.deepEqual(await read("by-name"), { ...service, ingress: ["localhost"] });
    await installRelayLoadBalancer(kubeConfig, hub.facts, { name: "pending" });
    assert.deepEqual(await read("pending"), { ...service, ingress: undefined });
    const { spec } = await core.readNamespacedService({ name: "by-name", namespace });
    await connect("cluster-balanced", `localhost:${spec?.ports?.[0]?.port}`);
  });

  test("node address and node port of the Service lead to the server", async () => {
    const { address, nodePort } = await exposeByNodePort(sandbox);
    const { spec } = await core.readNamespacedService(server);
    assert.equal(spec?.type, "NodePort");
    assert.deepEqual(
      spec?.ports?.map((port) => [port.name, port.name === "grpc" ? port.nodePort : port.port]),
      [
        ["grpc", nodePort],
        ["healthcheck", 8090],
      ],
    );
    await connect("cluster-node-port", address);
  });

  test("the telemetry gateway has the port otlp", async () => {
    await installTelemetryGateway(sandbox.management.kubeConfig, namespace, { ip: "127.0.0.1" });
    const { spec, status } = await core.readNamespacedService({ name: "gloo-telemetry-gateway", namespace });
    assert.deepEqual(
      spec?.ports?.map(({ name, port }) => ({ name, port })),
      [{ name: "otlp", port: 4317 }],
    );
    assert.equal(spec?.selector?.["component"], "standalone-collector");
    assert.equal(status?.loadBalancer?.ingress?.[0]?.ip, "127.0.0.1");
  });

  test("the server runs from images with a suffix, a registry port and a digest", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    for (const image of [
      "gcr.io/gloo-mesh/gloo-mesh-mgmt-server:2.14.0-fips",
      `registry.test:5000/mirror/gloo-mesh-mgmt-server:v2.14.1@${digest}`,
      `registry.test:5000/mirror/gloo-mesh-mgmt-server@${digest}`,
    ]) {
      await hub.setImage(image);
      const pods = await core.listNamespacedPod({ namespace, labelSelector: `app=${server.name}` });
      assert.deepEqual(
        pods.items.map(({ spec }) => spec?.containers[0]?.image),
        [image, image],
      );
    }
    assert.equal(hub.facts.version, "2.14.1", "a digest alone says nothing about the version");
  });

  test("a KubernetesCluster can belong to the Helm release of the management plane", async () => {
    await createHelmOwnedCluster(sandbox.management.kubeConfig, namespace, "cluster-helm");
    const { metadata } = await PlatformWorld.of(sandbox, "remote-1").clusters.read("cluster-helm");
    const { labels, annotations } = metadata ?? {};
    assert.deepEqual({ labels, annotations }, ownedByHelm);
  });

  test("the management cluster's own agent is a container of the server's pod, and has no Deployment", async () => {
    const { kubeConfig } = sandbox.cluster("beside");
    const pods = kubeConfig.makeApiClient(k8s.CoreV1Api);
    const [pod, ...others] = (await pods.listNamespacedPod({ namespace, labelSelector: `app=${server.name}` })).items;
    assert.equal(others.length, 0);
    assert.deepEqual(pod?.status?.containerStatuses?.map(({ name, ready, image }) => [name, ready, image]).sort(), [
      ["gloo-mesh-agent", true, "gcr.io/gloo-mesh/gloo-mesh-agent:2.13.0"],
      ["gloo-mesh-mgmt-server", true, "gcr.io/gloo-mesh/gloo-mesh-mgmt-server:2.13.0"],
    ]);
    const deployments = await kubeConfig.makeApiClient(k8s.AppsV1Api).listNamespacedDeployment({ namespace });
    assert.deepEqual(
      deployments.items.map(({ metadata }) => metadata?.name),
      [server.name],
    );
    assert.equal(await sandbox.hubNamed("beside").connectedAgents("beside"), 1);
    assert.ok(await readSecret(kubeConfig, { name: secretNames.client, namespace }));
    const { metadata } = await PlatformWorld.of(sandbox, "remote-1", "beside").clusters.read("beside");
    assert.deepEqual({ labels: metadata?.labels, annotations: metadata?.annotations }, ownedByHelm);
  });

  test("a release on the management cluster itself brings an agent that registers it", async () => {
    const { management } = sandbox;
    const world = new PlatformWorld(sandbox, management, hub, management);
    await createHelmOwnedCluster(management.kubeConfig, namespace, "cluster-hub");
    await world.installAgent("cluster-hub", { "glooMgmtServer.registerCluster": "true" });
    await world.agentAvailable();
    assert.equal(await hub.connectedAgents("cluster-hub"), 1);
    await world.helm("uninstall", "gloo-platform", "--wait", "--cascade", "foreground");
    assert.ok(await world.clusters.read("cluster-hub"), "the KubernetesCluster is no part of this release");
  });

  test("with the analyzer the agent's pod has two containers, from one registry and with one tag", async () => {
    const world = PlatformWorld.of(sandbox, "remote-1");
    await world.clusters.create("cluster-analyzed");
    await world.provide();
    await world.installAgent(
      "cluster-analyzed",
      {
        "glooAnalyzer.enabled": "true",
        "common.imageRegistry": "registry.test:5000/mirror",
        "common.imageTag": "2.14.0-nightly",
      },
      "2.14.1",
    );
    await world.agentAvailable();
    const { items } = await world.core.listNamespacedPod({ namespace, labelSelector: "app=gloo-mesh-agent" });
    assert.deepEqual(
      items.map(({ status }) =>
        status?.containerStatuses?.map(({ name, ready, image }) => [name, ready, image]).sort(),
      ),
      [
        [
          ["gloo-mesh-agent", true, "registry.test:5000/mirror/gloo-mesh-agent:2.14.0-nightly"],
          ["gloo-mesh-analyzer", true, "registry.test:5000/mirror/gloo-mesh-analyzer:2.14.0-nightly"],
        ],
      ],
    );
    await world.removeAgent();
    for (const deadline = performance.now() + 30_000; ; await delay(50)) {
      const count = await hub.connectedAgents("cluster-analyzed");
      if (count === 0 || performance.now() > deadline) {
        assert.equal(count, 0);
        break;
      }
    }
  });
});
