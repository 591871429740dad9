import { readRelease } from "../../glooMesh/helmRelease";
import { isOurs, type KeptMarks, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";

/** The Helm release of a registration: where it is, and its marks. */
export interface OwnRelease extends KeptMarks {
  readonly namespace: string;
  readonly releaseName: string;
}

/**
 * Whether the installed agent, which writes the client certificate, carries the mark of another registration. Two stacks that started at the same
 * moment may both have passed their checks: the one that lost must not remove the other's certificate.
 */
export async function isAgentOfAnother(
  client: KubernetesClient,
  own: OwnRelease,
  signal: AbortSignal,
): Promise<boolean> {
  const release = await readRelease(client, own.namespace, own.releaseName, signal);
  return release?.owner !== undefined && !isOurs(release, ownershipOf(own));
}
