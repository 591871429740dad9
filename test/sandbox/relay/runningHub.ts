import { randomBytes } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { createHubCertificates, fingerprint, type HubCertificates } from "./certificates";
import { writeHubSecrets } from "./hub";
import { INSECURE_ARGUMENT } from "./hubObjects";
import type { HubFacts } from "./hubOptions";
import { imageVersion } from "./images";
import type { CertificateAuthority } from "./issuing";
import { type LoadBalancerAddress, setLoadBalancer } from "./loadBalancer";
import { gaugeValue, relayMetrics } from "./metrics";
import type { ReplicaPorts } from "./replicaPorts";
import { relayRolledOut } from "./rollout";

/** One replica of a relay server. */
export interface ReplicaCount {
  readonly address: string;
  /** Agents that it counts as connected under a name; undefined when it never saw one. */
  readonly connected: number | undefined;
}

/**
 * An installed hub, and what may happen to it while agents are registered. Whatever changes its PKI, token or image also
 * restarts the relay server, as their owners do: all sessions end, and every agent has to prove itself anew.
 */
export class RunningHub {
  #facts: HubFacts;
  #staged: HubCertificates | undefined;

  constructor(
    private readonly kubeConfig: k8s.KubeConfig,
    facts: HubFacts,
    private readonly ports: ReplicaPorts,
  ) {
    this.#facts = facts;
  }

  /** `127.0.0.1:PORT`, at which agents reach the relay server; of several replicas the first. */
  get address(): string {
    return `127.0.0.1:${this.ports.first}`;
  }

  /** What each replica counts, and where it is reached, by the name of its pod. @throws while no relay server runs */
  async replicas(clusterName: string): Promise<Readonly<Record<string, ReplicaCount>>> {
    const metrics = Object.entries(await relayMetrics(this.kubeConfig, this.#facts));
    return Object.fromEntries(
      metrics.map(([pod, text]) => {
        const connected = gaugeValue(text, "relay_push_clients_connected", clusterName);
        return [pod, { address: `127.0.0.1:${this.ports.of(pod)}`, connected }];
      }),
    );
  }

  /** What is true by now. */
  get facts(): HubFacts {
    return this.#facts;
  }

  /** Gives the Service an address of a load balancer, or takes it away. */
  setLoadBalancer(address: LoadBalancerAddress | undefined): Promise<void> {
    return setLoadBalancer(this.kubeConfig, address, { name: this.#server, namespace: this.#facts.namespace });
  }

  /** Has the relay server run from another image, e.g. of another version or pinned by its digest. */
  async setImage(image: string): Promise<void> {
    this.#facts = { ...this.#facts, version: imageVersion(image) || this.#facts.version };
    await this.#patch({ template: { spec: { containers: [{ name: this.#server, image }] } } });
  }

  /** Has the relay server speak plain text, or TLS again. Its Secrets stay. */
  async setInsecure(insecure: boolean): Promise<void> {
    this.#facts = { ...this.#facts, insecure };
    const args = insecure ? [INSECURE_ARGUMENT] : [];
    await this.#patch({ template: { spec: { containers: [{ name: this.#server, args }] } } });
  }

  /** @param token default: a random one */
  async replaceToken(token = randomBytes(32).toString("hex")): Promise<void> {
    await this.#change({ token: () => token });
  }

  /** Lets the server accept client certificates of these authorities beside its own. */
  async trustClients(...authorities: readonly CertificateAuthority[]): Promise<void> {
    await this.#change({ clientAuthorities: [...this.#facts.clientAuthorities, ...authorities] });
  }

  /** A new root, server certificate and signing CA in one step: whoever trusts the old root only is cut off. */
  async replaceRoot(): Promise<void> {
    const certificates = await this.#newCertificates();
    await this.#change({ certificates, rootCaPem: certificates.root.certificatePem });
  }

  /** First step of a replacement that cuts nobody off: `ca.crt` holds the old and a new root; the old one still signs. */
  async stageRoot(): Promise<void> {
    const next = await this.#newCertificates();
    this.#staged = next;
    await this.#change({ rootCaPem: this.#facts.certificates.root.certificatePem + next.root.certificatePem });
  }

  /** Second step: server certificate and signing CA are of the new root; both roots are still trusted. */
  async switchToStagedRoot(): Promise<void> {
    await this.#change({ certificates: this.#demandStaged() });
  }

  /** Last step: the old root leaves `ca.crt`, so client certificates of it are refused. */
  async dropOldRoot(): Promise<void> {
    const certificates = this.#demandStaged();
    this.#staged = undefined;
    await this.#change({ certificates, rootCaPem: certificates.root.certificatePem });
  }

  /** Starts the relay server anew, and resolves when it takes connections. */
  async restart(): Promise<void> {
    const annotations = {
      "kubectl.kubernetes.io/restartedAt": `${new Date().toISOString()} ${randomBytes(4).toString("hex")}`,
    };
    await this.#patch({ template: { metadata: { annotations } } });
  }

  /** Takes the relay server down; its objects stay. Resolves when its port refuses connections. */
  async stop(): Promise<void> {
    await this.scale(0);
  }

  /** Brings the relay server up, and resolves when it takes connections. */
  async start(): Promise<void> {
    await this.scale(Math.max(1, this.#facts.replicas));
  }

  /** Changes the number of replicas, and resolves when so many take connections. A sandbox has ports for two at least. */
  async scale(replicas: number): Promise<void> {
    await this.#patch({ replicas });
  }

  /**
   * Agents that are connected under this name, by the gauge relay_push_clients_connected as it is read through the proxy of
   * the API server; undefined when no server that runs now ever saw one. @throws while no relay server runs
   */
  async connectedAgents(clusterName: string): Promise<number | undefined> {
    const texts = Object.values(await relayMetrics(this.kubeConfig, this.#facts));
    const counts = texts.flatMap((text) => gaugeValue(text, "relay_push_clients_connected", clusterName) ?? []);
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count);
  }

  get #server(): string {
    return this.#facts.generation.server;
  }

  async #change(change: Partial<HubFacts>): Promise<void> {
    const facts = { ...this.#facts, ...change };
    this.#facts = { ...facts, rootCaFingerprint: fingerprint(facts.rootCaPem) };
    await writeHubSecrets(this.kubeConfig, this.#facts);
    await this.restart();
  }

  async #patch(spec: object): Promise<void> {
    const apps = this.kubeConfig.makeApiClient(k8s.AppsV1Api);
    const { namespace } = this.#facts;
    await apps.patchNamespacedDeployment(
      { name: this.#server, namespace, body: { spec } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch),
    );
    await relayRolledOut(this.kubeConfig, namespace, this.#facts.generation);
  }

  #newCertificates(): Promise<HubCertificates> {
    return createHubCertificates({ dnsNames: this.#facts.dnsNames });
  }

  #demandStaged(): HubCertificates {
    if (this.#staged === undefined) throw new Error("no root is staged: call stageRoot first");
    return this.#staged;
  }
}
