import { strict as assert } from "node:assert";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { CHART, CHART_VERSIONS, type ChartRepository, startChartRepository } from "../sandbox/charts";
import { ensureTools } from "../toolchain";

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
      readonly spec: { readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[] };
    };
  };
}

describe("chart repository of the sandbox", { timeout: 120_000 }, () => {
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
    assert.equal(existsSync(join(folder, "served")), false, "stop removes the packages");
    await rm(folder, { recursive: true, force: true });
  });

  test("the index offers every version, and helm finds one by its number", async () => {
    const index: { entries: Record<string, { version: string; appVersion: string }[]> } = parse(
      await (await fetch(new URL("index.yaml", charts.url))).text(),
    );
    const versions = index.entries[CHART]?.map(({ version }) => version) ?? [];
    assert.deepEqual([...versions].sort(), [...CHART_VERSIONS].sort());
    const before = charts.requests().get("/enterprise-agent-1.1.1.tgz") ?? 0;
    const shown: { version: string; appVersion: string } = parse(
      await run("show", "chart", CHART, "--repo", charts.url, "--version", "1.1.1"),
    );
    assert.equal(shown.appVersion, "1.1.1");
    assert.equal(charts.requests().get("/enterprise-agent-1.1.1.tgz"), before + 1);
  });

  test("a version that does not exist and a path outside the repository are not found", async () => {
    assert.equal((await fetch(new URL("enterprise-agent-9.9.9.tgz", charts.url))).status, 404);
    assert.equal((await fetch(`${charts.url}..%2f..%2fpackage.json`)).status, 404);
    await assert.rejects(render("9.9.9"), /not found/);
  });

  test("the Deployment has the documented name, image and arguments", async () => {
    const values = { "relay.cluster": "cluster-2", "relay.serverAddress": "127.0.0.1:1" };
    const { deployment, objects } = await render("1.0.4", values);
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort(),
      [
        "ClusterRole/enterprise-agent",
        "ClusterRoleBinding/enterprise-agent",
        "Deployment/enterprise-agent",
        "Service/enterprise-agent",
        "ServiceAccount/enterprise-agent",
      ].sort(),
    );
    const [container, ...others] = deployment.spec.template.spec.containers;
    assert.equal(others.length, 0);
    assert.equal(deployment.spec.replicas, undefined);
    assert.equal(container?.image, "gcr.io/gloo-mesh/enterprise-agent:1.0.4");
    assert.deepEqual(container?.args, [
      "--metrics-port=9091",
      "--settings-name=settings",
      "--settings-namespace=gloo-mesh",
      "--http-port=9988",
      "--grpc-port=9977",
      "--verbose=false",
      "--relay-address=127.0.0.1:1",
      "--relay-insecure=false",
      "--relay-authority=enterprise-networking.gloo-mesh",
      "--cluster=cluster-2",
      "--max-grpc-message-size=4294967295",
      "--relay-client-cert-secret-name=relay-client-tls-secret",
      "--relay-client-cert-secret-namespace=",
      "--relay-root-cert-secret-name=relay-root-tls-secret",
      "--relay-root-cert-secret-namespace=",
      "--relay-identity-token-secret-name=relay-identity-token-secret",
      "--relay-identity-token-secret-namespace=",
      "--relay-identity-token-secret-key=token",
    ]);
  });

  test("the insecure switch moved from relay to global after 1.0", async () => {
    for (const [version, effective, ignored] of [
      ["1.0.13", "relay.insecure", "global.insecure"],
      ["1.1.1", "global.insecure", "relay.insecure"],
      ["1.2.0", "global.insecure", "relay.insecure"],
    ] as const) {
      assert.ok((await agentArgs(version, { [effective]: "true" })).includes("--relay-insecure=true"));
      assert.ok((await agentArgs(version, { [ignored]: "true" })).includes("--relay-insecure=false"));
    }
  });

  test("1.0 takes custom labels, later versions merge overrides into the Deployment", async () => {
    const values = {
      "enterpriseAgent.customPodLabels.team": "mesh",
      "enterpriseAgent.deploymentOverrides.spec.replicas": "2",
      "enterpriseAgent.deploymentOverrides.spec.template.metadata.annotations.note": "kept",
    };
    const first = (await render("1.0.13", values)).deployment;
    assert.equal(first.spec.template.metadata.labels["team"], "mesh");
    assert.equal(first.spec.replicas, undefined);
    const later = (await render("1.1.1", values)).deployment;
    assert.equal(later.spec.template.metadata.labels["team"], undefined);
    assert.equal(later.spec.replicas, 2);
    assert.equal(later.spec.template.metadata.annotations["note"], "kept");
    assert.equal(later.spec.template.metadata.annotations["sidecar.istio.io/inject"], "false");
  });

  test("a null removes a Secret from the arguments, and a disabled agent renders nothing", async () => {
    const args = await agentArgs("1.1.1", { "relay.tokenSecret": "null" });
    assert.ok(!args.some((argument) => argument.startsWith("--relay-identity-token")));
    assert.equal((await objectsOf("1.1.1", { "enterpriseAgent.enabled": "false" })).length, 0);
  });

  test("a held response lets a test kill the client in the middle of its download", async () => {
    const hold = charts.hold(/\.tgz$/);
    const client = helmProcess("pull", CHART, "--repo", charts.url, "--version", "1.0.4", "--destination", folder);
    const exit = once(client, "exit");
    try {
      assert.equal(await hold.arrived, "/enterprise-agent-1.0.4.tgz");
      client.kill("SIGKILL");
      assert.deepEqual(await exit, [null, "SIGKILL"]);
    } finally {
      client.kill("SIGKILL");
      hold.release();
    }
    await run("pull", CHART, "--repo", charts.url, "--version", "1.0.4", "--destination", folder);
    assert.ok(existsSync(join(folder, "enterprise-agent-1.0.4.tgz")));
  });

  test("a delayed response arrives", async () => {
    charts.delay(0.01);
    try {
      assert.equal((await fetch(new URL("index.yaml", charts.url))).status, 200);
    } finally {
      charts.delay(0);
    }
  });

  test("stop ends requests that are being withheld, also when a delay follows", async () => {
    const other = await startChartRepository({ folder: join(folder, "other"), helm, versions: { [CHART]: ["1.0.4"] } });
    const hold = other.hold();
    const request = fetch(new URL("index.yaml", other.url));
    await hold.arrived;
    other.delay(600);
    await Promise.all([assert.rejects(request), other.stop()]);
  });

  async function agentArgs(version: string, values: Record<string, string>): Promise<readonly string[]> {
    return (await render(version, values)).deployment.spec.template.spec.containers[0]?.args ?? [];
  }

  async function render(
    version: string,
    values: Record<string, string> = {},
  ): Promise<{ objects: Rendered[]; deployment: Rendered }> {
    const objects = await objectsOf(version, values);
    const deployment = objects.find(({ kind }) => kind === "Deployment");
    assert.ok(deployment);
    return { objects, deployment };
  }

  async function objectsOf(version: string, values: Record<string, string>): Promise<Rendered[]> {
    const settings = Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const source = ["--repo", charts.url, "--version", version, "--skip-tests", "--namespace", "gloo-mesh"];
    const text = await run("template", CHART, CHART, ...source, ...settings);
    return parseAllDocuments(text).flatMap((document): Rendered[] => document.toJS() ?? []);
  }

  async function run(...words: string[]): Promise<string> {
    return (await promisify(execFile)(helm, words, { env: environment() })).stdout;
  }

  function helmProcess(...words: string[]): ChildProcess {
    return spawn(helm, words, { env: environment(), stdio: "ignore" });
  }

  function environment(): NodeJS.ProcessEnv {
    const home = join(folder, "home");
    return { HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  }
});
