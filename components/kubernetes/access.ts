import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { RegistrationError } from "../base/problems";
import { type KubeconfigText, mergeKubeconfigs } from "./kubeconfig";
import { TokenFiles } from "./tokenFile";

/** How a cluster is reached: what kubectl's `--kubeconfig` and `--context` mean. Plain values, so that it can lie in Pulumi state. */
export interface ClusterAccess {
  /** Path of a kubeconfig file, or its content (YAML or JSON). Default: what kubectl takes, `$KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Name of the context. Default: the current context of the kubeconfig. */
  readonly context?: string | undefined;
}

/**
 * True for the content of a kubeconfig, false for a path. What cannot be a path counts as content too (base64, say): it is then never
 * quoted and is kept as a secret, and loading tells that it is not a kubeconfig.
 */
export function isKubeconfigContent(kubeconfig: string): boolean {
  const longestFileName = 255;
  return (
    kubeconfig.includes("\n") ||
    kubeconfig.trimStart().startsWith("{") ||
    kubeconfig.split(/[/\\]/).some((part) => part.length > longestFileName)
  );
}

/** Names an access in messages. Content is never shown. */
export function describeAccess(access: ClusterAccess): string {
  const context = access.context === undefined ? "the current context" : `context "${access.context}"`;
  if (access.kubeconfig === undefined) return context;
  return isKubeconfigContent(access.kubeconfig)
    ? `${context} of the given kubeconfig`
    : `${context} of ${access.kubeconfig}`;
}

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
      // A parser's message quotes the line it stumbled over, which may hold a credential: only its kind is told.
      cause: `it is not a kubeconfig in YAML or JSON (${error instanceof Error ? error.name : "error"})`,
      next: "check it with: kubectl config view",
    });
  });
  config.addAuthenticator(new TokenFiles(describeAccess(access)));
  return selectContext(config, access, name);
}

function selectContext(config: KubeConfig, access: ClusterAccess, sourceName: string): KubeConfig {
  // A kubeconfig may hold anything in the place of a name.
  const names = (config.contexts ?? []).map(({ name }): unknown => name).filter((name) => typeof name === "string");
  const wanted: unknown = access.context ?? config.getCurrentContext();
  if (typeof wanted !== "string" || !names.includes(wanted)) {
    throw new RegistrationError({
      code: "GMR103",
      what:
        typeof wanted === "string" && wanted !== ""
          ? `The kubeconfig has no context "${wanted}"`
          : "The kubeconfig names no current context",
      where: sourceName,
      cause: names.length === 0 ? "it holds no context at all" : `it has: ${names.join(", ")}`,
      next: "list them with: kubectl config get-contexts",
    });
  }
  config.setCurrentContext(wanted);
  const server = config.getCurrentCluster()?.server;
  if (!server || !isHttps(server)) {
    throw new RegistrationError({
      code: "GMR103",
      what: server
        ? `The context "${wanted}" names a server address that does not begin with https://`
        : `The context "${wanted}" names no cluster with a server address`,
      where: sourceName,
      next: `look at it with: kubectl config view --minify --context ${wanted}`,
    });
  }
  return config;
}

/** Nothing is sent without TLS: every request carries a credential. */
function isHttps(server: string): boolean {
  return URL.canParse(server) && new URL(server).protocol === "https:";
}

interface Source {
  /** How messages name it. */
  readonly name: string;
  readonly texts: readonly KubeconfigText[];
}

function sourceOf({ kubeconfig }: ClusterAccess): Source {
  if (kubeconfig === undefined || kubeconfig === "") return defaultSource();
  if (isKubeconfigContent(kubeconfig)) return { name: "the given kubeconfig", texts: [{ text: kubeconfig }] };
  const file = kubeconfig.startsWith("~/") ? resolve(homedir(), kubeconfig.slice(2)) : resolve(kubeconfig);
  const found = read(file, kubeconfig);
  if (!found) throw unreadable(kubeconfig, "no such file");
  return { name: kubeconfig, texts: [found] };
}

/**
 * What kubectl takes, and Pulumi's Kubernetes provider where it is given no kubeconfig: of the files that KUBECONFIG lists those that are
 * there. Who sets it to separators alone has no file at all, and "~" in it is for the shell.
 */
function defaultSource(): Source {
  const listed = process.env["KUBECONFIG"] ?? "";
  const files = listed === "" ? [resolve(homedir(), ".kube", "config")] : listed.split(delimiter).filter(Boolean);
  const name = files.length === 0 ? `KUBECONFIG=${listed}` : files.join(", ");
  const texts = files.flatMap((file) => read(file, file) ?? []);
  if (texts.length === 0) throw unreadable(name, "no such file");
  return { name, texts };
}

/** The kubeconfig at a path, or undefined when there is no file. */
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
