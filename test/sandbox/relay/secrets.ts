import * as k8s from "@kubernetes/client-node";

/** Names of the relay's Secrets, the same on both sides. */
export const secretNames = {
  root: "relay-root-tls-secret",
  signing: "relay-tls-signing-secret",
  server: "relay-server-tls-secret",
  identityToken: "relay-identity-token-secret",
  forwardingToken: "relay-forwarding-identity-token-secret",
  /** The permanent token of simple TLS. */
  sharedToken: "relay-token",
  client: "relay-client-tls-secret",
} as const;

/** Where a Secret lies. */
export interface SecretReference {
  readonly name: string;
  readonly namespace: string;
}

/** The decoded data of a Secret, or undefined when there is no such Secret. */
export async function readSecret(
  kubeConfig: k8s.KubeConfig,
  reference: SecretReference,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return secretData(await kubeConfig.makeApiClient(k8s.CoreV1Api).readNamespacedSecret({ ...reference }));
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Creates an Opaque Secret, or gives an existing one exactly this data; its labels and annotations stay. */
export async function writeSecret(
  kubeConfig: k8s.KubeConfig,
  reference: SecretReference,
  data: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const body: k8s.V1Secret = {
    metadata: { ...reference, labels: { ...labels } },
    type: "Opaque",
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
  };
  try {
    await api.createNamespacedSecret({ namespace: reference.namespace, body });
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
    const current = await api.readNamespacedSecret({ ...reference });
    await api.replaceNamespacedSecret({ ...reference, body: { ...current, data: body.data ?? {} } });
  }
}

/** The decoded data of a Secret object. */
export function secretData(secret: k8s.V1Secret): ReadonlyMap<string, string> {
  const entries = Object.entries(secret.data ?? {});
  return new Map(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}

/** Whether an API call failed with this HTTP status. */
export function isStatus(error: unknown, code: number): boolean {
  return error instanceof k8s.ApiException && error.code === code;
}
