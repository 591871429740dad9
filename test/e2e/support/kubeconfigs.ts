import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as k8s from "@kubernetes/client-node";
import { writeKubeconfig } from "../../sandbox/controlplane";
import type { Sandbox } from "../../sandbox/sandbox";

/** Writes a kubeconfig into the sandbox in which these contexts lead where they are told to; returns its path. */
export async function writeContexts(
  { folder }: Sandbox,
  file: string,
  contexts: Readonly<Record<string, { readonly kubeConfig: k8s.KubeConfig }>>,
): Promise<string> {
  const path = join(folder, file);
  await writeKubeconfig(
    path,
    Object.entries(contexts).map(([name, { kubeConfig }]) => ({ kubeConfig: renamed(kubeConfig, name) })),
  );
  return path;
}

/** Writes any text as a kubeconfig into the sandbox; returns its path. */
export async function writeText({ folder }: Sandbox, file: string, text: string): Promise<string> {
  const path = join(folder, file);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** Access to an address at which nobody listens. */
export function nowhere(port: number): { kubeConfig: k8s.KubeConfig } {
  const kubeConfig = new k8s.KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: "nowhere", server: `https://127.0.0.1:${port}`, skipTLSVerify: false }],
    users: [{ name: "nobody", token: "none" }],
    contexts: [{ name: "nowhere", cluster: "nowhere", user: "nobody" }],
    currentContext: "nowhere",
  });
  return { kubeConfig };
}

/** The same access under another name of context, cluster and user. */
function renamed(kubeConfig: k8s.KubeConfig, name: string): k8s.KubeConfig {
  const cluster = kubeConfig.getCurrentCluster();
  const user = kubeConfig.getCurrentUser();
  if (!cluster || !user) throw new Error(`no current context to rename to ${name}`);
  const copy = new k8s.KubeConfig();
  copy.loadFromOptions({
    clusters: [{ ...cluster, name }],
    users: [{ ...user, name }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  return copy;
}
