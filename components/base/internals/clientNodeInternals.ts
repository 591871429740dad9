/** @kubernetes/client-node: has a KubeConfig start the credential plugins of its users with another function; there is no option for it. */
export function startCredentialPluginsWith(config: object, start: unknown): void {
  for (const authenticator of Reflect.get(config, "authenticators") as readonly object[]) {
    if ("execFn" in authenticator) authenticator.execFn = start;
  }
}
