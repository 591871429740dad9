import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { pluginVersion } from "../sandbox/plugins";
import { ensureTools } from "../toolchain";
import type { Machine } from "./results";

/** What the figures depend on. */
export async function machine(note: string, loads: readonly number[]): Promise<Machine> {
  const tools = await ensureTools();
  const version = (name: "pulumi" | "helm" | "kubectl" | "kube-apiserver" | "etcd") => tools[name].version;
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release().split("-")[0]} ${arch()}`,
    loads: [...loads, currentLoad()],
    versions: {
      node: process.versions.node,
      pulumi: version("pulumi"),
      "plugin kubernetes": pluginVersion("kubernetes"),
      helm: version("helm"),
      kubectl: version("kubectl"),
      kubernetes: version("kube-apiserver"),
      etcd: version("etcd"),
    },
    note,
  };
}

export function currentLoad(): number {
  return Number((loadavg()[0] ?? 0).toFixed(1));
}
