import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type * as k8s from "@kubernetes/client-node";
import type { Tools } from "../../toolchain";
import type { Processes } from "../processes";
import { type ClusterFiles, writeClusterFiles } from "./clusterFiles";
import { ControlPlane } from "./controlPlane";
import { type Etcd, spawnEtcd, untilEtcdReady } from "./etcd";

export { type AuditEvent, auditEvents, isWrite } from "./audit";
export type { Credential } from "./authority";
export type { ControlPlane } from "./controlPlane";
export { writeKubeconfig } from "./kubeconfig";
export { freePort } from "./ports";
export { mintUser, type UserOptions } from "./users";

/** How to start control planes. */
export interface StartOptions {
  /** Data, keys and logs go into this folder; it is made when missing, and only its owner may enter it. */
  readonly folder: string;
  readonly tools: Tools;
  /** Owns what is spawned; its `stop` ends etcd, too. */
  readonly processes: Processes;
  /** Told one line when a control plane is ready. */
  readonly report?: (line: string) => void;
  /** Runs for each cluster when its API server is ready and its controllers are not yet: the place for custom resource definitions. */
  readonly beforeControllers?: (name: string, kubeConfig: k8s.KubeConfig) => Promise<void>;
}

/**
 * Starts a control plane for every name, side by side, on one etcd.
 * @param names lower case letters, digits and hyphens, each once
 * @throws when one of them does not come up; none of them runs then.
 */
export async function startControlPlanes(names: readonly string[], options: StartOptions): Promise<ControlPlane[]> {
  checkNames(names);
  const { folder, tools, processes } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700); // also when it was there: the sockets in it ask nobody for a password
  const etcd = spawnEtcd({ folder, command: tools.etcd.path, processes });
  try {
    const files = await Promise.all(names.map((name) => writeClusterFiles(join(folder, name), name)));
    await untilEtcdReady(etcd);
    return await startAll(names, files, etcd, options);
  } catch (error) {
    await etcd.process.stop();
    throw error;
  }
}

/** More control planes that start at once make each other miss their limit on two cores. */
const startsAtOnce = 5;

/** As `Promise.allSettled`, with so many at once. */
async function settledInTurns<T, R>(
  atOnce: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const open = items.entries();
  const worker = async () => {
    for (const [index, item] of open) {
      [results[index]] = (await Promise.allSettled([work(item, index)])) as [PromiseSettledResult<R>];
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function startAll(
  names: readonly string[],
  files: readonly ClusterFiles[],
  etcd: Etcd,
  options: StartOptions,
): Promise<ControlPlane[]> {
  const commands = {
    apiServer: options.tools["kube-apiserver"].path,
    controllerManager: options.tools["kube-controller-manager"].path,
  };
  const results = await settledInTurns(startsAtOnce, files, async (ofCluster, index) => {
    const begin = performance.now();
    const name = names[index] ?? "";
    const plane = await ControlPlane.start({
      name,
      files: ofCluster,
      etcd,
      commands,
      processes: options.processes,
      beforeControllers: async (kubeConfig) => options.beforeControllers?.(name, kubeConfig),
    });
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    options.report?.(`control plane ${plane.name}: ${plane.server}, ready after ${seconds} s`);
    return plane;
  });
  const failed = results.find((result) => result.status === "rejected");
  const planes = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (failed === undefined) return planes;
  await Promise.all(planes.map((plane) => plane.stop()));
  throw failed.reason;
}

function checkNames(names: readonly string[]): void {
  const bad = names.filter((name) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name));
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (bad.length > 0)
    throw new Error(`not a name for a control plane: ${bad.map((name) => JSON.stringify(name)).join(", ")}`);
  if (repeated.length > 0) throw new Error(`named twice: ${repeated.join(", ")}`);
}
