import { isAbsolute, join, resolve, sep } from "node:path";
import type { Cluster, Context, KubeConfig, User } from "@kubernetes/client-node";
import { withTokenFile } from "./tokenFile";

/** The text of a kubeconfig. */
export interface KubeconfigText {
  readonly text: string;
  /** Folder of its file, where relative paths in it start. Default: the working folder. */
  readonly folder?: string;
}

/**
 * One kubeconfig out of several, merged by the rules of client-go, which kubectl and Pulumi's Kubernetes provider follow: of entries of one name
 * the first counts, and so does the first current context. client-node's own merge takes the last current context, which would be another
 * cluster than theirs, and refuses names that it has already.
 */
export async function mergeKubeconfigs(texts: readonly KubeconfigText[]): Promise<KubeConfig> {
  const client = await import("@kubernetes/client-node");
  const merged = new client.KubeConfig();
  // As client-go has it, a file without a byte is a kubeconfig without entries.
  for (const { text, folder } of texts.filter(({ text }) => text !== "")) {
    const next = new client.KubeConfig();
    next.loadFromString(text);
    if (folder !== undefined) startPathsAt(folder, next);
    const tokenFiles = tokenFilesOf(client.loadYaml<unknown>(text));
    const users = next.users.map((user) => {
      const file = tokenFiles.get(user.name);
      return file === undefined ? user : withTokenFile(user, resolve(folder ?? "", file));
    });
    merged.loadFromOptions({
      clusters: firstOfEachName<Cluster>(merged.clusters, next.clusters),
      users: firstOfEachName<User>(merged.users, users),
      contexts: firstOfEachName<Context>(merged.contexts, next.contexts),
      currentContext: merged.currentContext || next.currentContext,
    });
  }
  return merged;
}

function firstOfEachName<Entry extends { readonly name: string }>(
  present: readonly Entry[],
  further: readonly Entry[],
): Entry[] {
  return [...present, ...further.filter(({ name }) => !present.some((entry) => entry.name === name))];
}

function startPathsAt(folder: string, config: KubeConfig): void {
  config.makePathsAbsolute(folder);
  for (const { exec } of config.users) {
    // A command without a folder is looked for on PATH.
    if (typeof exec?.command !== "string" || !exec.command.includes(sep) || isAbsolute(exec.command)) continue;
    exec.command = join(folder, exec.command);
  }
}

/** The files that users have their token in, by the users' names. */
function tokenFilesOf(kubeconfig: unknown): ReadonlyMap<string, string> {
  const { users } = kubeconfig as { readonly users?: unknown };
  const named = (Array.isArray(users) ? users : []) as readonly {
    readonly name: string;
    readonly user?: { readonly tokenFile?: unknown } | null;
  }[];
  return new Map(
    named.flatMap(({ name, user }) => {
      const file = user?.tokenFile;
      return typeof file === "string" && file !== "" ? [[name, file] as const] : [];
    }),
  );
}
