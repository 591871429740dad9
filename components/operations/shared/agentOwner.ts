import { findLatestRevision, ownerOfRevision } from "../../glooMesh/helmRelease";
import type { KubernetesClient } from "../../kubernetes/client";
import type { OwnRelease } from "../deregistration/orphanedRelease";

/**
 * Whether the agent that is installed, and so has written the client certificate, is another registration's by its mark. Two stacks that began at
 * the same moment may both have passed their checks: the one that lost must not take the other's certificate.
 */
export async function isAgentOfAnother(
  client: KubernetesClient,
  { namespace, releaseName, mark }: OwnRelease,
  signal: AbortSignal,
): Promise<boolean> {
  const revision = await findLatestRevision(client, namespace, releaseName, signal);
  const owner = revision && (await ownerOfRevision(revision));
  return owner !== undefined && owner !== mark;
}
