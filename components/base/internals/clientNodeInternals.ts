/** @kubernetes/client-node: makes a KubeConfig start the credential plugins of its users with `start`; it has no option for that. */
export function startCredentialPluginsWith(config: object, start: unknown): void {
  for (const authenticator of Reflect.get(config, "authenticators") as readonly object[]) {
    if ("execFn" in authenticator) authenticator.execFn = start;
  }
}
