import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as k8s from "@kubernetes/client-node";
import { ensureTools, type Tools } from "../toolchain";
import { type ChartRepository, startChartRepository } from "./charts";
import { type ControlPlane, startControlPlanes, writeKubeconfig } from "./controlplane";
import { all, Ending } from "./ending";
import { type HubPlan, planHubPorts, startHub } from "./hubPlan";
import { imageResolver } from "./images";
import { type BackOffLimits, type ImageResolver, PodRunner } from "./pods";
import { Processes } from "./processes";
import {
  defaultNamespace,
  type HubFacts,
  type HubOptions,
  installDefinition,
  type RunningHub,
  relayExecutable,
} from "./relay";

/** What a sandbox consists of. */
export interface SandboxOptions {
  /** Names of the remote clusters, such as "remote-1"; they are the contexts of the kubeconfig, beside "management". */
  readonly remotes: readonly string[];
  /** Default: those that `ensureTools` finds or builds. */
  readonly tools?: Tools;
  /** Told one line for each part that is ready. */
  readonly report?: (line: string) => void;
  /** Waits of crashed containers and failed pulls. Default: the kubelet's, 10 s doubling to 300 s. */
  readonly backOff?: BackOffLimits;
  /** Whether the relay server runs. Default true; false is a hub that is down: all its objects are there, no pod is. */
  readonly relayServer?: boolean;
  /** How long relay agents wait before they store their certificate, for tests of slow registrations. Default 0. */
  readonly certificateDelaySeconds?: number;
  /** Further properties of the hub, such as the version of its relay server. */
  readonly hub?: HubOptions;
  /** Further management clusters by name, each with a relay server, PKI and token of its own. Default: none. */
  readonly furtherHubs?: Readonly<Record<string, HubOptions>>;
  /** Asked first what an image stands for; undefined leaves it to the sandbox, which knows the relay's two. */
  readonly images?: (image: string) => ReturnType<ImageResolver> | undefined;
}

/** One cluster of a sandbox. */
export interface SandboxCluster {
  /** Also the context of the kubeconfig. */
  readonly name: string;
  readonly plane: ControlPlane;
  /** The administrator's. */
  readonly kubeConfig: k8s.KubeConfig;
  readonly pods: PodRunner;
}

interface Parts {
  readonly folder: string;
  readonly tools: Tools;
  readonly processes: Processes;
  readonly clusters: readonly SandboxCluster[];
  /** By the name of its cluster. */
  readonly hubs: ReadonlyMap<string, RunningHub>;
  readonly chartRepository: ChartRepository;
}

const managementName = "management";
const longestTemporaryFolder = 60;

/**
 * A management cluster with Gloo Mesh's relay server, remote clusters and a chart repository, all on this machine. Real
 * are etcd, the API servers and the controller managers; pods run as programs inside this process.
 */
export class Sandbox {
  /** Holds all files of the sandbox; only its owner may enter it. It goes with {@link stop}. */
  readonly folder: string;
  readonly tools: Tools;
  /** What the sandbox has spawned; what tests spawn may join it. */
  readonly processes: Processes;
  readonly management: SandboxCluster;
  /** By name. */
  readonly remotes: ReadonlyMap<string, SandboxCluster>;
  /** Path of a kubeconfig with a context for each cluster, in which the user is the administrator. */
  readonly kubeconfig: string;
  readonly chartRepository: ChartRepository;
  private readonly clusters: readonly SandboxCluster[];
  private readonly hubs: ReadonlyMap<string, RunningHub>;

  private constructor(
    parts: Parts,
    private readonly ending: Ending,
  ) {
    this.folder = parts.folder;
    this.tools = parts.tools;
    this.processes = parts.processes;
    this.management = named(parts.clusters, managementName);
    this.clusters = parts.clusters;
    this.hubs = parts.hubs;
    this.remotes = new Map(
      parts.clusters.filter(({ name }) => !parts.hubs.has(name)).map((cluster) => [cluster.name, cluster]),
    );
    this.kubeconfig = kubeconfigPath(parts.folder);
    this.chartRepository = parts.chartRepository;
  }

  /** @throws when a part does not start; nothing of the others is left then. */
  static async start(options: SandboxOptions): Promise<Sandbox> {
    const tools = options.tools ?? (await ensureTools(options.report ? { report: options.report } : {}));
    await relayExecutable(); // a build takes longer than the limits that are to come
    const ending = new Ending();
    try {
      return new Sandbox(await assemble(options, tools, ending), ending);
    } catch (error) {
      await ending.run();
      throw error;
    }
  }

  /** `127.0.0.1:PORT`, at which the agents of all clusters reach the relay server. */
  get relayAddress(): string {
    return this.hubNamed(managementName).address;
  }

