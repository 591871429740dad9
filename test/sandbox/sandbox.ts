import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as k8s from "@kubernetes/client-node";
import { ensureTools, type Tools } from "../toolchain";
import { type ChartRepository, startChartRepository } from "./charts";
import { type ControlPlane, freePort, startControlPlanes, writeKubeconfig } from "./controlplane";
import { all, Ending } from "./ending";
import { type BackOffLimits, type ImageResolver, PodRunner } from "./pods";
import { Processes } from "./processes";
import { type HubFacts, type HubOptions, installHub, relayAgentProgram, relayServerProgram } from "./relay";
import { relayAvailable } from "./relay-available";

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
  readonly relayAddress: string;
  readonly hub: HubFacts;
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
  /** `127.0.0.1:PORT`, at which the agents of all clusters reach the relay server. */
  readonly relayAddress: string;
  readonly hub: HubFacts;
  readonly chartRepository: ChartRepository;

  private constructor(
    parts: Parts,
    private readonly ending: Ending,
  ) {
    this.folder = parts.folder;
    this.tools = parts.tools;
    this.processes = parts.processes;
    this.management = named(parts.clusters, managementName);
    this.remotes = new Map(parts.clusters.slice(1).map((cluster) => [cluster.name, cluster]));
    this.kubeconfig = kubeconfigPath(parts.folder);
    this.relayAddress = parts.relayAddress;
    this.hub = parts.hub;
    this.chartRepository = parts.chartRepository;
  }

  /** @throws when a part does not start; nothing of the others is left then. */
  static async start(options: SandboxOptions): Promise<Sandbox> {
    const tools = options.tools ?? (await ensureTools(options.report ? { report: options.report } : {}));
    const ending = new Ending();
    try {
      return new Sandbox(await assemble(options, tools, ending), ending);
    } catch (error) {
      await ending.run();
      throw error;
    }
  }

  /** @throws when there is no such remote cluster */
  remote(name: string): SandboxCluster {
    return named([...this.remotes.values()], name);
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

  const relayPort = await freePort();
  const [chartRepository, clusters] = await all([
    startCharts(folder, tools, ending),
    startClusters(options, { folder, tools, processes, relayPort, ending, report }),
  ]);
  report(`chart repository: ${chartRepository.url} with ${chartRepository.versions.join(", ")}`);
  const { kubeConfig } = named(clusters, managementName);
  const running = options.relayServer ?? true;
  const hub = await installHub(kubeConfig, { ...(running ? {} : { replicas: 0 }), ...options.hub });
  const relayAddress = `127.0.0.1:${relayPort}`;
  if (running) await relayAvailable(kubeConfig, hub.namespace);
  report(running ? `relay server: ${relayAddress}` : "relay server: not started");
  return { folder, tools, processes, clusters, relayAddress, hub, chartRepository };
}

async function startClusters(
  options: SandboxOptions,
  context: {
    folder: string;
    tools: Tools;
    processes: Processes;
    relayPort: number;
    ending: Ending;
    report: (line: string) => void;
  },
): Promise<SandboxCluster[]> {
  const { folder, ending, ...common } = context;
  const names = [managementName, ...options.remotes];
  const planes = await startControlPlanes(names, { ...common, folder: join(folder, "c") });
  await writeKubeconfig(kubeconfigPath(folder), planes);
  const images = imageResolver(options, context.relayPort);
  const backOff = options.backOff === undefined ? {} : { backOff: options.backOff };
  const start = async (plane: ControlPlane): Promise<SandboxCluster> => {
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

function imageResolver(options: SandboxOptions, relayPort: number): ImageResolver {
  const { certificateDelaySeconds = 0 } = options;
  return (image) => {
    const own = options.images?.(image);
    if (own !== undefined) return own;
    const [, name] = /(?:^|\/)([^/:]+):[^/]+$/.exec(image) ?? [];
    if (name === "enterprise-agent") return () => relayAgentProgram({ certificateDelaySeconds });
    if (name === "enterprise-networking") {
      return () => relayServerProgram({ listen: { host: "127.0.0.1", port: relayPort } });
    }
    return { waitingReason: "ErrImagePull", message: `${image}: not found` };
  };
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
