interface KubeconfigFile {
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
}

/** A kubeconfig, as JSON, with other addresses of its API servers. @throws when it names a server that has none */
export function withServers(kubeconfig: string, servers: ReadonlyMap<string, string>): string {
  const file = JSON.parse(kubeconfig) as KubeconfigFile;
  const clusters = file.clusters.map(({ name, cluster }) => {
    const server = servers.get(cluster.server);
    if (server === undefined) throw new Error(`no other address for ${cluster.server}`);
    return { name, cluster: { ...cluster, server } };
  });
  return `${JSON.stringify({ ...file, clusters })}\n`;
}
