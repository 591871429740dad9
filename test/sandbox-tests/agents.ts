import * as k8s from "@kubernetes/client-node";
import {
  generations,
  kubernetesClusters,
  type RelayGeneration,
  type RunningHub,
  relayAgentProgram,
  secretNames,
  writeSecret,
} from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import { ProgramRun } from "./programRun";

// Short, so that an agent that cannot succeed ends soon; long enough for a server that restarts.
const patience = { retrySeconds: 0.1, maximumRetrySeconds: 0.4, giveUpSeconds: 3 };

/** Agents without pods on one remote cluster, each in a namespace that is called as its cluster name. */
export class Agents {
  readonly #runs = new Set<ProgramRun>();

  /** @param generation of the agents and of the hubs that they register with. Default: 1.x */
  constructor(
    private readonly remote: SandboxCluster,
    private readonly generation: RelayGeneration = generations["1.x"],
  ) {}

  /** Makes a namespace for the agent, and its cluster known to the hub. */
  async register(hub: RunningHub, management: SandboxCluster, clusterName: string): Promise<void> {
    const core = this.remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: clusterName } } });
    const { kubernetesCluster } = this.generation;
    await kubernetesClusters(management.kubeConfig, hub.facts.namespace, kubernetesCluster).create(clusterName);
  }

  /** Gives the agent root CA and token, those of the hub unless told otherwise. */
  async provide(
    hub: RunningHub,
    clusterName: string,
    secrets: { rootCaPem?: string; token?: string } = {},
  ): Promise<void> {
    const { kubeConfig } = this.remote;
    const root = { "ca.crt": secrets.rootCaPem ?? hub.facts.rootCaPem };
    const token = { token: secrets.token ?? hub.facts.token() };
    await writeSecret(kubeConfig, { name: secretNames.root, namespace: clusterName }, root);
    await writeSecret(kubeConfig, { name: secretNames.identityToken, namespace: clusterName }, token);
  }

  /** Removes the client certificate, so that the next agent bootstraps. */
  async forget(clusterName: string): Promise<void> {
    const core = this.remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    await core.deleteNamespacedSecret({ name: secretNames.client, namespace: clusterName });
  }

  start(clusterName: string, address: string, flags: Readonly<Record<string, string>> = {}): ProgramRun {
    const { name: generation, agent, defaultVersion } = this.generation;
    const token = { "relay-identity-token-secret-name": secretNames.identityToken };
    const all = { cluster: clusterName, "relay-address": address, ...token, ...flags };
    const run = new ProgramRun(relayAgentProgram({ generation, ...patience }), {
      kubeConfig: this.remote.kubeConfig,
      namespace: clusterName,
      image: `gcr.io/gloo-mesh/${agent}:${defaultVersion}`,
      args: Object.entries(all).map(([name, value]) => `--${name}=${value}`),
    });
    this.#runs.add(run);
    return run;
  }

  async stop(): Promise<void> {
    for (const run of this.#runs) await run.stop();
    this.#runs.clear();
  }
}
