import { type Problem, RegistrationError } from "../../base/problems";
import { generationOf } from "../../glooMesh/generation";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import { isEarlierMark } from "../../glooMesh/mark";
import {
  clusterIdentityAnnotation,
  incarnationKey,
  isOurs,
  leaveRunningAnnotation,
  ownerOf,
  ownershipOf,
} from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { shellQuoted } from "../../kubernetes/commands";
import { unlessKindUnknown } from "../../kubernetes/errors";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import type { ClientCertificateInputs } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";

/**
 * Ends of a registration that the first delete refuses: Pulumi would uninstall the agent by its name, although it is another registration's by now (GMR606), or
 * although the preview says that it is handed over (GMR608). `hub` is undefined for a management cluster that is left behind.
 */
export async function refuseToUninstall(
  hub: KubernetesClient | undefined,
  client: KubernetesClient,
  own: ClientCertificateInputs,
): Promise<void> {
  // Then Pulumi uninstalls nothing.
  if (own.leaveRunning) return;
  const [release, kubernetesCluster] = await Promise.all([
    readRelease(client, own.namespace, own.releaseName, interruptionSignal()),
    hub && findKubernetesCluster(hub, own),
  ]);
  if (release && isRemarked(own, release)) return;
  const problem =
    (release && ofAnother(own, release, `${client.where}, Helm release ${own.namespace}/${own.releaseName}`)) ??
    (hub && kubernetesCluster && ofAnother(own, kubernetesCluster, placeOf(hub, own))) ??
    (hub && kubernetesCluster && notInEffect(own, kubernetesCluster, placeOf(hub, own)));
  if (problem) throw new RegistrationError(problem);
}

/** The KubernetesCluster of this cluster: one of its name for another cluster has nothing to do with the agent. */
async function findKubernetesCluster(
  hub: KubernetesClient,
  { generation, managementNamespace, clusterName, remoteIdentity }: ClientCertificateInputs,
): Promise<KubernetesObject | undefined> {
  const path = paths.kubernetesCluster(generationOf(generation).kubernetesCluster, managementNamespace, clusterName);
  const read = hub.find<KubernetesObject>(path, { accept: metadataOnly, signal: interruptionSignal() });
  const found = await unlessKindUnknown(read);
  const identity = found?.metadata.annotations?.[clusterIdentityAnnotation] ?? remoteIdentity;
  return identity === remoteIdentity ? found : undefined;
}

function placeOf(hub: KubernetesClient, { managementNamespace, clusterName }: ClientCertificateInputs): string {
  return `${hub.where}, KubernetesCluster ${managementNamespace}/${clusterName}`;
}

/**
 * Whether this very run has given the release another mark, by an alias: the preparation is the same, and this resource, which is replaced, has the previous
 * mark. Who takes a release over also marks its record.
 */
function isRemarked(own: ClientCertificateInputs, release: HelmRelease): boolean {
  const isAnother = ownerOf(release) !== undefined && !isOurs(release, ownershipOf(own));
  const isSame = release.incarnation !== undefined && release.incarnation === own.incarnation;
  return isAnother && isSame && ownerOf(release.secret) === undefined;
}

function ofAnother(
  own: ClientCertificateInputs,
  thing: KubernetesObject | HelmRelease,
  where: string,
): Problem | undefined {
  const owner = ownerOf(thing);
  if (owner === undefined || isOurs(thing, ownershipOf(own))) return undefined;
  const urn = isEarlierMark(own.mark) ? "<URN of the registration>" : own.mark;
  return {
    code: "GMR606",
    what: `Another registration has taken ${own.clusterName} over, and this run would uninstall its agent; nothing is deleted`,
    where,
    cause: `it belongs to the registration ${owner}`,
    next: `have this stack forget it, which changes nothing on the clusters: pulumi state delete --target-dependents ${shellQuoted(urn)}`,
  };
}

/** Pulumi uninstalls an agent whose state no finished run has marked as retained. */
function notInEffect(own: ClientCertificateInputs, { metadata }: KubernetesObject, where: string): Problem | undefined {
  const { [leaveRunningAnnotation]: leaveRunning, [incarnationKey]: incarnation } = metadata.annotations ?? {};
  if (leaveRunning !== "true" || incarnation !== own.incarnation) return undefined;
  return {
    code: "GMR608",
    what: `${own.clusterName} is to be handed over, and this run would uninstall its agent; nothing is deleted`,
    where,
    cause: "the run that set [leaveRunning] was not finished, so Pulumi does not know yet that the agent stays",
    next: "declare the registration with [leaveRunning] again and run pulumi up to its end, then remove it; to deregister the cluster, run pulumi up with [leaveRunning] false",
  };
}
