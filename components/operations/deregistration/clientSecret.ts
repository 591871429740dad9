import { isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";

/** A Secret in which the agent stored a certificate, with the cluster name of that time. */
export interface AgentSecret extends SecretPlace {
  readonly clusterName: string;
}

/**
 * Removes the Secret that the agent wrote; returns whether there was one. It carries no mark, so a Secret whose certificate clearly names another
 * cluster stays.
 */
export async function removeClientSecret(
  client: KubernetesClient,
  { namespace, name, clusterName }: AgentSecret,
  signal: AbortSignal,
): Promise<boolean> {
  const path = paths.secret(namespace, name);
  return removeIf<Secret>(client, path, (secret) => !isOfAnotherCluster(secret, clusterName), { signal });
}
