import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve, sep } from "node:path";
import type { Cluster, Context, KubeConfig, User } from "@kubernetes/client-node";
import { RegistrationError } from "../base/problems";
import { type ClusterAccess, isKubeconfigContent } from "./access";
import { kubectl } from "./commands";
import { TokenFiles, withTokenFile } from "./tokenFile";

/**
 * Loads the kubeconfig and selects the context.
 * Throws GMR101 (not readable), GMR102 (not a kubeconfig), GMR103 (no such context, or it names no cluster).
 */
export async function loadKubeConfig(access: ClusterAccess): Promise<KubeConfig> {
  const { name, texts } = sourceOf(access);
  const config = await mergeKubeconfigs(texts).catch((error) => {
    throw new RegistrationError({
      code: "GMR102",
      what: "The kubeconfig could not be understood",
      where: name,
      // Only the kind of the parser's error: its message quotes the faulty line, which may hold a credential.
      cause: `it is not a kubeconfig in YAML or JSON (${error instanceof Error ? error.name : "error"})`,
      next: nextStep(access, "check it with", "config", "view"),
    });
  });
  config.addAuthenticator(new TokenFiles(access));
  return selectContext(config, access, name);
}

function selectContext(config: KubeConfig, { kubeconfig, context }: ClusterAccess, sourceName: string): KubeConfig {
  // In a kubeconfig, a name may have any type.
  const names = (config.contexts ?? []).map(({ name }): unknown => name).filter((name) => typeof name === "string");
  const wanted: unknown = context ?? config.getCurrentContext();
  if (typeof wanted !== "string" || !names.includes(wanted)) {
    throw new RegistrationError({
      code: "GMR103",
      what:
        typeof wanted === "string" && wanted !== ""
          ? `The kubeconfig has no context "${wanted}"`
          : "The kubeconfig names no current context",
      where: sourceName,
      cause: names.length === 0 ? "it has no context at all" : `it has: ${names.join(", ")}`,
      next: nextStep({ kubeconfig }, "list its contexts with", "config", "get-contexts"),
    });
  }
  config.setCurrentContext(wanted);
  const server = config.getCurrentCluster()?.server;
  // Every request carries a credential, so none is sent without TLS.
  if (!server || URL.parse(server)?.protocol !== "https:") {
    throw new RegistrationError({
      code: "GMR103",
      what: server
        ? `The context "${wanted}" names a server address that does not begin with https://`
        : `The context "${wanted}" names no cluster with a server address`,
      where: sourceName,
      next: nextStep({ kubeconfig, context: wanted }, "look at it with", "config", "view", "--minify"),
    });
  }
  return config;
}

/** No kubectl command can read a kubeconfig that was given as content. */
function nextStep(access: ClusterAccess, purpose: string, ...words: readonly string[]): string {
  return isKubeconfigContent(access.kubeconfig ?? "")
    ? "correct the content that [kubeconfig] gives, or [context]"
    : `${purpose}: ${kubectl(access, undefined, ...words)}`;
}

/** The text of a kubeconfig. */
interface KubeconfigText {
  readonly text: string;
  /** Folder of its file, where relative paths in it start. Default: the working folder. */
  readonly folder?: string;
}

/** Reads the kubeconfig: one text, or those files that exist of a list. `name` is how messages name it. */
function sourceOf({ kubeconfig = "" }: ClusterAccess): { name: string; texts: readonly KubeconfigText[] } {
  if (isKubeconfigContent(kubeconfig)) return { name: "the given kubeconfig", texts: [{ text: kubeconfig }] };
  const files = filesOf(kubeconfig);
  const name = kubeconfig || files.join(", ") || `KUBECONFIG=${process.env["KUBECONFIG"]}`;
  const texts = files.flatMap((file) => read(file, kubeconfig || file) ?? []);
  if (texts.length === 0) throw unreadable(name, "no such file");
  return { name, texts };
}

/**
 * The file at a path or, without one, those that kubectl takes by default, and so does Pulumi's Kubernetes provider: KUBECONFIG's list. A list of
 * separators alone names no file, and a "~" in it is for the shell to expand.
 */
function filesOf(kubeconfig: string): string[] {
  if (kubeconfig.startsWith("~/")) return [resolve(homedir(), kubeconfig.slice(2))];
  if (kubeconfig !== "") return [resolve(kubeconfig)];
  const listed = process.env["KUBECONFIG"] ?? "";
  if (isKubeconfigContent(listed)) throw unreadable("KUBECONFIG", "it holds a kubeconfig, and must name files");
  return listed === "" ? [resolve(homedir(), ".kube", "config")] : listed.split(delimiter).filter(Boolean);
}

/** The kubeconfig at a path, or undefined if there is no file. */
function read(file: string, name: string): KubeconfigText | undefined {
  try {
    return { text: readFileSync(file, "utf8"), folder: dirname(file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw unreadable(name, code ?? "not readable");
  }
}

function unreadable(file: string, why: string): RegistrationError {
  return new RegistrationError({
    code: "GMR101",
    what: "The kubeconfig file cannot be read",
    where: file,
    cause: why,
    next: "give [kubeconfig] as a path or as content, or set KUBECONFIG",
  });
}

/**
 * Merges several kubeconfigs by the rules of client-go, which kubectl and Pulumi's Kubernetes provider follow: of entries of one name the first
 * counts, and so does the first current context. client-node's own merge takes the last current context, which may mean another cluster, and
 * refuses repeated names.
 */
async function mergeKubeconfigs(texts: readonly KubeconfigText[]): Promise<KubeConfig> {
  const client = await import("@kubernetes/client-node");
  const merged = new client.KubeConfig();
  // As in client-go, an empty file is a kubeconfig without entries.
  for (const { text, folder } of texts.filter(({ text }) => text !== "")) {
    const next = new client.KubeConfig();
    next.loadFromString(text);
    if (folder !== undefined) startPathsAt(folder, next);
    const tokenFiles = tokenFilesOf(client.loadYaml<object>(text));
    const users = next.users.map((user) => {
      const file = tokenFiles.get(user.name);
      return file === undefined ? user : withTokenFile(user, file, folder);
    });
    merged.loadFromOptions({
      clusters: firstOfEachName(merged.clusters, next.clusters),
      users: firstOfEachName(merged.users, users),
      contexts: firstOfEachName(merged.contexts, next.contexts),
      currentContext: merged.currentContext || next.currentContext,
    });
  }
  return merged;
}

function firstOfEachName<T extends Cluster | User | Context>(present: readonly T[], further: readonly T[]): T[] {
  return [...present, ...further.filter(({ name }) => !present.some((entry) => entry.name === name))];
}

function startPathsAt(folder: string, config: KubeConfig): void {
  config.makePathsAbsolute(folder);
  for (const { exec } of config.users) {
    // The system searches PATH for a command without a folder.
    if (typeof exec?.command !== "string" || !exec.command.includes(sep) || isAbsolute(exec.command)) continue;
    exec.command = join(folder, exec.command);
  }
}

/** The token files of users, by the users' names. */
function tokenFilesOf({ users }: { readonly users?: unknown }): ReadonlyMap<string, string> {
  const named: readonly { name: string; user?: { tokenFile?: unknown } | null }[] = Array.isArray(users) ? users : [];
  return new Map(
    named.flatMap(({ name, user }) => {
      const file = user?.tokenFile;
      return typeof file === "string" && file !== "" ? [[name, file] as const] : [];
    }),
  );
}
