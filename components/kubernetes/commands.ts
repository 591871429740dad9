import { type ClusterAccess, isKubeconfigContent } from "./access";

// Commands that messages print. Each carries its cluster, and its namespace where the object has one: copied as it is, it must not act on whatever
// cluster the reader's current context means.

/** `kubectl --context prod-hub -n gloo-mesh <words>`, quoted for a POSIX shell. */
export function kubectl(access: ClusterAccess, namespace: string | undefined, ...words: readonly string[]): string {
  return command("kubectl", "--context", access, namespace, words);
}

/** `helm --kube-context prod-cluster-2 -n gloo-mesh <words>`, quoted for a POSIX shell. */
export function helm(access: ClusterAccess, namespace: string | undefined, ...words: readonly string[]): string {
  return command("helm", "--kube-context", access, namespace, words);
}

/** A kubeconfig given as content has no path that a command could name: then the reader's own kubeconfig must have the context. */
function command(
  program: string,
  flag: string,
  { kubeconfig, context }: ClusterAccess,
  namespace: string | undefined,
  words: readonly string[],
): string {
  const isPath = kubeconfig !== undefined && kubeconfig !== "" && !isKubeconfigContent(kubeconfig);
  const parts = [
    program,
    ...(isPath ? ["--kubeconfig", kubeconfig] : []),
    ...(context === undefined ? [] : [flag, context]),
    ...(namespace === undefined ? [] : ["-n", namespace]),
    ...words,
  ];
  return parts.map(shellQuoted).join(" ");
}

/** A word that a POSIX shell takes as one; `--flag` and the like stay as they are. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
