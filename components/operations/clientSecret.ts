import { dnsNames, parseCertificates } from "../certificate/x509";
import type { KubernetesClient } from "../kubernetes/client";
import { paths, type Secret, secretValue } from "../kubernetes/objects";
import type { SecretPlace } from "../settings";
import { removeIfPresent } from "./remoteCluster";

/** Removes what the agent wrote. It carries no mark, so a Secret whose certificate clearly names another cluster stays. */
export async function removeClientSecret(
  client: KubernetesClient,
  { clientSecret, clusterName }: { readonly clientSecret: SecretPlace; readonly clusterName: string },
  signal: AbortSignal,
): Promise<void> {
  const path = paths.secret(clientSecret.namespace, clientSecret.name);
  const secret = await client.find<Secret>(path, { signal });
  if (secret && !isOfAnotherCluster(secret, clusterName)) await removeIfPresent(client, path, signal);
}

function isOfAnotherCluster(secret: Secret, clusterName: string): boolean {
  try {
    const [leaf] = parseCertificates(secretValue(secret, "tls.crt")?.toString("utf8") ?? "");
    return leaf !== undefined && !dnsNames(leaf).includes(clusterName);
  } catch {
    return false;
  }
}
