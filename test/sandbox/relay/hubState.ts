import * as tls from "node:tls";
import type { experimental } from "@grpc/grpc-js";
import * as k8s from "@kubernetes/client-node";
import { authorityFromPem, type CertificateAuthority } from "./certificates";
import { kubernetesClusters } from "./kubernetesCluster";
import { errorText } from "./log";
import { isStatus, secretData, secretNames } from "./secrets";

const WATCH_RETRY_MILLISECONDS = 1000;

/** Told of what the watches see. */
export type HubStateReport = (level: "info" | "error", message: string, fields: Record<string, unknown>) => void;

/**
 * What the relay server knows from the API of its cluster, kept current by watches: its certificates, the bootstrap
 * token and which clusters are registered. It hands the TLS material to gRPC as a certificate provider, so that a
 * replaced Secret takes effect for new connections without a restart.
 */
export class HubState implements experimental.CertificateProvider {
  #secrets = new Map<string, ReadonlyMap<string, string>>();
  #stopping = false;
  readonly #informers: k8s.Informer<k8s.KubernetesObject>[] = [];
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #unregistered = new Set<(cluster: string) => void>();
  readonly #caListeners = new Set<experimental.CaCertificateUpdateListener>();
  readonly #identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();

  private constructor(
    readonly namespace: string,
    private readonly kubeConfig: k8s.KubeConfig,
    private readonly report: HubStateReport,
  ) {}

  /**
   * Reads everything once and then watches.
   *
   * @param options.report hears of each Secret that has been replaced while the server runs, and of those that cannot be used
   * @param options.insecure needs no Secrets
   * @throws when a Secret that is needed is missing or unusable, or the CRD is not installed
   */
  static async start(
    kubeConfig: k8s.KubeConfig,
    namespace: string,
    options: { report: HubStateReport; insecure: boolean },
  ): Promise<HubState> {
    const state = new HubState(namespace, kubeConfig, options.report);
    const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
    const listSecrets = () => core.listNamespacedSecret({ namespace });
    const listClusters = () => kubernetesClusters(kubeConfig, namespace).list();
    for (const secret of (await listSecrets()).items) state.#remember(secret);
    await listClusters();
    if (!options.insecure) {
      state.#checkTransport();
      state.signingAuthority();
      state.token();
    }
    const secrets = k8s.makeInformer(kubeConfig, `/api/v1/namespaces/${namespace}/secrets`, listSecrets);
    secrets.on("add", (secret) => state.#onSecret(secret));
    secrets.on("update", (secret) => state.#onSecret(secret));
    const clusters = k8s.makeInformer(kubeConfig, kubernetesClusters(kubeConfig, namespace).path, listClusters);
    clusters.on("delete", (cluster) => state.#onUnregistered(cluster.metadata?.name ?? ""));
    await Promise.all([state.#watch(secrets), state.#watch(clusters)]);
    return state;
  }

  /** The bootstrap token. @throws when the Secret or its key is missing or empty */
  token(): string {
    return this.#required(secretNames.identityToken, "token");
  }

  /** The CA that signs clients. @throws when its Secret is missing or unusable */
  signingAuthority(): CertificateAuthority {
    return authorityFromPem(
      this.#required(secretNames.signing, "tls.crt"),
      this.#required(secretNames.signing, "tls.key"),
    );
  }

  /** PEM of the root that clients shall trust. @throws when its Secret is missing */
  rootPem(): string {
    return this.#required(secretNames.root, "ca.crt");
  }

  /** Whether a KubernetesCluster of this name exists now. Asked live: a watch may lag behind the creation. */
  async isRegistered(cluster: string): Promise<boolean> {
    try {
      await kubernetesClusters(this.kubeConfig, this.namespace).read(cluster);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** Calls back whenever a KubernetesCluster has been deleted. */
  onUnregistered(listener: (cluster: string) => void): void {
    this.#unregistered.add(listener);
  }

  /** Ends the watches. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const retry of this.#retries) clearTimeout(retry);
    await Promise.all(this.#informers.map((informer) => informer.stop()));
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.add(listener);
    // gRPC registers its own listener only after this call returns, so an answer given right here would be lost.
    setImmediate(() => listener(this.#caUpdate()));
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.add(listener);
    setImmediate(() => listener(this.#identityUpdate()));
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.delete(listener);
  }

  async #watch(informer: k8s.Informer<k8s.KubernetesObject>): Promise<void> {
    this.#informers.push(informer);
    // The informer gives up at an error of the connection; only an expired resource version heals by itself.
    informer.on("error", () => {
      if (this.#stopping) return;
      const retry = setTimeout(() => {
        this.#retries.delete(retry);
        void informer.start();
      }, WATCH_RETRY_MILLISECONDS);
      this.#retries.add(retry);
    });
    await informer.start();
  }

  #onSecret(secret: k8s.V1Secret): void {
    const name = secret.metadata?.name ?? "";
    const previous = this.#secrets.get(name);
    this.#remember(secret);
    if (sameData(previous, this.#secrets.get(name))) return;
    if (name === secretNames.server && !this.#replaceTransport()) return;
    this.report("info", "took up replaced Secret", { secret: name });
  }

  /** Hands the new server certificate to gRPC; an unusable one is reported and the old one stays. */
  #replaceTransport(): boolean {
    try {
      this.#checkTransport();
    } catch (error) {
      this.report("error", "replaced Secret cannot be used", { secret: secretNames.server, error: errorText(error) });
      return false;
    }
    for (const listener of this.#caListeners) listener(this.#caUpdate());
    for (const listener of this.#identityListeners) listener(this.#identityUpdate());
    return true;
  }

  #onUnregistered(cluster: string): void {
    for (const listener of this.#unregistered) listener(cluster);
  }

  #remember(secret: k8s.V1Secret): void {
    this.#secrets.set(secret.metadata?.name ?? "", secretData(secret));
  }

  #required(name: string, key: string): string {
    const value = this.#secrets.get(name)?.get(key);
    if (!value) throw new Error(`Secret ${this.namespace}/${name} has no ${key}`);
    return value;
  }

  /** Fails for material that OpenSSL refuses, before gRPC sees it: gRPC would only drop all connections. */
  #checkTransport(): void {
    const { certificate, privateKey } = this.#identityUpdate();
    tls.createSecureContext({ ca: this.#caUpdate().caCertificate, cert: certificate, key: privateKey });
  }

  #caUpdate(): experimental.CaCertificateUpdate {
    return { caCertificate: Buffer.from(this.#required(secretNames.server, "ca.crt")) };
  }

  #identityUpdate(): experimental.IdentityCertificateUpdate {
    return {
      certificate: Buffer.from(this.#required(secretNames.server, "tls.crt")),
      privateKey: Buffer.from(this.#required(secretNames.server, "tls.key")),
    };
  }
}

function sameData(
  left: ReadonlyMap<string, string> | undefined,
  right: ReadonlyMap<string, string> | undefined,
): boolean {
  return JSON.stringify([...(left ?? [])]) === JSON.stringify([...(right ?? [])]);
}
