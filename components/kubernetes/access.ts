import { looksRandom } from "../base/randomness";

/** How to reach a cluster, with the meaning of kubectl's `--kubeconfig` and `--context`. Plain values, which Pulumi's state can hold. */
export interface ClusterAccess {
  /** Path of a kubeconfig file, or its content (YAML or JSON). Default: as for kubectl, `$KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Name of the context. Default: the current context of the kubeconfig. */
  readonly context?: string | undefined;
}

/**
 * True for the content of a kubeconfig, on one line too, false for a path. What cannot be a path (base64, say) counts as content, too: then no message
 * quotes it, the state keeps it as a secret, and loading it reports GMR102.
 */
export function isKubeconfigContent(kubeconfig: string): boolean {
  if (isPath.test(kubeconfig)) return false;
  return contentSigns.some((sign) => sign.test(kubeconfig)) || isTextInBase64(kubeconfig) || isToken(kubeconfig);
}

/** What begins like a path, on one line, and is no longer than one. */
const isPath = /^(?:~?\/|\.{1,2}[\\/]|[A-Za-z]:[\\/]|%\w+%\\)[^\r\n]{0,4094}$/;

const contentSigns: readonly RegExp[] = [
  /[\r\n]/,
  // The beginnings of JSON, YAML and URLs: maps, lists, strings, comments, directives, documents, tags, anchors.
  /^[\s\uFEFF]*(?:[{["'#%!&]|---|\? |data:|\w+:\/\/)/,
  /:\s/,
  /(?:apiVersion|current-context|client-key-data)["']?\s*:/,
  // Longer than a file name or a path can be; compressed.
  /[^/\\]{256}|^.{4096}|^H4sI/,
];

function isTextInBase64(kubeconfig: string): boolean {
  if (!/^[\w+/-]{40,}={0,2}$/.test(kubeconfig)) return false;
  return !/[^\s\P{C}]|\uFFFD/u.test(Buffer.from(kubeconfig, "base64").toString("utf8"));
}

/** A token in the place of a kubeconfig: no file name has so many letters without a word in them. */
function isToken(kubeconfig: string): boolean {
  const parts = kubeconfig.split(/[-_+=]/);
  const hasWord = parts.some((part) => /^[A-Za-z]{5,}$/.test(part) && !looksRandom(part));
  return !hasWord && parts.some((part) => /^[A-Za-z0-9]{16,}$/.test(part) && looksRandom(part));
}

/** Names a cluster in messages. Never shows the content of a kubeconfig. */
export function describeAccess(access: ClusterAccess): string {
  const context = access.context === undefined ? "the current context" : `context "${access.context}"`;
  if (access.kubeconfig === undefined) return context;
  return isKubeconfigContent(access.kubeconfig)
    ? `${context} of the given kubeconfig`
    : `${context} of ${access.kubeconfig}`;
}
