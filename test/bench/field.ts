import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { becomes } from "../e2e/support/agents";
import { clientFingerprint, connectedAgents } from "../e2e/support/clusters";
import { officialPlugins } from "../e2e/support/world";
import { auditEvents, type ControlPlane } from "../sandbox/controlplane";
import { pulumiHome } from "../sandbox/pulumiHome";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { Sandbox, type SandboxCluster } from "../sandbox/sandbox";
import { PulumiWorkspace } from "../sandbox/workspace";
import { DistantServer } from "./distantServer";
import { withServers } from "./kubeconfigFile";
import { countRequests, type RequestCount, together } from "./requests";
import type { Connections } from "./results";
import { type TimedRun, timed } from "./timedCommand";
import { connectionsSince } from "./traffic";

/** Where the shell scripts of the benchmark are: they are not compiled. */
const scripts = join(repositoryRoot(), "test/bench");
const agentSeconds = 1;
const version = "1.0.4";

/** What programs asked of the clusters. */
export interface Traffic {
  readonly requests: RequestCount[];
  readonly connections: Connections;
}

/** One warm sandbox for all contestants of one size at all distances. @throws when a part of it is missing; nothing is left then */
export async function startSandbox(size: number): Promise<Sandbox> {
  const remotes = Array.from({ length: size }, (_, index) => `cluster-${index + 1}`);
  const sandbox = await Sandbox.start({ remotes, certificateDelaySeconds: agentSeconds });
  try {
    await prepare(sandbox);
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
  return sandbox;
}

async function prepare(sandbox: Sandbox): Promise<void> {
  const { env, plugins } = await pulumiHome(sandbox, { loadAll: true, ...(officialPlugins && { officialPlugins }) });
  const { source, version: wanted } = plugins.kubernetes;
  if (officialPlugins !== undefined && source !== "official") {
    throw new Error(`SANDBOX_OFFICIAL_PLUGINS: no Kubernetes plugin ${wanted} in ${officialPlugins}`);
  }
  const { helm } = sandbox.tools;
  await promisify(execFile)(helm.path, ["repo", "add", "enterprise-agent", sandbox.chartRepository.url], { env });
}

/** A sandbox whose API servers are at some distance. The contestants run on it one after the other, each from the same state. */
export class Field {
  private constructor(
    readonly sandbox: Sandbox,
    /** Milliseconds of a round trip to each API server. */
    readonly rtt: number,
    /** Of pulumi, kubectl and helm alike. */
    readonly env: NodeJS.ProcessEnv,
    /** The routes to the API servers, the management cluster's first. */
    private readonly routes: readonly { readonly plane: ControlPlane; readonly server: DistantServer }[],
  ) {}

  /** The routes to the API servers end with the sandbox. */
  static async at(rtt: number, sandbox: Sandbox): Promise<Field> {
    const planes = [sandbox.management, ...sandbox.remotes.values()].map(({ plane }) => plane);
    const routes = await Promise.all(
      planes.map(async (plane) => ({
        plane,
        server: await DistantServer.start({ target: Number(new URL(plane.server).port), rtt }),
      })),
    );
    sandbox.whenStopping(async () => void (await Promise.all(routes.map(({ server }) => server.stop()))));
    const kubeconfig = join(sandbox.folder, `kubeconfig-${rtt}`);
    const servers = new Map(routes.map(({ plane, server }) => [plane.server, `https://127.0.0.1:${server.port}`]));
    await writeFile(kubeconfig, withServers(await readFile(sandbox.kubeconfig, "utf8"), servers), { mode: 0o600 });
    const { env } = await pulumiHome(sandbox);
    const own = { KUBECONFIG: kubeconfig, RELAY_ADDRESS: sandbox.relayAddress, VERSION: version };
    return new Field(sandbox, rtt, { ...env, ...own }, routes);
  }

  /** Cluster names, which are also their contexts. */
  get clusters(): readonly string[] {
    return [...this.sandbox.remotes.keys()];
  }

  /** The program of this repository with all clusters of the field. */
  stack(): Promise<PulumiWorkspace> {
    return PulumiWorkspace.create(this.sandbox, {
      stack: this.stackName,
      config: {
        management: { context: "management" },
        defaults: {
          relay: { serverAddress: this.sandbox.relayAddress },
          agent: { version, repository: this.sandbox.chartRepository.url },
        },
        clusters: Object.fromEntries(this.clusters.map((name) => [name, {}])),
      },
    });
  }

  /** Of each program here. A stack has one distance: the kubeconfig's path is part of what its providers are. */
  get stackName(): string {
    return `rtt-${this.rtt}`;
  }

  /** A script of the benchmark with these arguments. */
  script(name: string, args: readonly string[], watch: boolean): Promise<TimedRun> {
    const { env, sandbox } = this;
    const all = [join(scripts, name), ...args];
    return timed({ command: "bash", args: all, env, cwd: sandbox.folder, processes: sandbox.processes, watch });
  }

  /** A script of the benchmark for each cluster at the same time. */
  sideBySide(name: string, watch: boolean): Promise<TimedRun> {
    return this.script("sideBySide.sh", [join(scripts, name), ...this.clusters], watch);
  }

  pulumi(stack: PulumiWorkspace, command: string, args: readonly string[], watch = false): Promise<TimedRun> {
    const common = [
      ...(command === "preview" ? [] : ["--yes"]),
      `--stack=${stack.stack}`,
      `--config-file=${stack.configFile}`,
      "--non-interactive",
      "--color=never",
    ];
    return timed({
      command: "pulumi",
      args: [command, ...common, ...args],
      env: { ...stack.env, KUBECONFIG: this.env["KUBECONFIG"] },
      cwd: stack.program,
      processes: this.sandbox.processes,
      watch,
    });
  }

  /** @throws unless every cluster has a client certificate and its agent is connected with the hub */
  async assertRegistered(): Promise<void> {
    for (const name of this.clusters) {
      const fingerprint = await clientFingerprint(this.sandbox.remote(name));
      if (fingerprint === undefined) throw new Error(`${name} has no client certificate`);
      await becomes(() => connectedAgents(this.sandbox, name), 1, 60);
    }
  }

  /** Waits until nothing of a registration is left but the chart's CRDs. @throws when something stays */
  async assertClean(): Promise<void> {
    const { management } = this.sandbox;
    const known = "/apis/multicluster.solo.io/v1alpha1/kubernetesclusters";
    await becomes(async () => (await items(management, known)).length, 0, 60);
    for (const name of this.clusters) {
      const remote = this.sandbox.remote(name);
      await becomes(async () => (await remote.plane.get("/api/v1/namespaces/gloo-mesh")).status, 404, 180);
      await becomes(async () => ((await connectedAgents(this.sandbox, name)) ?? 0) === 0, true, 60);
    }
  }

  /** What the run's own programs asked of the clusters while `work` ran. */
  async trafficDuring<T>(work: () => Promise<T>): Promise<Traffic & { readonly result: T }> {
    const eventsOf = () => Promise.all(this.routes.map(({ plane }) => auditEvents(plane)));
    const countsOf = () => this.routes.map(({ server }) => server.count);
    const [before, open] = [(await eventsOf()).map(({ length }) => length), countsOf()];
    const result = await work();
    const connections = connectionsSince(open, countsOf());
    const events = (await eventsOf()).map((all, index) => all.slice(before[index]));
    const requests = events.flatMap((own, index) => countRequests(index === 0 ? "management" : "remote", own));
    return { result, requests: together(requests), connections };
  }
}

async function items({ plane }: SandboxCluster, path: string): Promise<readonly unknown[]> {
  const { body } = await plane.get(path);
  return (JSON.parse(body) as { items: unknown[] }).items;
}
