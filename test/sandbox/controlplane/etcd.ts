import { request } from "node:http";
import { join } from "node:path";
import type { ManagedProcess, Processes } from "../processes";
import { controlPlaneEnvironment } from "./environment";
import { untilReady } from "./readiness";

/** One etcd for all clusters of a sandbox; each keeps its objects under a prefix of its own. */
export interface Etcd {
  readonly process: ManagedProcess;
  /** Unix socket it serves on: no port of the machine and no other user of it can reach the objects. */
  readonly socket: string;
}

/** Starts etcd without waiting for it; see {@link untilEtcdReady}. */
export function spawnEtcd(options: { folder: string; command: string; processes: Processes }): Etcd {
  const socket = join(options.folder, "etcd.sock");
  const nobody = "http://localhost:1"; // a member has to advertise a host and port; nobody ever joins this one
  const process = options.processes.spawn(
    "etcd",
    options.command,
    [
      "--name=sandbox",
      `--data-dir=${join(options.folder, "etcd")}`,
      `--listen-client-urls=unix://${socket}`,
      `--advertise-client-urls=${nobody}`,
      `--listen-peer-urls=unix://${join(options.folder, "peer.sock")}`,
      `--initial-advertise-peer-urls=${nobody}`,
      `--initial-cluster=sandbox=${nobody}`,
      "--unsafe-no-fsync", // the data lives no longer than the process
      "--log-level=warn",
    ],
    { logFile: join(options.folder, "etcd.log"), env: controlPlaneEnvironment(), graceSeconds: 0 },
  );
  return { process, socket };
}

const limitSeconds = 30;

/** @throws when etcd ends, or does not serve within 30 s. */
export async function untilEtcdReady(etcd: Etcd): Promise<void> {
  await untilReady("etcd", etcd.process, limitSeconds, () => health(etcd.socket));
}

function health(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = request({ socketPath, path: "/health", timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `/health answers ${response.statusCode}`);
    });
    probe.on("timeout", () => probe.destroy(new Error("no answer within 1 s")));
    probe.on("error", (error) => resolve(error.message));
    probe.end();
  });
}
