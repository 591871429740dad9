import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { becomes } from "../e2e/support/agents";
import { clientFingerprint, connectedAgents } from "../e2e/support/clusters";
import { auditEvents } from "../sandbox/controlplane";
import { pulumiHome } from "../sandbox/pulumiHome";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { Sandbox, type SandboxCluster } from "../sandbox/sandbox";
import { PulumiWorkspace } from "../sandbox/workspace";
import { countRequests, type RequestCount, together } from "./requests";
import { type TimedRun, timed } from "./timedCommand";

/** Where shell scripts of the benchmark lie: they are not compiled. */
const scripts = join(repositoryRoot(), "test/bench");
const agentSeconds = 1;
const version = "1.0.4";

/** One warm sandbox on which all contestants of one size run, one after the other, each from the same state. */
export class Field {
  private constructor(
    readonly sandbox: Sandbox,
    /** Of pulumi, kubectl and helm alike. */
    readonly env: NodeJS.ProcessEnv,
    /** Cluster names, which are also their contexts. */
    readonly clusters: readonly string[],
  ) {}

  static async start(size: number): Promise<Field> {
    const clusters = Array.from({ length: size }, (_, index) => `cluster-${index + 1}`);
    const sandbox = await Sandbox.start({ remotes: clusters, certificateDelaySeconds: agentSeconds });
    const { env } = await pulumiHome(sandbox);
    const { url } = sandbox.chartRepository;
    await promisify(execFile)(sandbox.tools.helm.path, ["repo", "add", "enterprise-agent", url], { env });
    return new Field(
      sandbox,
      { ...env, RELAY_ADDRESS: sandbox.relayAddress, VERSION: version, CHART_REPOSITORY: url },
      clusters,
    );
  }

  stop(): Promise<void> {
    return this.sandbox.stop();
  }

  /** The program of this repository with all clusters of the field. */
  stack(): Promise<PulumiWorkspace> {
    return PulumiWorkspace.create(this.sandbox, {
      stack: "bench",
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

  /** A script of the benchmark, for all clusters. */
  script(name: string, watch: boolean): Promise<TimedRun> {
    const { env } = this;
    const args = [join(scripts, name), ...this.clusters];
    return timed({ command: "bash", args, env, cwd: this.sandbox.folder, processes: this.sandbox.processes, watch });
  }

  pulumi(stack: PulumiWorkspace, command: string, args: readonly string[], watch = false): Promise<TimedRun> {
    const common = [
      `--stack=${stack.stack}`,
      `--config-file=${stack.configFile}`,
      "--non-interactive",
      "--color=never",
    ];
    return timed({
      command: "pulumi",
      args: [command, "--yes", ...args, ...common],
      env: stack.env,
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
  async requestsDuring<T>(work: () => Promise<T>): Promise<{ result: T; requests: RequestCount[] }> {
    const planes = [this.sandbox.management, ...this.sandbox.remotes.values()].map(({ plane }) => plane);
    const before = await Promise.all(planes.map(async (plane) => (await auditEvents(plane)).length));
    const result = await work();
    const counts = await Promise.all(
      planes.map(async (plane, index) => {
        const events = (await auditEvents(plane)).slice(before[index]);
        return countRequests(index === 0 ? "management" : "remote", events);
      }),
    );
    return { result, requests: together(counts.flat()) };
  }
}

async function items({ plane }: SandboxCluster, path: string): Promise<readonly unknown[]> {
  const { body } = await plane.get(path);
  return (JSON.parse(body) as { items: unknown[] }).items;
}
