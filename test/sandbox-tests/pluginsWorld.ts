import { strict as assert } from "node:assert";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type ControlPlane, startControlPlanes, writeKubeconfig } from "../sandbox/controlplane";
import { installPlugins } from "../sandbox/plugins";
import { descendants, Processes } from "../sandbox/processes";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { ensureTools, type Tools } from "../toolchain";

const run = promisify(execFile);

/** What the program of these tests does; see {@link program}. */
export interface ProgramOptions {
  readonly context?: string;
  readonly identifier?: string;
  /** Give the kubeconfig's content instead of its path. */
  readonly content?: boolean;
  readonly mutable?: boolean;
  readonly upsert?: boolean;
  readonly token?: string;
  readonly domain?: string;
  /** Chart version; no release without it. */
  readonly release?: string;
  readonly color?: string;
  /** Adds a Deployment that never becomes ready. */
  readonly stuck?: boolean;
  readonly skipAwait?: boolean;
  readonly timeout?: number;
  /** Reads an object instead of creating any. */
  readonly get?: string;
  readonly command?: { readonly say: string; readonly trigger: number };
}

// One namespace, a Secret, a custom resource, a helm release and a command, each as the options say.
const program = `
const { readFileSync } = require("node:fs");
const k8s = require("@pulumi/kubernetes");
const { local } = require("@pulumi/command");
const world = JSON.parse(process.env.WORLD);
const options = JSON.parse(process.env.OPTIONS);
const provider = new k8s.Provider("provider", {
  kubeconfig: options.content ? readFileSync(world.kubeconfig, "utf8") : world.kubeconfig,
  context: options.context ?? "one",
  clusterIdentifier: options.identifier ?? "first",
  enableSecretMutable: options.mutable ?? true,
  upsertExistingObjects: options.upsert ?? false,
});
const namespace = world.namespace;
if (options.get) {
  exports.got = k8s.core.v1.Secret.get("got", options.get, { provider }).data;
} else {
  const home = new k8s.core.v1.Namespace("namespace", { metadata: { name: namespace } }, { provider });
  const after = { provider, dependsOn: home };
  const secret = new k8s.core.v1.Secret("secret", {
    metadata: { name: "root", namespace },
    stringData: { token: options.token ?? "first" },
  }, after);
  new k8s.apiextensions.CustomResource("thing", {
    apiVersion: "example.test/v1", kind: "Thing", metadata: { name: "thing", namespace }, spec: { domain: options.domain ?? "a" },
  }, after);
  if (options.release) {
    exports.status = new k8s.helm.v3.Release("release", {
      chart: "demo", version: options.release, name: "demo", namespace, repositoryOpts: { repo: world.charts },
      values: { color: options.color ?? "red", stuck: options.stuck ?? false },
      skipAwait: options.skipAwait, timeout: options.timeout,
    }, after).status;
  }
  if (options.command) {
    exports.said = new local.Command("command", {
      create: "echo $SAY", update: "echo $PULUMI_COMMAND_STDOUT then $SAY", delete: "echo bye > " + world.goodbye,
      environment: { SAY: options.command.say }, triggers: [options.command.trigger],
    }).stdout;
  }
  exports.data = secret.data;
}
`;

