import { writeFile } from "node:fs/promises";
import * as k8s from "@kubernetes/client-node";
import type { Credential } from "./authority";

/** Who talks to which API server. */
export interface ClientConfig {
  /** Name of the cluster and of the context. */
  readonly name: string;
  readonly server: string;
  /** PEM bundle that the server is verified with. */
  readonly ca: string;
  /** Name of the user entry; default: `<name>-admin`. */
  readonly user?: string;
  readonly token?: string;
  readonly credential?: Credential;
}

/** A kubeconfig with one context. */
export function clientConfig(config: ClientConfig): k8s.KubeConfig {
  const { name, server, token, credential } = config;
  const user = config.user ?? `${name}-admin`;
  const result = new k8s.KubeConfig();
  result.loadFromOptions({
    clusters: [{ name, server, caData: base64(config.ca), skipTLSVerify: false }],
    users: [
      {
        name: user,
        ...(token === undefined ? {} : { token }),
        ...(credential === undefined ? {} : { certData: base64(credential.cert), keyData: base64(credential.key) }),
      },
    ],
    contexts: [{ name, cluster: name, user }],
    currentContext: name,
  });
  return result;
}

/**
 * Writes one kubeconfig with the contexts of all these configurations, mode 0600; the first one's context is the current one.
 * JSON is YAML: every reader of kubeconfigs takes it.
 */
export async function writeKubeconfig(
  path: string,
  sources: readonly { readonly kubeConfig: k8s.KubeConfig }[],
): Promise<void> {
  const merged = new k8s.KubeConfig();
  merged.loadFromOptions({
    clusters: sources.flatMap(({ kubeConfig }) => kubeConfig.clusters),
    users: sources.flatMap(({ kubeConfig }) => kubeConfig.users),
    contexts: sources.flatMap(({ kubeConfig }) => kubeConfig.contexts),
    currentContext: sources[0]?.kubeConfig.currentContext ?? "",
  });
  await writeFile(path, `${merged.exportConfig()}\n`, { mode: 0o600 });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
