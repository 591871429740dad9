import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, resolve, sep } from "node:path";
import { RegistrationError } from "../base/problems";
import { type ClusterAccess, isKubeconfigContent } from "./access";
import { kubectl } from "./commands";
import {
  type Cluster,
  emptyCluster,
  emptyUser,
  parseKubeconfig,
  type SelectedContext,
  type User,
  WrongKind,
} from "./kubeconfigFile";
import { podServiceAccount, serviceAccountFolder } from "./serviceAccount";
import { checkEntries } from "./usableEntries";

/** Entries by their names. */
interface Merged {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly users: ReadonlyMap<string, User>;
  readonly contexts: ReadonlyMap<string, { readonly cluster: string; readonly user: string }>;
  readonly current: string;
}

/**
 * Loads the kubeconfig and selects the context, as client-go does, which kubectl and Pulumi's Kubernetes provider use. Without a kubeconfig it is
 * the service account of the pod that this process runs in, if any.
 * Throws GMR101 (not readable), GMR102 (not a kubeconfig), GMR103 (no such context, or it names no cluster), GMR104 and GMR105 (an entry that
 * contradicts itself).
 */
export function loadKubeConfig(access: ClusterAccess, accountFolder = serviceAccountFolder): SelectedContext {
  const { name, texts } = sourceOf(access);
  const merged = merge(texts.map((text) => entriesOf(text, access, name)));
  const isNone =
    !access.kubeconfig && access.context === undefined && merged.current === "" && merged.clusters.size === 0;
  const account = isNone ? podServiceAccount(accountFolder) : undefined;
  if (account) return account;
  if (texts.length === 0) throw unreadable(name, "no such file");
  return selectContext(merged, access, name);
}

/** Names of all contexts. Throws GMR101 and GMR102. */
export function contextNames(access: ClusterAccess): readonly string[] {
  const { name, texts } = sourceOf(access);
  if (texts.length === 0) throw unreadable(name, "no such file");
  return [...merge(texts.map((text) => entriesOf(text, access, name))).contexts.keys()];
}

function selectContext(merged: Merged, { kubeconfig, context }: ClusterAccess, sourceName: string): SelectedContext {
  const wanted = context ?? merged.current;
  const found = merged.contexts.get(wanted);
  if (!found || wanted === "") {
    const names = [...merged.contexts.keys()];
    throw new RegistrationError({
      code: "GMR103",
      what: wanted === "" ? "The kubeconfig names no current context" : `The kubeconfig has no context "${wanted}"`,
      where: sourceName,
      cause: names.length === 0 ? "it has no context at all" : `it has: ${names.join(", ")}`,
      next: nextStep({ kubeconfig }, "list its contexts with", "config", "get-contexts"),
    });
  }
  const cluster = merged.clusters.get(found.cluster) ?? emptyCluster;
  if (cluster.server === "") {
    throw new RegistrationError({
      code: "GMR103",
      what: `The context "${wanted}" names no cluster with a server address`,
      where: sourceName,
      next: nextStep({ kubeconfig, context: wanted }, "look at it with", "config", "view", "--minify"),
    });
  }
  const selected = { context: wanted, cluster, user: merged.users.get(found.user) ?? emptyUser };
  checkEntries(selected, { kubeconfig, context: wanted });
  return selected;
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
  return { name, texts: files.flatMap((file) => read(file, kubeconfig || file) ?? []) };
}

/**
 * The file at a path or, without one, those that kubectl takes by default, and so does Pulumi's Kubernetes provider: KUBECONFIG's list. A list of
 * separators alone names no file, and a "~" in it is for the shell to expand.
 */
function filesOf(kubeconfig: string): string[] {
  if (kubeconfig.startsWith("~/")) return [resolve(homedir(), kubeconfig.slice(2))];
  if (kubeconfig !== "") return [resolve(kubeconfig)];
  const listed = process.env["KUBECONFIG"] ?? "";
  if (listed.split(delimiter).some(isKubeconfigContent))
    throw unreadable("KUBECONFIG", "it holds a kubeconfig, and must name files");
  return listed === "" ? [resolve(homedir(), ".kube", "config")] : listed.split(delimiter).filter(Boolean);
}

/** The kubeconfig at a path, or undefined if there is no file. */
function read(file: string, name: string): KubeconfigText | undefined {
  try {
    return { text: readFileSync(file, "utf8"), folder: dirname(resolve(file)) };
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

/** The entries of one text. As in client-go, an empty file is a kubeconfig without entries. */
function entriesOf({ text, folder = "" }: KubeconfigText, access: ClusterAccess, name: string): Merged {
  try {
    const { clusters, users, contexts, "current-context": current } = parseKubeconfig(text);
    return {
      clusters: new Map(clusters.map(({ name, cluster }) => [name, pathsFrom(folder, cluster)])),
      users: new Map(users.map(({ name, user }) => [name, pathsFrom(folder, user)])),
      contexts: new Map(contexts.map(({ name, context }) => [name, context])),
      current,
    };
  } catch (error) {
    // Only the kind of the parser's error: its message quotes the faulty line, which may hold a credential.
    const kind = error instanceof Error ? error.name : "error";
    throw new RegistrationError({
      code: "GMR102",
      what: "The kubeconfig could not be understood",
      where: name,
      cause: error instanceof WrongKind ? error.message : `it is not a kubeconfig in YAML or JSON (${kind})`,
      next: nextStep(access, "check it with", "config", "view"),
    });
  }
}

/** Of entries of one name in several files the first counts, and so does the first current context. */
function merge(files: readonly Merged[]): Merged {
  const backwards = files.toReversed();
  return {
    clusters: new Map(backwards.flatMap(({ clusters }) => [...clusters])),
    users: new Map(backwards.flatMap(({ users }) => [...users])),
    contexts: new Map(backwards.flatMap(({ contexts }) => [...contexts])),
    current: files.find(({ current }) => current !== "")?.current ?? "",
  };
}

const pathFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

function pathsFrom<E extends Cluster | User>(folder: string, entry: E): E {
  const paths = Object.entries(entry).filter(([field, value]) => pathFields.includes(field) && value !== "");
  const resolved = Object.fromEntries(paths.map(([field, value]) => [field, resolve(folder, value as string)]));
  // The system searches PATH for a command without a folder.
  const exec = "exec" in entry && entry.exec?.command.includes(sep) ? entry.exec : undefined;
  return { ...entry, ...resolved, ...(exec && { exec: { ...exec, command: resolve(folder, exec.command) } }) };
}
