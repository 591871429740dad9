import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { World } from "./world";

/** Runs helm as a person does, on a cluster in a namespace. */
export async function helm(
  { sandbox }: World,
  { name }: SandboxCluster,
  words: readonly string[],
  namespace = "gloo-mesh",
): Promise<string> {
  const where = ["--kubeconfig", sandbox.kubeconfig, "--kube-context", name, "--namespace", namespace];
  const home = `${sandbox.folder}/helm`;
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return (await promisify(execFile)(sandbox.tools.helm.path, [...words, ...where], { env })).stdout;
}

/** Installs a chart of the sandbox's repository, in the version of its relay server. */
export function helmInstall(
  world: World,
  cluster: SandboxCluster,
  [release, chart]: readonly [string, string],
  values: Readonly<Record<string, string>> = {},
  namespace?: string,
): Promise<string> {
  const { chartRepository, hub } = world.sandbox;
  const settings = Object.entries(values).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  const source = ["--repo", chartRepository.url, "--version", hub.version];
  return helm(world, cluster, ["install", release, chart, ...source, ...settings], namespace);
}
