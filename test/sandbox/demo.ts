import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { defaultGeneration, type Generation, generationNames, generations } from "../../components/glooMesh/generation";
import { type Phase, phasesOf } from "./demoPhases";
import { DemoRun, type DemoRunResult } from "./demoRun";
import { Sandbox } from "./sandbox";
import { PulumiWorkspace } from "./workspace";

/**
 * The main job, shown: two clusters are registered with a hub, and everything is taken away again.
 *
 *     npm run demo             from preview to a clean stop
 *     npm run demo -- --keep   leaves the sandbox running and prints the environment for pulumi, kubectl and helm
 *     npm run demo -- --generation 2.x   the same with Gloo Mesh 2.x; default 1.x
 */
class Demo {
  private sandbox: Sandbox | undefined;
  private running: DemoRun | undefined;
  private interrupted = false;

  constructor(
    private readonly keep: boolean,
    private readonly generation: Generation,
  ) {}

  async run(): Promise<void> {
    headline("Sandbox: one management cluster, two remote clusters, a relay server, a chart repository");
    const started = Date.now();
    this.sandbox = await Sandbox.start({
      remotes,
      report: say,
      certificateDelaySeconds: 1,
      hub: { generation: this.generation.name },
    });
    say(`sandbox ready after ${seconds(Date.now() - started)}`);
    const workspace = await PulumiWorkspace.create(this.sandbox, {
      stack: "sandbox",
      loadAll: true,
      config: {
        management: { context: "management" },
        defaults: {
          ...(this.generation === defaultGeneration ? {} : { generation: this.generation.name }),
          relay: { serverAddress: this.sandbox.relayAddress },
          agent: { version: this.sandbox.hub.version, repository: this.sandbox.chartRepository.url },
        },
        clusters: {
          "cluster-1": { remote: { context: "remote-1" } },
          "cluster-2": { remote: { context: "remote-2" } },
        },
      },
    });
    for (const [name, { source, version }] of Object.entries(workspace.plugins)) {
      say(
        `plugin ${name} ${version}: ${source === "official" ? "the official one" : "stand-in (the official one is not here)"}`,
      );
    }

    await this.pulumi(workspace, "preview", "pulumi preview: what would happen; writes nothing");
    const up = await this.pulumi(workspace, "up", "pulumi up: register both clusters and prove it", ["--skip-preview"]);
    printPhases(await phasesOf(up, workspace));
    headline("The guide's validation: pods, Secrets, KubernetesCluster, connected agents");
    await this.validate(workspace.env);
    const again = await this.pulumi(workspace, "up", "pulumi up again: nothing to do", ["--skip-preview"]);
    ensure(/Resources:\n\s+\d+ unchanged\n/.test(again.output), "the second up changed something");

    if (this.keep) return this.keepRunning(workspace);
    await this.pulumi(workspace, "destroy", "pulumi destroy: deregister both clusters", ["--skip-preview"]);
    headline("What is left on the clusters");
    await this.showLeftovers(workspace.env);
  }

  /** Ctrl-C: Pulumi first, which saves what it has done, then the sandbox. */
  interrupt(): void {
    if (!this.interrupted) say("interrupted; stopping in order");
    this.interrupted = true;
    this.running?.interrupt();
    this.release();
  }

  async stop(): Promise<void> {
    await this.sandbox?.stop();
    say("sandbox stopped; nothing is left running");
  }

  private release: () => void = () => undefined;

  private async pulumi(
    workspace: PulumiWorkspace,
    command: "preview" | "up" | "destroy",
    title: string,
    args: readonly string[] = [],
  ): Promise<DemoRunResult> {
    ensure(!this.interrupted && this.sandbox !== undefined, "interrupted");
    headline(title);
    this.running = new DemoRun(workspace, this.sandbox.processes, [command, ...args], say);
    const result = await this.running.result;
    this.running = undefined;
    ensure(result.exitCode === 0, `pulumi ${command} failed`);
    say(`took ${seconds(result.milliseconds)}`);
    return result;
  }

