import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { becomes } from "../e2e/support/agents";
import {
  generations,
  installSharedDefinitions,
  kubernetesClusters,
  readSecret,
  relayMetrics,
  secretNames,
} from "../sandbox/relay";
import { Sandbox } from "../sandbox/sandbox";
import { PlatformWorld } from "./platformWorld";

const namespace = "gloo-mesh";
const server = { name: "gloo-mesh-mgmt-server", namespace };

describe("a sandbox of 2.x", { timeout: 300_000 }, () => {
  let sandbox: Sandbox;
  let world: PlatformWorld;
  before(async () => {
    sandbox = await Sandbox.start({
      remotes: ["remote-1"],
      backOff: { initialSeconds: 0.5, maximumSeconds: 2 },
      hub: { generation: "2.x" },
    });
    world = PlatformWorld.of(sandbox, "remote-1");
  });
  after(() => sandbox?.stop());
  afterEach(() => world.removeAgent());

  test("the management cluster has the objects of 2.x, and none of 1.x", async () => {
    const { kubeConfig } = sandbox.management;
    const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
    const service = await core.readNamespacedService(server);
    assert.deepEqual(
      service.spec?.ports?.map(({ name, targetPort }) => ({ name, targetPort })),
      [
        { name: "grpc", targetPort: 9900 },
        { name: "healthcheck", targetPort: 8090 },
      ],
    );
    const deployment = await kubeConfig.makeApiClient(k8s.AppsV1Api).readNamespacedDeployment(server);
    const [container] = deployment.spec?.template.spec?.containers ?? [];
    assert.equal(container?.name, server.name);
    assert.equal(container?.image, "gcr.io/gloo-mesh/gloo-mesh-mgmt-server:2.14.0");
    const definitions = await kubeConfig.makeApiClient(k8s.ApiextensionsV1Api).listCustomResourceDefinition();
    assert.deepEqual(
      definitions.items.map(({ metadata }) => [metadata?.name, metadata?.annotations?.["crd.solo.io/version"]]),
      [["kubernetesclusters.admin.gloo.solo.io", "2.14.0"]],
    );
    assert.deepEqual(
      (await core.listNamespacedSecret({ namespace })).items.map(({ metadata }) => metadata?.name).sort(),
      [
        secretNames.forwardingToken,
        secretNames.identityToken,
        secretNames.root,
        secretNames.server,
        secretNames.signing,
      ],
    );
    const leaf = (await readSecret(kubeConfig, { name: secretNames.server, namespace }))?.get("tls.crt") ?? "";
    assert.equal(new X509Certificate(leaf).subjectAltName, "DNS:*.gloo-mesh");
  });

  test("a registered cluster gets a client certificate, connects, and shows in the metrics of the pod alone", async () => {
    await world.clusters.create("cluster-ok");
    await world.provide();
    await world.installDefinitions("2.14.0");
    await world.installAgent("cluster-ok");
    await world.agentAvailable();
    const data = await readSecret(sandbox.remote("remote-1").kubeConfig, { name: secretNames.client, namespace });
    assert.deepEqual([...(data?.keys() ?? [])].sort(), ["ca.crt", "tls.crt", "tls.key"]);
    assert.equal(new X509Certificate(data?.get("tls.crt") ?? "").subjectAltName, "DNS:cluster-ok");

    const { kubeConfig } = sandbox.management;
    const [[pod, metrics] = ["", ""], ...others] = Object.entries(await relayMetrics(kubeConfig, sandbox.hub));
    assert.equal(others.length, 0);
    assert.match(pod, /^gloo-mesh-mgmt-server-/);
    for (const gauge of ["relay_push_clients_connected", "relay_pull_clients_connected", "relay_push_clients_warmed"]) {
      assert.match(metrics, new RegExp(`^${gauge}\\{cluster="cluster-ok"\\} 1$`, "m"));
    }
    assert.equal(await world.hub.connectedAgents("cluster-ok"), 1);
    assert.equal(await world.hub.connectedAgents("cluster-unseen"), undefined);
    const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
    await assert.rejects(
      core.connectGetNamespacedServiceProxyWithPath({ name: `${server.name}:9091`, namespace, path: "metrics" }),
      /no endpoints available|no service port 9091 found|503/,
    );
    const log = await core.readNamespacedPodLog({ name: pod, namespace });
    assert.match(log, /client cluster cluster-ok warmed/);

    const { metadata, status } = await world.clusters.read("cluster-ok");
    assert.deepEqual(status, {
      common: { State: { approval: "ACCEPTED", observedGeneration: metadata?.generation } },
    });
  });

  test("without its KubernetesCluster the agent crash-loops, is not ready, and recovers once it exists", async () => {
    await world.provide();
    await world.installAgent("cluster-late");
    await world.kubectl(
      "wait",
      "pod",
      "--selector=app=gloo-mesh-agent",
      "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff",
      "--timeout=30s",
    );
    // A container that has just started again has said nothing yet.
    const isSaid = async () =>
      (await world.kubectl("logs", "deployment/gloo-mesh-agent")).includes("cluster cluster-late is not registered");
    await becomes(isSaid, true);
    await world.clusters.create("cluster-late");
    await world.agentAvailable();
    assert.equal(await world.hub.connectedAgents("cluster-late"), 1);
  });

  test("the release of the CRDs takes every custom resource along", async () => {
    await world.provide();
    await world.installDefinitions("2.14.0");
    const remote = sandbox.remote("remote-1").kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
    const versions = async () =>
      (await remote.listCustomResourceDefinition()).items
        .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
        .map(({ metadata }) => [metadata?.name, metadata?.annotations?.["crd.solo.io/version"]]);
    const all = [
      "authconfigs.extauth.solo.io",
      "certificaterequests.internal.gloo.solo.io",
      "issuedcertificates.internal.gloo.solo.io",
      "kubernetesclusters.admin.gloo.solo.io",
      "ratelimitconfigs.ratelimit.solo.io",
      "roottrustpolicies.admin.gloo.solo.io",
      "virtualdestinations.networking.gloo.solo.io",
      "workspaces.admin.gloo.solo.io",
      "workspacesettings.admin.gloo.solo.io",
    ];
    assert.deepEqual(
      await versions(),
      all.map((name) => [name, "2.14.0"]),
    );
    await world.installDefinitions("2.14.1", { installEnterpriseCrds: "false" });
    const common = all.filter((name) => !/^(authconfigs|ratelimitconfigs)/.test(name));
    assert.deepEqual(
      await versions(),
      common.map((name) => [name, "2.14.1"]),
    );
    const { kubernetesCluster } = generations["2.x"];
    const clusters = kubernetesClusters(sandbox.remote("remote-1").kubeConfig, namespace, kubernetesCluster);
    await clusters.create("left-alone");
    await world.helm("uninstall", "gloo-platform-crds", "--wait");
    assert.deepEqual(await versions(), []);
    await assert.rejects(clusters.read("left-alone"), { code: 404 });
  });

  test("CRDs of a gateway's release are refused by Helm, unless they are left out", async () => {
    const { kubeConfig } = sandbox.remote("remote-1");
    await installSharedDefinitions(kubeConfig);
    await world.provide();
    await assert.rejects(
      world.installDefinitions("2.14.0"),
      /authconfigs\.extauth\.solo\.io.*must equal "gloo-platform-crds": current value is "enterprise-agentgateway-crds"/s,
    );
    await world.installDefinitions("2.14.0", { installEnterpriseCrds: "false" });
    const api = kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
    const { metadata } = await api.readCustomResourceDefinition({ name: "authconfigs.extauth.solo.io" });
    assert.equal(metadata?.annotations?.["meta.helm.sh/release-name"], "enterprise-agentgateway-crds");
  });

  test("its Go program knows the names of its generation", () => {
    const {
      server: name,
      kubernetesCluster: { group, version },
      program,
    } = generations["2.x"];
    assert.deepEqual([program["server"], program["clusters"]], [name, `${group}/${version}`]);
  });
});
