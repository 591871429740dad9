import { isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";

/**
 * Removes the Secret that the agent wrote; returns whether there was one. It carries no mark, so a Secret whose certificate clearly names another
 * cluster stays.
 */
export async function removeClientSecret(
  client: KubernetesClient,
  { clientSecret, clusterName }: { readonly clientSecret: SecretPlace; readonly clusterName: string },
  signal: AbortSignal,
): Promise<boolean> {
  const path = paths.secret(clientSecret.namespace, clientSecret.name);
  return removeIf<Secret>(client, path, (secret) => !isOfAnotherCluster(secret, clusterName), { signal });
}
