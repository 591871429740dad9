// Reads kubeconfig files the way kubectl does, as far as static credentials and exec plugins go. Own code and not the
// Kubernetes client's, because every provider is a process and that client alone takes longer to load than all the rest.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { Plain } from "../engine/values";

interface Cluster {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
}

interface User {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly exec?: {
    readonly command: string;
    readonly args?: readonly string[] | null;
    readonly env?: readonly { name: string; value: string }[] | null;
    readonly apiVersion?: string;
  };
}

interface Context {
  readonly cluster: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** A kubeconfig with its lists turned into maps. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly contexts: ReadonlyMap<string, Context>;
  readonly users: ReadonlyMap<string, User>;
  /** Where relative paths in it start. */
  readonly folder: string;
}

/** What the provider's own arguments put over a kubeconfig. */
export interface Overrides {
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
}

/** How to reach one cluster as one user. */
export interface Access {
  readonly server: string;
  readonly ca: Buffer | undefined;
  readonly verify: boolean;
  readonly tlsServerName: string | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** The Authorization header; asked for every request, because token files and exec plugins rotate. */
  authorization(): Promise<string | undefined>;
}

/**
 * Reads a kubeconfig.
 * @param pathOrContent a path (may start with `~/`), or the YAML or JSON itself; nothing means KUBECONFIG, then ~/.kube/config
 * @throws when it is not a kubeconfig; the message never repeats what was read
 */
export function readKubeconfig(pathOrContent: string | undefined): Kubeconfig {
  if (!pathOrContent) return merge(ambientPaths().filter(existsSync).map(readFile));
  const file = kubeconfigPath(pathOrContent);
  return file ? readFile(file) : parseKubeconfig(pathOrContent, process.cwd());
}

/** The file that a `kubeconfig` argument names, or undefined when the argument is the content itself. */
export function kubeconfigPath(pathOrContent: string): string | undefined {
  const file = pathOrContent.replace(/^~(?=\/|$)/, homedir());
  // Content is longer than any path, and the file system says so with an error instead of "no".
  return !file.includes("\n") && existsSync(file) ? file : undefined;
}

/** The cluster entry that would be used, or undefined when there is none. */
export function activeCluster(config: Kubeconfig, overrides: Omit<Overrides, "namespace">): Cluster | undefined {
  const context = config.contexts.get(overrides.context ?? config.currentContext ?? "");
  if (!context) return undefined;
  return config.clusters.get(overrides.cluster ?? context.cluster);
}

/** The namespace for objects that name none. */
export function defaultNamespace(config: Kubeconfig, overrides: Overrides): string {
  const context = config.contexts.get(overrides.context ?? config.currentContext ?? "");
  return overrides.namespace || context?.namespace || "default";
}

/**
 * Resolves context, cluster and user.
 * @throws when one of them does not exist
 */
export function resolveAccess(config: Kubeconfig, overrides: Overrides): Access {
  const name = overrides.context || config.currentContext;
  if (!name) throw new Error("invalid configuration: no context is chosen and the kubeconfig has no current-context");
  const context = config.contexts.get(name);
  if (!context) throw new Error(`context ${JSON.stringify(name)} does not exist`);
  const clusterName = overrides.cluster || context.cluster;
  const cluster = config.clusters.get(clusterName);
  if (!cluster?.server) throw new Error(`cluster ${JSON.stringify(clusterName)} does not exist`);
  const user = config.users.get(context.user ?? "") ?? {};
  const bytes = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, "base64") : file ? readFileSync(path.resolve(config.folder, file)) : undefined;
  return {
    server: cluster.server.replace(/\/+$/, ""),
    ca: bytes(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    verify: !cluster["insecure-skip-tls-verify"],
    tlsServerName: cluster["tls-server-name"],
    cert: bytes(user["client-certificate-data"], user["client-certificate"]),
    key: bytes(user["client-key-data"], user["client-key"]),
    authorization: () => authorization(user, config.folder),
  };
}

async function authorization(user: User, folder: string): Promise<string | undefined> {
  if (user.tokenFile) return `Bearer ${readFileSync(path.resolve(folder, user.tokenFile), "utf8").trim()}`;
  if (user.token) return `Bearer ${user.token}`;
  if (user.username) return `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
  if (user.exec) return `Bearer ${await execToken(user.exec)}`;
  return undefined;
}

async function execToken(exec: NonNullable<User["exec"]>): Promise<string> {
  const environment = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  const request = { apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const { stdout } = await promisify(execFile)(exec.command, [...(exec.args ?? [])], {
    env: { ...process.env, ...environment, KUBERNETES_EXEC_INFO: JSON.stringify(request) },
  });
  const token = (JSON.parse(stdout) as { status?: { token?: string } }).status?.token;
  if (!token) throw new Error(`${exec.command} gave no token; client certificates from exec plugins are not supported`);
  return token;
}

function ambientPaths(): string[] {
  const listed = (process.env["KUBECONFIG"] ?? "").split(path.delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [path.join(homedir(), ".kube", "config")];
}

function readFile(file: string): Kubeconfig {
  return parseKubeconfig(readFileSync(file, "utf8"), path.dirname(path.resolve(file)));
}

function parseKubeconfig(text: string, folder: string): Kubeconfig {
  const content = parseQuietly(text);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new Error("couldn't get version/kind; the kubeconfig is neither an existing file nor valid YAML or JSON");
  }
  const current = content["current-context"];
  return {
    currentContext: typeof current === "string" && current ? current : undefined,
    clusters: named<Cluster>(content["clusters"], "cluster"),
    contexts: named<Context>(content["contexts"], "context"),
    users: named<User>(content["users"], "user"),
    folder,
  };
}

// The parser's own message quotes the text around the mistake, which may be a token.
function parseQuietly(text: string): Plain {
  try {
    return parse(text) as Plain;
  } catch {
    return null;
  }
}

function named<Entry>(list: Plain | undefined, key: string): ReadonlyMap<string, Entry> {
  const entries = (Array.isArray(list) ? list : []) as { name?: string; [key: string]: unknown }[];
  return new Map(entries.map((entry) => [entry.name ?? "", (entry[key] ?? {}) as Entry]));
}

// As kubectl merges: the first file that has an entry wins.
function merge(configs: readonly Kubeconfig[]): Kubeconfig {
  const join = <Entry>(pick: (config: Kubeconfig) => ReadonlyMap<string, Entry>) =>
    new Map([...configs].reverse().flatMap((config) => [...pick(config)]));
  return {
    currentContext: configs.find((config) => config.currentContext)?.currentContext,
    clusters: join((config) => config.clusters),
    contexts: join((config) => config.contexts),
    users: join((config) => config.users),
    folder: configs[0]?.folder ?? process.cwd(),
  };
}
