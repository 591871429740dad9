import { type ClusterAccess, isKubeconfigContent } from "./access";
import type { CustomKind } from "./objects";

// Commands in messages. Each carries its cluster, and its namespace where the object has one: a copied command must not act on the cluster of the
// reader's current context.

/** `kubectl --context prod-hub -n gloo-mesh <words>`, quoted for a POSIX shell. */
export function kubectl(access: ClusterAccess, namespace: string | undefined, ...words: readonly string[]): string {
  return command("kubectl", "--context", access, namespace, words);
}

/** `helm --kube-context prod-cluster-2 -n gloo-mesh <words>`, quoted for a POSIX shell. */
export function helm(access: ClusterAccess, namespace: string | undefined, ...words: readonly string[]): string {
  return command("helm", "--kube-context", access, namespace, words);
}

/** A custom kind as a command names it: with its group, since both product generations have a KubernetesCluster. */
export function qualified({ plural, group }: CustomKind): string {
  return `${plural}.${group}`;
}

/** A command cannot name a kubeconfig that was given as content: then the reader's own kubeconfig must have the context. */
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

/** Quotes a word so that a POSIX shell takes it as one word; leaves plain words such as `--flag` as they are, and `~/` for the shell to expand. */
export function shellQuoted(word: string): string {
  if (word.startsWith("~/")) return `~/${word.length === 2 ? "" : shellQuoted(word.slice(2))}`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
