import type { KubernetesClient } from "../kubernetes/client";
import { type KubernetesObject, type ObjectList, paths } from "../kubernetes/objects";
import type { ClientCertificateInputs } from "./clientCertificate";
import { judgeLiveCertificate } from "./liveCertificate";
import type { EarlierProof } from "./proof";
import { removeIfPresent } from "./remoteCluster";
import { report } from "./report";

/**
 * Lets an agent begin anew that has no good certificate. It reads its Secrets only when it starts, and uses a certificate that it
 * finds, whatever it is worth: a bad one is removed, and pods that started without what they need are restarted.
 *
 * Comes after the agent's release, so that what is restarted has its present values.
 */
export async function beginAnew(
  client: KubernetesClient,
  inputs: ClientCertificateInputs,
  /** What the state knows of the run before; undefined for the first one. */
  earlier: EarlierProof | undefined,
  signal: AbortSignal,
): Promise<void> {
  const path = paths.secret(inputs.clientSecret.namespace, inputs.clientSecret.name);
  const verdict = await judgeLiveCertificate(client, inputs, signal);
  // In a bundle with the new root the old certificate stays good, but the agent still trusts the old root alone.
  const trustsAnother = earlier !== undefined && earlier.rootCertificate !== inputs.rootCertificate;
  if (verdict.accepted) {
    if (trustsAnother) await restartPods(client, inputs, signal, () => true);
    return;
  }
  // On the management cluster itself nothing is ever deleted that the hub may own.
  if (!verdict.missing && inputs.removeOnDelete) {
    report(`${inputs.clusterName}: removing a client certificate that is no good: ${verdict.fault}`);
    await removeIfPresent(client, path, signal);
  }
  const tokenWritten = inputs.tokenWrittenAt === "" ? undefined : new Date(inputs.tokenWrittenAt);
  await restartPods(client, inputs, signal, (started) => {
    if (!verdict.missing) return true;
    return tokenWritten ? started < tokenWritten : earlier !== undefined;
  });
}

/** Its pods are deleted rather than the Deployment changed, which is Helm's. */
async function restartPods(
  client: KubernetesClient,
  { namespace, agentName, clusterName }: ClientCertificateInputs,
  signal: AbortSignal,
  isStale: (started: Date) => boolean,
): Promise<void> {
  const selector = encodeURIComponent(`app=${agentName}`);
  const path = `${paths.pods(namespace)}?labelSelector=${selector}`;
  const { items } = await client.request<ObjectList<KubernetesObject>>("GET", path, { signal });
  const stale = items.filter(({ metadata }) => isStale(new Date(metadata.creationTimestamp ?? 0)));
  for (const pod of stale) await removeIfPresent(client, `${paths.pods(namespace)}/${pod.metadata.name}`, signal);
  if (stale.length > 0) report(`${clusterName}: restarted the agent, which reads its Secrets only at start`);
}