  /** What is true of the hub by now. */
  get hub(): HubFacts {
    return this.hubNamed(managementName).facts;
  }

  /** A hub, to change it while agents are registered. @throws when there is no such hub */
  hubNamed(name: string): RunningHub {
    const hub = this.hubs.get(name);
    if (hub === undefined) throw new Error(`no hub ${name} in this sandbox`);
    return hub;
  }

  /** Any cluster, a further management cluster for instance. @throws when there is no such cluster */
  cluster(name: string): SandboxCluster {
    return named(this.clusters, name);
  }

  /** @throws when there is no such remote cluster */
  remote(name: string): SandboxCluster {
    return named([...this.remotes.values()], name);
  }

  /** Adds what has to be ended with the sandbox. The youngest goes first. */
  whenStopping(step: () => Promise<void>): void {
    this.ending.add(step);
  }

  /** Ends everything and removes the folder. Further calls wait for the first one. */
  stop(): Promise<void> {
    return this.ending.run();
  }
}

async function assemble(options: SandboxOptions, tools: Tools, ending: Ending): Promise<Parts> {
  const report = options.report ?? (() => undefined);
  const folder = await mkdtemp(join(temporaryFolder(), "gmr-"));
  ending.add(() => rm(folder, { recursive: true, force: true }));
  const processes = await Processes.start();
  ending.add(() => processes.stop());
  processes.removeWhenAbandoned(folder);

  const planned = { [managementName]: options.hub ?? {}, ...options.furtherHubs };
  const hubPlans = await Promise.all(Object.entries(planned).map(([name, hub]) => planHubPorts(name, hub)));
  const [chartRepository, clusters] = await all([
    startCharts(folder, tools, ending),
    startClusters(options, { folder, tools, processes, hubPlans, ending, report }),
  ]);
  const charts = Object.entries(chartRepository.versions).map(([chart, versions]) => `${chart} ${versions.join(", ")}`);
  report(`chart repository: ${chartRepository.url} with ${charts.join("; ")}`);
  const running = options.relayServer ?? true;
  const hubs = await all(
    hubPlans.map(async (plan): Promise<[string, RunningHub]> => {
      const hub = await startHub(plan, named(clusters, plan.name).kubeConfig, running);
      report(`relay server of ${plan.name}: ${running ? hub.address : "not started"}`);
      return [plan.name, hub];
    }),
  );
  return { folder, tools, processes, clusters, hubs: new Map(hubs), chartRepository };
}

async function startClusters(
  options: SandboxOptions,
  context: {
    folder: string;
    tools: Tools;
    processes: Processes;
    hubPlans: readonly HubPlan[];
    ending: Ending;
    report: (line: string) => void;
  },
): Promise<SandboxCluster[]> {
  const { folder, ending, hubPlans, ...common } = context;
  const names = [...hubPlans.map(({ name }) => name), ...options.remotes];
  const hubsByName = new Map(hubPlans.map(({ name, hub }) => [name, hub]));
  const planes = await startControlPlanes(names, {
    ...common,
    folder: join(folder, "c"),
    beforeControllers: async (name, kubeConfig) => {
      const hub = hubsByName.get(name);
      if (hub !== undefined) await installDefinition(kubeConfig, hub.namespace ?? defaultNamespace, hub);
    },
  });
  await writeKubeconfig(kubeconfigPath(folder), planes);
  const backOff = options.backOff === undefined ? {} : { backOff: options.backOff };
  const { certificateDelaySeconds = 0 } = options;
  const start = async (plane: ControlPlane): Promise<SandboxCluster> => {
    const plan = hubPlans.find(({ name }) => name === plane.name);
    const images = imageResolver({ own: options.images, certificateDelaySeconds, relay: plan });
    const pods = await PodRunner.start(plane, { images, ...backOff, report: context.report });
    ending.add(() => pods.stop());
    return { name: plane.name, plane, kubeConfig: plane.kubeConfig, pods };
  };
  return all(planes.map(start));
}

async function startCharts(folder: string, tools: Tools, ending: Ending): Promise<ChartRepository> {
  const repository = await startChartRepository({ folder: join(folder, "charts"), helm: tools.helm.path });
  ending.add(() => repository.stop());
  return repository;
}

/** Unix sockets lie in the folder, and their paths must be short: a deep TMPDIR gives way to /tmp. */
function temporaryFolder(): string {
  return Buffer.byteLength(tmpdir()) <= longestTemporaryFolder ? tmpdir() : "/tmp";
}

function kubeconfigPath(folder: string): string {
  return join(folder, "kubeconfig");
}

function named(clusters: readonly SandboxCluster[], name: string): SandboxCluster {
  const cluster = clusters.find((candidate) => candidate.name === name);
  if (cluster === undefined) throw new Error(`no cluster ${name} in this sandbox`);
  return cluster;
}
