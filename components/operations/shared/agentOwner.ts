import { readRelease } from "../../glooMesh/helmRelease";
import { isOurs, type KeptMarks, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";

/** The Helm release of a registration, by its place and by its marks. */
export interface OwnRelease extends KeptMarks {
  readonly namespace: string;
  readonly releaseName: string;
}

/**
 * Whether the agent that is installed, and so has written the client certificate, is another registration's by its mark. Two stacks that began at
 * the same moment may both have passed their checks: the one that lost must not take the other's certificate.
 */
export async function isAgentOfAnother(
  client: KubernetesClient,
  own: OwnRelease,
  signal: AbortSignal,
): Promise<boolean> {
  const release = await readRelease(client, own.namespace, own.releaseName, signal);
  return release?.owner !== undefined && !isOurs(release, ownershipOf(own));
}
