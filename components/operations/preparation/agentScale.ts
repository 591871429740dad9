import { generationOf } from "../../glooMesh/generation";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths } from "../../kubernetes/objects";
import type { Deployment } from "../../kubernetes/workloads";
import type { OwnRelease } from "../shared/clientSecret";
import { interruptionSignal } from "../shared/interruption";
import { report } from "../shared/report";

/** Scales the agent up to one replica if someone scaled it to 0: Helm leaves a number that the chart does not set. */
export async function scaleUp(
  client: KubernetesClient,
  { namespace, generation }: Pick<OwnRelease, "namespace" | "generation">,
): Promise<void> {
  const signal = interruptionSignal();
  const { agentName } = generationOf(generation);
  const path = paths.deployment(namespace, agentName);
  const deployment = await client.find<Deployment>(path, { signal });
  if (deployment?.spec?.replicas !== 0) return;
  // The write fails if someone else has changed the Deployment in between.
  const { uid, resourceVersion } = deployment.metadata;
  await client.request("PATCH", path, {
    contentType: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion }, spec: { replicas: 1 } },
    signal,
  });
  report(`scaled the agent's Deployment ${namespace}/${agentName} up from 0 to 1`);
}
