import { isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import type { KubernetesClient } from "../../kubernetes/client";
import type { SecretPlace } from "../../kubernetes/objects";
import { paths, type Secret } from "../../kubernetes/objects";
import { removeIfPresent } from "../shared/openCluster";

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
  const secret = await client.find<Secret>(path, { signal });
  if (!secret || isOfAnotherCluster(secret, clusterName)) return false;
  await removeIfPresent(client, path, signal);
  return true;
}
