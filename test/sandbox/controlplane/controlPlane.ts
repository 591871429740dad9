import type * as k8s from "@kubernetes/client-node";
import type { ManagedProcess, Processes } from "../processes";
import { type ApiAccess, apiGet } from "./apiRequest";
import { spawnApiServer } from "./apiserver";
import type { Credential } from "./authority";
import type { ClusterFiles } from "./clusterFiles";
import { spawnControllerManager } from "./controllerManager";
import { type Etcd, untilEtcdReady } from "./etcd";
import { clientConfig } from "./kubeconfig";
import { freePort } from "./ports";
import { untilReady } from "./readiness";

/** What a control plane is started from. */
export interface ControlPlaneOptions {
  readonly name: string;
  readonly files: ClusterFiles;
  /** That of all clusters of the sandbox. */
  readonly etcd: Etcd;
  readonly commands: { readonly apiServer: string; readonly controllerManager: string };
  readonly processes: Processes;
  /**
   * Runs when the API server is ready and the controllers are not yet. The place for custom resource definitions: the garbage collector looks
   * for kinds when it starts and every 30 s from then on, and until it knows one, no foreground deletion of that kind ends.
   */
  readonly beforeControllers?: (kubeConfig: k8s.KubeConfig) => Promise<void>;
}

const startLimitSeconds = 60;
const portAttempts = 3;

/** An API server and a controller manager of a cluster of its own. */
export class ControlPlane {
  /** For example "management" or "remote-1"; also the name of its kubeconfig context. */
  readonly name: string;
  /** `https://127.0.0.1:PORT`; stays the same over a {@link restart}. */
  readonly server: string;
  /** The certificate that signs all others of this cluster, PEM. */
  readonly certificateAuthority: string;
  /** The administrator's, with a single context. */
  readonly kubeConfig: k8s.KubeConfig;
  /** Path of the audit log, a JSON object in each line; see `auditEvents`. */
  readonly auditLog: string;
  /** Unix socket of the HTTP CONNECT proxy through which this API server dials pods, nodes and Services. */
  readonly podNetworkSocket: string;
  /** Process numbers, for tests that watch or signal them. */
  readonly apiServer: ManagedProcess;
  readonly controllerManager: ManagedProcess;
  private readonly access: ApiAccess;

  private constructor(
    private readonly options: ControlPlaneOptions,
    running: { apiServer: ManagedProcess; controllerManager: ManagedProcess; access: ApiAccess },
  ) {
    const { name, files } = options;
    this.name = name;
    this.server = running.access.server;
    this.certificateAuthority = files.authority.cert;
    this.kubeConfig = adminConfig(options, this.server);
    this.auditLog = files.auditLog;
    this.podNetworkSocket = files.podNetworkSocket;
    this.apiServer = running.apiServer;
    this.controllerManager = running.controllerManager;
    this.access = running.access;
  }

  /** @throws when it is not ready within 60 s; nothing of it runs then. The error carries the end of the log. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { name, files, processes } = options;
    const { apiServer, access } = await startApiServer(options);
    try {
      await options.beforeControllers?.(adminConfig(options, access.server));
      const controllerManager = await spawnControllerManager({
        name,
        command: options.commands.controllerManager,
        server: access.server,
        files,
        processes,
      });
      try {
        await untilControllersReady(name, controllerManager, access);
      } catch (error) {
        await controllerManager.stop();
        throw error;
      }
      return new ControlPlane(options, { apiServer, controllerManager, access });
    } catch (error) {
      await apiServer.stop();
      throw error;
    }
  }

  /** A server certificate that this cluster's API server and its clients trust, for the kubelet endpoint and the like. */
  issueServingCertificate(names: { dns?: readonly string[]; ips?: readonly string[] }): Promise<Credential> {
    return this.options.files.authority.issueServingCertificate(names);
  }

  /** A client certificate that this cluster's API server takes. */
  issueClientCertificate(user: string, groups: readonly string[] = []): Promise<Credential> {
    return this.options.files.authority.issueClientCertificate(user, groups);
  }

  /** Kills both processes, as when the machine is lost: connections break, the server is unreachable. The objects stay. */
  async stop(): Promise<void> {
    await Promise.all([this.controllerManager.stop(), this.apiServer.stop()]);
  }

  /** Brings both processes up again, at the same address and with the same objects. @throws as {@link start} does. */
  async restart(): Promise<void> {
    await this.stop();
    await this.apiServer.restart();
    await untilServerReady(this.name, this.apiServer, this.access);
    await this.controllerManager.restart();
  }

  /** Kills the etcd of all clusters and starts it again, with the same objects. @throws when it is not there within 30 s */
  async restartEtcd(): Promise<void> {
    const { etcd } = this.options;
    await etcd.process.restart();
    await untilEtcdReady(etcd);
  }

  /** Makes the API server hang: connections are accepted and never answered, until {@link thaw}. */
  freeze(): void {
    this.apiServer.signal("SIGSTOP");
  }

  thaw(): void {
    this.apiServer.signal("SIGCONT");
  }

  /** One GET as the sandbox itself, without a trace in the audit log; it tells the plain status. */
  get(path: string): Promise<{ status: number; body: string }> {
    return apiGet(this.access, path);
  }
}

function adminConfig({ name, files }: ControlPlaneOptions, server: string): k8s.KubeConfig {
  return clientConfig({ name, server, ca: files.authority.cert, token: files.adminToken });
}

async function startApiServer(options: ControlPlaneOptions): Promise<{ apiServer: ManagedProcess; access: ApiAccess }> {
  const { name, files } = options;
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const access = { server: `https://127.0.0.1:${port}`, ca: files.authority.cert, token: files.sandboxToken };
    const apiServer = spawnApiServer({
      ...options,
      etcdSocket: options.etcd.socket,
      command: options.commands.apiServer,
      port,
    });
    try {
      await untilServerReady(name, apiServer, access);
      return { apiServer, access };
    } catch (error) {
      await apiServer.stop();
      // Another program can take the port between our look and the server's bind.
      const taken = error instanceof Error && error.message.includes("address already in use");
      if (!taken || attempt === portAttempts) throw error;
    }
  }
}

function untilServerReady(name: string, apiServer: ManagedProcess, access: ApiAccess): Promise<void> {
  return untilReady(`the API server of ${name}`, apiServer, startLimitSeconds, () =>
    look(access, "/readyz", "/readyz"),
  );
}

/** Pods are admitted only when their service account is there: the sign that the controllers work. */
function untilControllersReady(name: string, manager: ManagedProcess, access: ApiAccess): Promise<void> {
  const namespace = "/api/v1/namespaces/default";
  return untilReady(`the controller manager of ${name}`, manager, startLimitSeconds, async () => {
    return (
      (await look(access, `${namespace}/serviceaccounts/default`, "service account default/default")) ??
      (await look(access, `${namespace}/configmaps/kube-root-ca.crt`, "config map default/kube-root-ca.crt"))
    );
  });
}

async function look(access: ApiAccess, path: string, what: string): Promise<string | undefined> {
  try {
    const { status, body } = await apiGet(access, path);
    return status === 200 ? undefined : `${what} answers ${status}: ${body.slice(0, 500)}`;
  } catch (error) {
    return `${what}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
