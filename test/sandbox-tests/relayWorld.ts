import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { CHART, type ChartRepository, startChartRepository } from "../sandbox/charts";
import { type ControlPlane, startControlPlanes, writeKubeconfig } from "../sandbox/controlplane";
import { clientConfig } from "../sandbox/controlplane/kubeconfig";
import { type ImageResolver, type PodProgram, PodRunner } from "../sandbox/pods";
import { Processes } from "../sandbox/processes";
import {
  type HubFacts,
  installHub,
  kubernetesClusters,
  type RelayAgentOptions,
  relayAgentProgram,
  relayExecutable,
  relayServerProgram,
  secretNames,
  writeSecret,
} from "../sandbox/relay";
import { ensureTools, type Tools } from "../toolchain";
import { ProgramRun } from "./programRun";
import { Transcript } from "./transcript";

const limitSeconds = 40;
const namespace = "gloo-mesh";
// Short, so that an agent that cannot succeed ends soon; long enough for a server that restarts.
const patience = { retrySeconds: 0.1, maximumRetrySeconds: 0.4, giveUpSeconds: 2 };

/** A release of the agent, as far as it departs from a right one. */
export interface AgentRelease {
  readonly clusterName: string;
  readonly version?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** A hub and one remote cluster on real control planes; the stand-ins run as pods there. */
export class RelayWorld {
  readonly management: ControlPlane;
  readonly remote: ControlPlane;
  readonly hub: HubFacts;
  readonly relayAddress: string;
  readonly serverLog: Transcript;
  readonly agentLog: Transcript;
  readonly #folder: string;
  readonly #tools: Tools;
  readonly #charts: ChartRepository;
  readonly #stops: (() => Promise<unknown>)[];
  readonly #runs = new Set<ProgramRun>();
  #released = false;

  private constructor(parts: {
    management: ControlPlane;
    remote: ControlPlane;
    hub: HubFacts;
    relayAddress: string;
    serverLog: Transcript;
    agentLog: Transcript;
    folder: string;
    tools: Tools;
    charts: ChartRepository;
    stops: (() => Promise<unknown>)[];
  }) {
    this.management = parts.management;
    this.remote = parts.remote;
    this.hub = parts.hub;
    this.relayAddress = parts.relayAddress;
    this.serverLog = parts.serverLog;
    this.agentLog = parts.agentLog;
    this.#folder = parts.folder;
    this.#tools = parts.tools;
    this.#charts = parts.charts;
    this.#stops = parts.stops;
  }

  static async start(): Promise<RelayWorld> {
    const tools = await ensureTools();
    await relayExecutable();
    const folder = await mkdtemp(join(tmpdir(), "gmr-"));
    const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const processes = await Processes.start();
      stops.push(() => processes.stop());
      processes.removeWhenAbandoned(folder);
      const [management, remote] = await startControlPlanes(["management", "remote-1"], { folder, tools, processes });
      if (!management || !remote) throw new Error("a control plane is missing");
      await writeKubeconfig(join(folder, "kubeconfig"), [management, remote]);
      const charts = await startChartRepository({ folder: join(folder, "charts"), helm: tools.helm.path });
      stops.push(() => charts.stop());
      const relayPort = await freePort();
      const serverLog = new Transcript();
      const agentLog = new Transcript();
      const backOff = { initialSeconds: 0.5, maximumSeconds: 2 };
      const listen = { host: "127.0.0.1", port: relayPort } as const;
      const server = resolver("enterprise-networking", () => serverLog.tee(relayServerProgram({ listen })));
      const agent = resolver("enterprise-agent", () => agentLog.tee(relayAgentProgram(patience)));
      for (const [plane, images] of [[management, server] as const, [remote, agent] as const]) {
        const runner = await PodRunner.start(plane, { images, backOff });
        stops.push(() => runner.stop());
      }
      const hub = await installHub(management.kubeConfig);
      await serverLog.until(/relay server is listening/);
      const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
      await core.createNamespace({ body: { metadata: { name: namespace } } });
      const relayAddress = `127.0.0.1:${relayPort}`;
      return new RelayWorld({
        ...{ management, remote, hub, relayAddress, serverLog, agentLog, folder, tools, charts, stops },
      });
    } catch (error) {
      await stopAll(stops);
      throw error;
    }
  }

