import { withoutSlash } from "../base/text";

/** Where Helm gets the agent's chart. */
export interface ChartSource {
  /** Its name in the repository, its reference in a registry, its URL or its path. */
  readonly chart: string;
  /** The repository of a chart that is given by its name. */
  readonly repo?: string;
  /** True for a path on the machine that runs Pulumi: user, password and CA have no meaning then. */
  readonly isLocal: boolean;
}

/** A chart in an OCI registry has no repository of its own: Helm takes both as one reference. */
export function chartSource({
  chart,
  repository,
}: {
  readonly chart: string;
  readonly repository: string;
}): ChartSource {
  if (/^[a-z]+:\/\//i.test(chart)) return { chart: ociInLowerCase(chart), isLocal: false };
  if (isPath(chart)) return { chart, isLocal: true };
  const registry = ociInLowerCase(withoutSlash(repository));
  return registry.startsWith("oci://")
    ? { chart: `${registry}/${chart}`, isLocal: false }
    : { chart, repo: repository, isLocal: false };
}

/** Chart names have no slash, so that one in front of them is a folder, or a repository of the user's own Helm. */
function isPath(chart: string): boolean {
  return /[\\/]|\.tgz$|\.tar\.gz$|^\.{1,2}$/.test(chart);
}

/** Helm compares the scheme by its letters. */
function ociInLowerCase(url: string): string {
  return url.replace(/^oci:/i, "oci:");
}

/**
 * What in a URL may be a credential: user and password, or a query, such as a signature. Undefined if there is none. A URL that cannot be parsed
 * counts by its `@`: a password with a slash or a colon is such a case.
 */
export function credentialsIn(url: string): "a user or password" | "a query" | undefined {
  const text = url.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\\?#]*@/i.test(text) || /^(\/\/)?[^/\\?#@]*:[^/\\?#@]*@/.test(text))
    return "a user or password";
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  if (!URL.canParse(text)) return text.includes("@") ? "a user or password" : undefined;
  return text.includes("?") ? "a query" : undefined;
}
