import { isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";

/**
 * Removes what the agent wrote. It carries no mark, so a Secret whose certificate clearly names another cluster stays. Returns whether
 * there was one.
 */
export async function removeClientSecret(
  client: KubernetesClient,
  { clientSecret, clusterName }: { readonly clientSecret: SecretPlace; readonly clusterName: string },
  signal: AbortSignal,
): Promise<boolean> {
  const path = paths.secret(clientSecret.namespace, clientSecret.name);
  return removeIf<Secret>(client, path, (secret) => !isOfAnotherCluster(secret, clusterName), { signal });
}