const template = `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-settings, namespace: {{ .Release.Namespace }} }
data: { color: {{ .Values.color | quote }} }
{{- if .Values.stuck }}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }} }
spec:
  selector: { matchLabels: { app: demo } }
  template:
    metadata: { labels: { app: demo } }
    spec: { containers: [{ name: main, image: none }] }
{{- end }}
`;

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.test" },
  spec: {
    group: "example.test",
    scope: "Namespaced",
    names: { kind: "Thing", plural: "things" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** Two clusters ("one", "two"), a chart repository and a PULUMI_HOME with the stand-ins. */
export class PluginsWorld {
  private constructor(
    readonly planes: readonly [ControlPlane, ControlPlane],
    readonly folder: string,
    private readonly tools: Tools,
    private readonly processes: Processes,
    private readonly charts: Server,
  ) {}

  static async start(): Promise<PluginsWorld> {
    const tools = await ensureTools();
    const folder = await mkdtemp(path.join(tmpdir(), "gmr-"));
    const processes = await Processes.start();
    processes.removeWhenAbandoned(folder);
    try {
      const [one, two] = await startControlPlanes(["one", "two"], { folder, tools, processes });
      if (!one || !two) throw new Error("two control planes were expected");
      await writeKubeconfig(path.join(folder, "kubeconfig"), [one, two]);
      const charts = await serveCharts(folder, tools.helm.path);
      const world = new PluginsWorld([one, two], folder, tools, processes, charts);
      await world.prepare();
      return world;
    } catch (error) {
      await processes.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.charts.close(resolve).closeAllConnections());
    await this.processes.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Before a CLI is killed alone: what it has started ends with this world at the latest. Its language host does not always end by itself. */
  adoptChildrenOf(cli: number | undefined): void {
    if (cli !== undefined) this.processes.adopt(descendants(cli));
  }

  /** A new stack, whose objects lie in a namespace of the same name. */
  async stack(name: string): Promise<Stack> {
    const stack = new Stack(name, this, this.environment(name));
    await stack.pulumi("stack", "init", name);
    return stack;
  }

  async kubectl(context: "one" | "two", ...args: string[]): Promise<string> {
    const flags = ["--kubeconfig", this.kubeconfig, "--context", context];
    return (await run(this.tools.kubectl.path, [...flags, ...args])).stdout;
  }

  async helm(...args: string[]): Promise<string> {
    return (await run(this.tools.helm.path, ["--kubeconfig", this.kubeconfig, "--kube-context", "one", ...args]))
      .stdout;
  }

  /** Address of the chart repository. */
  get chartsUrl(): string {
    return `http://127.0.0.1:${(this.charts.address() as AddressInfo).port}`;
  }

  get pulumi(): string {
    return this.tools.pulumi.path;
  }

  get programFolder(): string {
    return path.join(this.folder, "program");
  }

  private get kubeconfig(): string {
    return path.join(this.folder, "kubeconfig");
  }

  private async prepare(): Promise<void> {
    const pulumiHome = path.join(this.folder, "pulumi-home");
    const { pulumi, helm } = this.tools;
    await installPlugins({ pulumiHome, pulumi: pulumi.path, helm: helm.path, node: process.execPath, download: false });
    await mkdir(path.join(this.folder, "state"));
    await mkdir(path.join(this.folder, "tmp"));
    await mkdir(this.programFolder);
    await writeFile(path.join(this.programFolder, "index.js"), program);
    await writeFile(path.join(this.programFolder, "package.json"), '{ "name": "program", "main": "index.js" }');
    await writeFile(path.join(this.programFolder, "Pulumi.yaml"), "name: program\nruntime: nodejs\n");
    await symlink(path.join(repositoryRoot(), "node_modules"), path.join(this.programFolder, "node_modules"));
    const file = path.join(this.folder, "definition.json");
    await writeFile(file, JSON.stringify(definition));
    for (const context of ["one", "two"] as const) {
      await this.kubectl(context, "create", "--filename", file);
      await this.kubectl(context, "wait", "--for=condition=Established", "crd/things.example.test", "--timeout=20s");
    }
  }

  private environment(namespace: string): NodeJS.ProcessEnv {
    const world = {
      kubeconfig: this.kubeconfig,
      charts: this.chartsUrl,
      namespace,
      goodbye: path.join(this.folder, `${namespace}.goodbye`),
    };
    const folders = [path.dirname(process.execPath), path.dirname(this.tools["pulumi-language-nodejs"].path)];
    return {
      PATH: [...folders, process.env["PATH"]].join(path.delimiter),
      HOME: this.folder,
      // Where the plugin puts what must not lie about; looked at by the tests.
      TMPDIR: path.join(this.folder, "tmp"),
      PULUMI_HOME: path.join(this.folder, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      WORLD: JSON.stringify(world),
    };
  }
}

/** How a run of the CLI ended. */
export interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** One stack of the program. */
export class Stack {
  constructor(
    readonly name: string,
    private readonly world: PluginsWorld,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** Runs `pulumi up` to its end; flags may be added. */
  async up(options: ProgramOptions, ...flags: string[]): Promise<Run> {
    return await this.started("up", options, "--yes", "--skip-preview", ...flags).ended;
  }

  async preview(options: ProgramOptions): Promise<Run> {
    return await this.started("preview", options).ended;
  }

  async refresh(options: ProgramOptions): Promise<Run> {
    return await this.started("refresh", options, "--yes", "--skip-preview").ended;
  }

  async destroy(options: ProgramOptions): Promise<Run> {
    return await this.started("destroy", options, "--yes", "--skip-preview").ended;
  }

  /** Starts an operation without waiting for its end. */
  started(
    operation: string,
    options: ProgramOptions,
    ...flags: string[]
  ): { child: ChildProcess; ended: Promise<Run> } {
    return this.spawn([operation, "--stack", this.name, ...flags], options);
  }

  /** Any other command of the CLI. @throws when it fails */
  async pulumi(...args: string[]): Promise<string> {
    const { code, output } = await this.spawn(args, {}).ended;
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** The status that helm keeps of the release, or nothing. */
  async releaseStatus(): Promise<string> {
    const list = await this.world.helm("list", "--all", "--namespace", this.name, "--output", "json");
    return (JSON.parse(list) as { status: string }[])[0]?.status ?? "";
  }

  /** The state file, as it lies on the disk. */
  async state(): Promise<string> {
    return await readFile(path.join(this.world.folder, `state/.pulumi/stacks/program/${this.name}.json`), "utf8");
  }

  private spawn(args: readonly string[], options: ProgramOptions): { child: ChildProcess; ended: Promise<Run> } {
    const child = spawn(this.world.pulumi, ["--cwd", this.world.programFolder, "--non-interactive", ...args], {
      env: { ...this.environment, OPTIONS: JSON.stringify(options) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    // Not "close": a plugin that outlives a killed CLI holds the streams open.
    const ended = new Promise<Run>((resolve) =>
      child.once("exit", (code) => setImmediate(() => resolve({ code, output }))),
    );
    return { child, ended };
  }
}

async function serveCharts(folder: string, helm: string): Promise<Server> {
  const chart = path.join(folder, "chart");
  const packages = path.join(folder, "packages");
  await mkdir(path.join(chart, "templates"), { recursive: true });
  await mkdir(packages);
  await writeFile(path.join(chart, "templates/all.yaml"), template);
  await writeFile(path.join(chart, "values.yaml"), "color: red\nstuck: false\n");
  for (const version of ["1.0.0", "1.1.0"]) {
    await writeFile(
      path.join(chart, "Chart.yaml"),
      `apiVersion: v2\nname: demo\nversion: ${version}\nappVersion: v${version}\n`,
    );
    await run(helm, ["package", chart, "--destination", packages]);
  }
  const server = createServer((request, response) => {
    readFile(path.join(packages, path.basename(request.url ?? ""))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await run(helm, ["repo", "index", packages]);
  return server;
}

export function assertRun(run: Run, expected = /./): void {
  assert.equal(run.code, 0, run.output);
  assert.match(run.output, expected);
}