  stop(): Promise<void> {
    return stopAll(this.#stops);
  }

  /** Makes the cluster known to the relay server. */
  async register(clusterName: string): Promise<void> {
    await kubernetesClusters(this.management.kubeConfig, this.hub.namespace).create(clusterName);
  }

  async unregister(clusterName: string): Promise<void> {
    await kubernetesClusters(this.management.kubeConfig, this.hub.namespace).delete(clusterName);
  }

  /** Puts root CA and token on the remote cluster, the hub's own unless told otherwise. */
  async copySecrets(secrets: { rootCa?: string; token?: string } = {}): Promise<void> {
    const { kubeConfig } = this.remote;
    const root = { name: secretNames.root, namespace };
    await writeSecret(kubeConfig, root, { "ca.crt": secrets.rootCa ?? this.hub.rootCaPem });
    const token = { name: secretNames.identityToken, namespace };
    await writeSecret(kubeConfig, token, { token: secrets.token ?? this.hub.token() });
  }

  async installAgent(release: AgentRelease): Promise<void> {
    const values = {
      "relay.cluster": release.clusterName,
      "relay.serverAddress": this.relayAddress,
      ...release.values,
    };
    this.#released = true;
    const settings = Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const version = ["--repo", this.#charts.url, "--version", release.version ?? this.hub.version];
    await this.helm("install", CHART, CHART, ...version, ...settings);
  }

  /** Runs an agent outside a pod, with the rights of the administrator, until it ends or the test is over. */
  runAgent(
    clusterName: string,
    flags: Readonly<Record<string, string>> = {},
    options: RelayAgentOptions = {},
    apiServer?: string,
  ): ProgramRun {
    const all = { cluster: clusterName, "relay-address": this.relayAddress, ...flags };
    const run = new ProgramRun(relayAgentProgram({ ...patience, ...options }), {
      kubeConfig:
        apiServer === undefined
          ? this.remote.kubeConfig
          : clientConfig({ name: "elsewhere", server: apiServer, ca: this.remote.certificateAuthority }),
      namespace,
      image: `gcr.io/gloo-mesh/${CHART}:${this.hub.version}`,
      args: Object.entries(all).map(([name, value]) => `--${name}=${value}`),
    });
    this.#runs.add(run);
    return run;
  }

  /** Runs one more relay server for the same hub, outside a pod. */
  async runServer(port: number, options: { insecure?: boolean } = {}): Promise<ProgramRun> {
    const run = new ProgramRun(relayServerProgram({ listen: { host: "127.0.0.1", port }, ...options }), {
      kubeConfig: this.management.kubeConfig,
      namespace: this.hub.namespace,
      image: `gcr.io/gloo-mesh/enterprise-networking:${this.hub.version}`,
      args: [],
    });
    this.#runs.add(run);
    await run.log.until(/relay server is listening/);
    return run;
  }

  /** Ends runs, removes the release and what an agent left behind: the next test starts from an empty namespace. */
  async removeAgent(): Promise<void> {
    for (const run of this.#runs) await run.stop();
    this.#runs.clear();
    if (this.#released) await this.helm("uninstall", CHART, "--ignore-not-found", "--wait", "--cascade", "foreground");
    this.#released = false;
    const core = this.remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    for (const name of [secretNames.client, secretNames.root, secretNames.identityToken]) {
      await core.deleteNamespacedSecret({ name, namespace }).catch((error: unknown) => {
        if (!(error instanceof k8s.ApiException && error.code === 404)) throw error;
      });
    }
    this.agentLog.clear();
  }

  helm(...words: string[]): Promise<string> {
    const home = join(this.#folder, "helm");
    return this.#run(this.#tools.helm.path, ["--kube-context", this.remote.name, "--namespace", namespace, ...words], {
      HELM_CACHE_HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_DATA_HOME: home,
    });
  }

  kubectl(plane: ControlPlane, ...words: string[]): Promise<string> {
    return this.#run(this.#tools.kubectl.path, ["--context", plane.name, "--namespace", namespace, ...words]);
  }

  /** The server's metrics as the component reads them: through the proxy of the API server. */
  metrics(): Promise<string> {
    const service = `/api/v1/namespaces/${this.hub.namespace}/services/enterprise-networking:9091`;
    return this.kubectl(this.management, "get", "--raw", `${service}/proxy/metrics`);
  }

  async #run(command: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const args = ["--kubeconfig", join(this.#folder, "kubeconfig"), ...words];
    const limits = { timeout: limitSeconds * 1000, env: { HOME: this.#folder, ...env } };
    return (await promisify(execFile)(command, args, limits)).stdout;
  }
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function resolver(name: string, program: () => PodProgram): ImageResolver {
  return (image) =>
    image.startsWith(`gcr.io/gloo-mesh/${name}:`) ? program : { waitingReason: "ErrImagePull", message: "not found" };
}

async function stopAll(stops: (() => Promise<unknown>)[]): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}
