import { allEnded } from "../../base/async";
import { readRelease } from "../../glooMesh/helmRelease";
import { incarnationKey, isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import { removeLabel } from "../preparation/namespaceLabel";
import { isAgentOfAnother } from "../shared/agentOwner";
import { removeClientSecret } from "../shared/clientSecret";
import type { PreparationState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { markedObjects, previousOf, removeMarked } from "../shared/markedObjects";
import { hubOf, openClusterIfSame } from "../shared/openCluster";
import { report } from "../shared/report";
import { handOver } from "./handOver";
import { reportLeftOnHub, reportLeftOnRemote } from "./leftBehindReport";
import { removeNamespace } from "./namespaceRemoval";
import { removeOrphanedRelease } from "./orphanedRelease";
import { orLeftBehind } from "./unreachable";

/**
 * Ends a registration: hands the cluster over if it is to keep running. Otherwise deregisters it, after Pulumi has uninstalled the agent and forgotten the other objects of the registration: deletes a release that a killed run
 * could not record, the KubernetesCluster, the Secrets, the label on a namespace that someone else created, and the namespace. Objects without the registration's mark stay,
 * and what belongs to a newer preparation by now.
 */
export async function deregister(state: PreparationState): Promise<void> {
  // Both before the first delete, since a deregistration that cannot end is not to begin.
  const [hub, remote] = await Promise.all([
    orLeftBehind(openClusterIfSame(hubOf(state)), (problem) => reportLeftOnHub(state, problem)),
    orLeftBehind(openClusterIfSame(state), (problem) => reportLeftOnRemote(state, problem)),
  ]);
  const isKept = remote !== undefined && (await isTakenOver(remote, state));
  // A preparation that was only replaced has nothing to hand over.
  if (state.leaveRunning && !isKept) return handOver({ hub, remote }, state);
  if (remote && !isKept && !state.agentProvided) await removeOrphanedRelease(remote, state);
  const removals = [...markedObjects(state), ...previousOf(state)].map(async (object) => {
    const client = object.identity === state.managementIdentity ? hub : remote;
    // A KubernetesCluster says itself which preparation it belongs to: on a previous management cluster it is to go.
    if (client && !(isKept && client === remote)) await removeMarked(client, object, state);
  });
  const rest = remote && !isKept ? [removeCertificate(remote, state), removeAddedLabel(remote, state)] : [];
  await allEnded([...removals, ...rest]);
  if (!remote || isKept) return;
  if (state.removeNamespace)
    await removeNamespace(remote, { ...state, goesWithIt: await ownCrdsRelease(remote, state) });
}

/** The certificate of an agent that stays is in use. */
async function removeCertificate(remote: KubernetesClient, state: PreparationState): Promise<void> {
  if (!state.removeEarlierCertificate || (await isAgentOfAnother(remote, state, !state.agentProvided))) return;
  await removeClientSecret(remote, { ...state.clientSecret, clusterName: state.clusterName });
}

async function removeAddedLabel(remote: KubernetesClient, { labelAdded, namespace }: PreparationState): Promise<void> {
  if (labelAdded) await removeLabel(remote, namespace);
}

/** The release of the CRDs, whose record goes with the namespace; the CRDs stay. Undefined for none, and for someone else's. */
async function ownCrdsRelease(client: KubernetesClient, state: PreparationState): Promise<string | undefined> {
  const { namespace, crdsReleaseName: name } = state;
  const release = name && (await readRelease(client, namespace, name, interruptionSignal()));
  return release && isOurs(release, ownershipOf(state)) ? name : undefined;
}

/**
 * Whether the release belongs to another preparation, which has replaced this one: Pulumi deletes a replaced resource after it has created the new one. With a
 * provided agent there is no such release, and the namespace says it, as each Secret does for itself.
 */
async function isTakenOver(client: KubernetesClient, state: PreparationState): Promise<boolean> {
  const { namespace, releaseName, incarnation } = state;
  if (state.agentProvided) {
    const signal = interruptionSignal();
    const found = await client.find<KubernetesObject>(paths.namespace(namespace), { signal });
    const owner = found && isOurs(found, ownershipOf(state)) ? found.metadata.annotations?.[incarnationKey] : undefined;
    return owner !== undefined && owner !== incarnation;
  }
  const release = await readRelease(client, namespace, releaseName, interruptionSignal());
  if (!release || !isOurs(release, ownershipOf(state))) return false;
  if (release.incarnation === undefined || release.incarnation === incarnation) return false;
  report(`the agent stays: a newer resource has taken the Helm release ${namespace}/${releaseName} over`);
  return true;
}
