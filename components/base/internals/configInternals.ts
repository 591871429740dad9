/** @pulumi/pulumi, runtime/config.ts: whether a stack's configuration holds a value, or a part of it, as a secret. The key is `project:name`. */
export function isSecretInConfig(runtime: object, fullKey: string): boolean {
  return (runtime as { isConfigSecret(key: string): boolean }).isConfigSecret(fullKey);
}
