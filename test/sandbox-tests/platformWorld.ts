import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { platformCharts } from "../sandbox/charts";
import { generations, kubernetesClusters, type RunningHub, secretNames, writeSecret } from "../sandbox/relay";
import type { Sandbox, SandboxCluster } from "../sandbox/sandbox";

const limitSeconds = 60;
const namespace = "gloo-mesh";
const { kubernetesCluster } = generations["2.x"];

/** Values of a chart by their path, as `--set` takes them. */
export type ChartValues = Readonly<Record<string, string>>;

/** One remote cluster of a sandbox and its hub of 2.x: registers clusters and installs releases, as a user does by hand. */
export class PlatformWorld {
  readonly core: k8s.CoreV1Api;

  constructor(
    readonly sandbox: Sandbox,
    readonly remote: SandboxCluster,
    readonly hub: RunningHub,
    readonly management: SandboxCluster,
  ) {
    this.core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
  }

  static of(sandbox: Sandbox, remote: string, management = "management"): PlatformWorld {
    return new PlatformWorld(
      sandbox,
      sandbox.remote(remote),
      sandbox.hubNamed(management),
      sandbox.cluster(management),
    );
  }

  /** The KubernetesClusters of the hub. */
  get clusters(): ReturnType<typeof kubernetesClusters> {
    return kubernetesClusters(this.management.kubeConfig, this.hub.facts.namespace, kubernetesCluster);
  }

  /** Makes the namespace of the agent, and puts root CA and token there, as far as they are wanted. */
  async provide({ rootCa = true, token = true }: { rootCa?: boolean; token?: boolean } = {}): Promise<void> {
    const { kubeConfig } = this.remote;
    await this.core.createNamespace({ body: { metadata: { name: namespace } } }).catch(unlessExisting);
    const { rootCaPem, token: issued } = this.hub.facts;
    if (rootCa) await writeSecret(kubeConfig, { name: secretNames.root, namespace }, { "ca.crt": rootCaPem });
    if (token) await writeSecret(kubeConfig, { name: secretNames.identityToken, namespace }, { token: issued() });
  }

  /** Installs or upgrades the release `gloo-platform-crds`. */
  installDefinitions(version: string, values: ChartValues = {}): Promise<string> {
    return this.#install(platformCharts.definitions, version, values);
  }

  /** Installs or upgrades the release `gloo-platform` with an agent for this cluster name. It does not wait for pods. */
  installAgent(clusterName: string, values: ChartValues = {}, version = this.hub.facts.version): Promise<string> {
    return this.#install(platformCharts.platform, version, {
      "common.cluster": clusterName,
      "glooAgent.enabled": "true",
      "glooAgent.relay.serverAddress": this.hub.address,
      ...values,
    });
  }

  /** Removes the agent's release with its pods, and the Secrets that it has read or written. */
  async removeAgent(): Promise<void> {
    await this.helm("uninstall", platformCharts.platform, "--ignore-not-found", "--wait", "--cascade", "foreground");
    for (const name of [secretNames.client, secretNames.root, secretNames.identityToken]) {
      await this.core.deleteNamespacedSecret({ name, namespace }).catch((error: unknown) => {
        if (!(error instanceof k8s.ApiException && error.code === 404)) throw error;
      });
    }
  }

  /** Resolves when the agent's Deployment is available, which means that the agent is connected. */
  agentAvailable(): Promise<string> {
    return this.kubectl("rollout", "status", "deployment/gloo-mesh-agent", `--timeout=${limitSeconds}s`);
  }

  helm(...words: string[]): Promise<string> {
    const home = join(this.sandbox.folder, "helm");
    const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    return this.#run(this.sandbox.tools.helm.path, ["--kube-context", this.remote.name, ...words], env);
  }

  /** On the remote cluster. */
  kubectl(...words: string[]): Promise<string> {
    return this.#run(this.sandbox.tools.kubectl.path, ["--context", this.remote.name, ...words]);
  }

  #install(chart: string, version: string, values: ChartValues): Promise<string> {
    const settings = Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const source = ["--repo", this.sandbox.chartRepository.url, "--version", version];
    return this.helm("upgrade", chart, chart, "--install", ...source, ...settings);
  }

  async #run(command: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const args = ["--kubeconfig", this.sandbox.kubeconfig, "--namespace", namespace, ...words];
    const limits = { timeout: 2 * limitSeconds * 1000, env: { HOME: this.sandbox.folder, ...env } };
    return (await promisify(execFile)(command, args, limits)).stdout;
  }
}

function unlessExisting(error: unknown): void {
  if (!(error instanceof k8s.ApiException && error.code === 409)) throw error;
}