  private async validate(env: NodeJS.ProcessEnv): Promise<void> {
    for (const context of remotes) {
      await this.kubectl(env, ["--context", context, "-n", "gloo-mesh", "get", "pods,secrets"]);
    }
    await this.kubectl(env, ["--context", "management", "-n", "gloo-mesh", "get", "kubernetesclusters"]);
    const path = await this.metricsPath(env);
    const metrics = await this.kubectl(env, ["--context", "management", "get", "--raw", path], false);
    const connected = metrics.split("\n").filter((line) => line.startsWith("relay_push_clients_connected{"));
    for (const line of connected) say(line);
    ensure(
      connected.length === remotes.length && connected.every((line) => line.endsWith(" 1")),
      "an agent is not connected",
    );
  }

  /** Of the Service, or of the only pod where the Service has no port for metrics. */
  private async metricsPath(env: NodeJS.ProcessEnv): Promise<string> {
    const { name, metricsPort, metricsByService } = this.generation.relayServer;
    const ofPods = ["-n", "gloo-mesh", "get", "pods", "-l", `app=${name}`, "-o", "name"];
    const target = metricsByService
      ? `services/${name}`
      : (await this.kubectl(env, ["--context", "management", ...ofPods], false)).replace(/^pod\//, "pods/");
    return `/api/v1/namespaces/gloo-mesh/${target}:${metricsPort}/proxy/metrics`;
  }

  private async showLeftovers(env: NodeJS.ProcessEnv): Promise<void> {
    for (const context of remotes) {
      const found = await this.kubectl(env, [
        "--context",
        context,
        "get",
        "namespace",
        "gloo-mesh",
        "--ignore-not-found",
        "-o",
        "name",
      ]);
      ensure(found === "", `${context} still has the namespace gloo-mesh`);
      say(`${context}: no namespace gloo-mesh`);
    }
    const left = await this.kubectl(env, [
      "--context",
      "management",
      "-n",
      "gloo-mesh",
      "get",
      "kubernetesclusters",
      "-o",
      "name",
    ]);
    ensure(left === "", "the hub still knows a cluster");
    say("management: no KubernetesCluster");
  }

  private async kubectl(env: NodeJS.ProcessEnv, args: readonly string[], show = true): Promise<string> {
    const { stdout } = await promisify(execFile)(this.sandbox?.tools.kubectl.path ?? "kubectl", [...args], { env });
    if (show && stdout !== "") say(`$ kubectl ${args.join(" ")}\n${stdout.trimEnd()}`);
    return stdout.trim();
  }

  private async keepRunning(workspace: PulumiWorkspace): Promise<void> {
    const file = join(this.sandbox?.folder ?? "", "environment.sh");
    const names = Object.keys(workspace.env).filter((name) =>
      /^(PATH$|PULUMI_|KUBE|HELM_|NODE_COMPILE_CACHE$)/.test(name),
    );
    const lines = names.map((name) => `export ${name}='${(workspace.env[name] ?? "").replaceAll("'", "'\\''")}'`);
    await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
    headline("The sandbox stays until Ctrl-C");
    say(`in another terminal, in this folder:\n\n    . ${file}\n    kubectl --context remote-1 -n gloo-mesh get pods`);
    say(`    pulumi preview --stack ${workspace.stack} --config-file ${workspace.configFile}`);
    if (this.interrupted) return;
    await new Promise<void>((resolve) => {
      // Keeps the process alive while nothing else does.
      const timer = setInterval(() => undefined, 60_000);
      this.release = () => {
        clearInterval(timer);
        resolve();
      };
    });
  }
}

const remotes = ["remote-1", "remote-2"];

function printPhases(phases: readonly Phase[]): void {
  say("where the time of this up went:");
  for (const { name, milliseconds } of phases) say(`  ${name.padEnd(44)} ${seconds(milliseconds).padStart(7)}`);
}

function headline(text: string): void {
  console.log(`\n=== ${text}`);
}

function say(text: string): void {
  console.log(text);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function ensure(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: "boolean" }, generation: { type: "string" } } });
  const name = generationNames.find((one) => one === (values.generation ?? defaultGeneration.name));
  if (name === undefined) {
    console.error(`--generation ${values.generation} is none of ${generationNames.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const demo = new Demo(values.keep ?? false, generations[name]);
  process.on("SIGINT", () => demo.interrupt());
  process.on("SIGTERM", () => demo.interrupt());
  try {
    await demo.run();
  } catch (error) {
    process.exitCode = 1;
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await demo.stop();
  }
}

void main();
