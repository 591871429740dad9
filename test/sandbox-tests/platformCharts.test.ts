import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type * as k8s from "@kubernetes/client-node";
import { parse, parseAllDocuments } from "yaml";
import { type ChartRepository, platformCharts, platformVersions, startChartRepository } from "../sandbox/charts";
import { adminDefinition } from "../sandbox/relay/definitions";
import { ensureTools } from "../toolchain";

const agent = {
  "glooAgent.enabled": "true",
  "common.cluster": "cluster-2",
  "glooAgent.relay.serverAddress": "127.0.0.1:1",
};

describe("charts of 2.x", { timeout: 120_000 }, () => {
  let folder: string;
  let helm: string;
  let charts: ChartRepository;
  before(async () => {
    helm = (await ensureTools()).helm.path;
    folder = await mkdtemp(join(tmpdir(), "gmr-charts-"));
    charts = await startChartRepository({ folder: join(folder, "served"), helm });
  });
  after(async () => {
    await charts?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("the index offers both in every version", async () => {
    const index: { entries: Record<string, { version: string }[]> } = parse(
      await (await fetch(new URL("index.yaml", charts.url))).text(),
    );
    for (const chart of Object.values(platformCharts)) {
      const versions = index.entries[chart]?.map(({ version }) => version) ?? [];
      assert.deepEqual([...versions].sort(), [...platformVersions].sort());
    }
  });

  test("a release without a switch renders nothing", async () => {
    assert.deepEqual(await render({}), []);
    assert.deepEqual(await render({ ...agent, "glooAgent.enabled": "false" }), []);
    assert.deepEqual(await render({ ...agent, "glooAgent.runAsSidecar": "true" }), []);
  });

  test("the agent has the documented names, image, ports and arguments", async () => {
    const objects = await render(agent);
    assert.deepEqual(objects.map(({ kind, metadata }) => `${kind}/${metadata?.name}`).sort(), [
      "ClusterRole/gloo-mesh-agent-mesh",
      "ClusterRoleBinding/gloo-mesh-agent-mesh",
      "Deployment/gloo-mesh-agent",
      "Service/gloo-mesh-agent",
      "ServiceAccount/gloo-mesh-agent",
    ]);
    const [container, ...others] = containersOf(objects);
    assert.equal(others.length, 0);
    assert.equal(container?.name, "gloo-mesh-agent");
    assert.equal(container?.image, "gcr.io/gloo-mesh/gloo-mesh-agent:2.14.0");
    assert.deepEqual(
      container?.ports?.map(({ name, containerPort }) => [name, containerPort]),
      [
        ["grpc", 9977],
        ["http", 9988],
        ["stats", 9091],
      ],
    );
    assert.deepEqual(container?.args, [
      "--metrics-port=9091",
      "--http-port=9988",
      "--grpc-port=9977",
      "--verbose=false",
      "--leader-election=true",
      "--relay-address=127.0.0.1:1",
      "--relay-insecure=false",
      "--relay-authority=gloo-mesh-mgmt-server.gloo-mesh",
      "--cluster=cluster-2",
      "--max-grpc-message-size=4294967295",
      "--relay-client-cert-secret-name=relay-client-tls-secret",
      "--relay-client-cert-secret-namespace=",
      "--relay-identity-token-secret-name=relay-identity-token-secret",
      "--relay-identity-token-secret-namespace=",
      "--relay-identity-token-secret-key=token",
      "--relay-root-cert-secret-name=relay-root-tls-secret",
      "--relay-root-cert-secret-namespace=",
    ]);
  });

  test("misspelt and earlier values are ignored in silence", async () => {
    const ignored = {
      "relay.cluster": "a",
      cluster: "b",
      "glooAgent.relay.clientTlsSecretName": "c",
      "glooAgent.relay.rootTlsSecretName": "d",
      "glooAgent.authority": "e",
      "relay.clientCertSecret.name": "f",
      "global.insecure": "true",
    };
    assert.deepEqual(await render({ ...agent, ...ignored }), await render(agent));
  });

  test("three nulls leave the token out, a ratio and the switch of plain text come through", async () => {
    const token = "glooAgent.relay.tokenSecret";
    const args = containersOf(
      await render({
        ...agent,
        ...{ [`${token}.name`]: "null", [`${token}.namespace`]: "null", [`${token}.key`]: "null" },
        "glooAgent.relay.clientTlsSecretRotationGracePeriodRatio": "0.25",
        "common.insecure": "true",
      }),
    )[0]?.args;
    assert.deepEqual(
      args?.filter((argument) => /identity-token|ratio|insecure/.test(argument)),
      ["--relay-insecure=true", "--relay-client-cert-rotation-grace-period-ratio=0.25"],
    );
  });

  test("additional variables are a map of values and references", async () => {
    const reference = "glooAgent.extraEnvs.RELAY_TOKEN.valueFrom.secretKeyRef";
    const [container] = containersOf(
      await render({
        ...agent,
        ...{ [`${reference}.name`]: "relay-token", [`${reference}.key`]: "token" },
        "glooAgent.extraEnvs.LEVEL.value": "debug",
      }),
    );
    assert.deepEqual(container?.env, [
      { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "LEVEL", value: "debug" },
      { name: "RELAY_TOKEN", valueFrom: { secretKeyRef: { name: "relay-token", key: "token" } } },
    ]);
  });

  test("overrides are merged, and pull secrets come from both places", async () => {
    const objects = await render({
      ...agent,
      "glooAgent.deploymentOverrides.spec.replicas": "2",
      "glooAgent.serviceOverrides.metadata.labels.team": "mesh",
      "glooAgent.image.pullSecret": "one",
      "glooAgent.imagePullSecrets[0].name": "two",
    });
    const spec = deploymentOf(objects).spec;
    assert.equal(spec?.replicas, 2);
    assert.deepEqual(spec?.template.spec?.imagePullSecrets, [{ name: "two" }, { name: "one" }]);
    assert.equal(objects.find(({ kind }) => kind === "Service")?.metadata?.labels?.["team"], "mesh");
  });

  test("a collector of a workload cluster needs an endpoint, in the words of the product", async () => {
    const collector = { "telemetryCollector.enabled": "true" };
    await assert.rejects(
      render({ ...agent, ...collector }),
      /endpoint must be set for the otlp exporter when deployed in workload cluster/,
    );
    const endpoint = { "telemetryCollector.config.exporters.otlp.endpoint": "127.0.0.1:4317" };
    assert.deepEqual(await render({ ...agent, ...collector, ...endpoint }), await render(agent));
    await render({ ...agent, ...collector, "glooMgmtServer.enabled": "true" });
  });

  test("the CRDs are templates, and the management cluster of a sandbox has the same KubernetesCluster", async () => {
    const objects = await render({}, platformCharts.definitions);
    assert.equal(objects.length, 9);
    const [rendered] = objects.filter(({ metadata }) => metadata?.name === "kubernetesclusters.admin.gloo.solo.io");
    const installed = adminDefinition("2.14.0");
    assert.deepEqual((rendered as k8s.V1CustomResourceDefinition | undefined)?.spec, installed.spec);
    assert.equal(rendered?.metadata?.annotations?.["crd.solo.io/version"], "2.14.0");
    const files = await run("show", "crds", platformCharts.definitions, "--repo", charts.url, "--version", "2.14.0");
    assert.equal(files.trim(), "");
  });

  async function render(
    values: Readonly<Record<string, string>>,
    chart: string = platformCharts.platform,
  ): Promise<k8s.KubernetesObject[]> {
    const settings = Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const source = ["--repo", charts.url, "--version", "2.14.0", "--namespace", "mesh"];
    const text = await run("template", chart, chart, ...source, ...settings);
    return parseAllDocuments(text).flatMap((document): k8s.KubernetesObject[] => document.toJS() ?? []);
  }

  async function run(...words: string[]): Promise<string> {
    const home = join(folder, "home");
    const env = { HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    return (await promisify(execFile)(helm, words, { env })).stdout;
  }
});

function deploymentOf(objects: readonly k8s.KubernetesObject[]): k8s.V1Deployment {
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  assert.ok(deployment);
  return deployment as k8s.V1Deployment;
}

function containersOf(objects: readonly k8s.KubernetesObject[]): k8s.V1Container[] {
  return deploymentOf(objects).spec?.template.spec?.containers ?? [];
}
