/** How to reach a cluster, with the meaning of kubectl's `--kubeconfig` and `--context`. Plain values, which Pulumi's state can hold. */
export interface ClusterAccess {
  /** Path of a kubeconfig file, or its content (YAML or JSON). Default: as for kubectl, `$KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Name of the context. Default: the current context of the kubeconfig. */
  readonly context?: string | undefined;
}

/**
 * True for the content of a kubeconfig, false for a path. What cannot be a path (base64, say) counts as content, too: then no message quotes it,
 * the state keeps it as a secret, and loading it reports GMR102.
 */
export function isKubeconfigContent(kubeconfig: string): boolean {
  const longestFileName = 255;
  return (
    kubeconfig.includes("\n") ||
    kubeconfig.trimStart().startsWith("{") ||
    kubeconfig.split(/[/\\]/).some((part) => part.length > longestFileName)
  );
}

/** Names a cluster in messages. Never shows the content of a kubeconfig. */
export function describeAccess(access: ClusterAccess): string {
  const context = access.context === undefined ? "the current context" : `context "${access.context}"`;
  if (access.kubeconfig === undefined) return context;
  return isKubeconfigContent(access.kubeconfig)
    ? `${context} of the given kubeconfig`
    : `${context} of ${access.kubeconfig}`;
}
