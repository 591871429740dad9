import type { GenerationName } from "../../glooMesh/generation";
import { isOfAnotherCluster } from "../../glooMesh/liveCertificate";
import type { KeptMarks } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { removeIf } from "../../kubernetes/guardedWrites";
import { paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import { interruptionSignal } from "./interruption";

// The Secret that an agent wrote: it carries no mark, so its certificate shows whose it is.

/** A Secret in which the agent stored a certificate, with the cluster name of that time. */
export interface AgentSecret extends SecretPlace {
  readonly clusterName: string;
}

/**
 * Removes the Secret that the agent wrote; returns whether there was one. It carries no mark, so a Secret whose certificate clearly names another
 * cluster stays.
 */
export async function removeClientSecret(client: KubernetesClient, place: AgentSecret): Promise<boolean> {
  const path = paths.secret(place.namespace, place.name);
  const isOwn = (secret: Secret) => !isOfAnotherCluster(secret, place.clusterName);
  return removeIf(client, path, isOwn, { signal: interruptionSignal() });
}

/** The Helm release of a registration: where it is, and its marks. */
export interface OwnRelease extends KeptMarks {
  readonly namespace: string;
  readonly releaseName: string;
  /** Generation of its chart; missing for 1.x. */
  readonly generation?: GenerationName;
}
