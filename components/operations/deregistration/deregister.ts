import { clusterIdentityAnnotation, isOurs, ownershipOf } from "../../glooMesh/ownership";
import { hasStatus } from "../../kubernetes/errors";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";
import { removeLabel } from "../preparation/namespaceLabel";
import { isAgentOfAnother } from "../shared/agentOwner";
import { removeClientSecret } from "../shared/clientSecret";
import type { PreparationState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { hubOf, openClusterIfSame } from "../shared/openCluster";
import { reportLeftOnHub, reportLeftOnRemote } from "./leftBehindReport";
import { removeNamespace } from "./namespaceRemoval";
import { removeOrphanedRelease } from "./orphanedRelease";
import { orLeftBehind } from "./unreachable";

/**
 * Deregisters a cluster, after all other resources of the registration are gone. Removes what they left: objects that a killed run created and could
 * not record, the label on a namespace that someone else created, and the namespace. Objects without the registration's mark stay.
 */
export async function deregister(state: PreparationState): Promise<void> {
  await deregisterOnHub(state);
  const client = await orLeftBehind(openClusterIfSame(state), (problem) => reportLeftOnRemote(state, problem));
  if (!client) return;
  await removeOrphanedRelease(client, state);
  if (state.removeEarlierCertificate && !(await isAgentOfAnother(client, state, true))) {
    await removeClientSecret(client, { ...state.clientSecret, clusterName: state.clusterName });
  }
  const signal = interruptionSignal();
  const isOwn = (object: KubernetesObject) => isOurs(object, ownershipOf(state));
  for (const { namespace, name } of state.secrets ?? []) {
    await removeIf(client, paths.secret(namespace, name), isOwn, { accept: metadataOnly, signal });
  }
  if (state.labelAdded) await removeLabel(client, state.namespace);
  if (state.removeNamespace) await removeNamespace(client, state);
}

async function deregisterOnHub(state: PreparationState): Promise<void> {
  const { kubernetesCluster, managementNamespace, clusterName, remoteIdentity } = state;
  const ownership = ownershipOf(state);
  const client = await orLeftBehind(openClusterIfSame(hubOf(state)), (problem) => reportLeftOnHub(state, problem));
  if (!client) return;
  // After a move to another cluster the object of this name is in use, and names that cluster.
  const isMeant = (object: KubernetesObject) =>
    isOurs(object, ownership) && object.metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity;
  for (const name of [clusterName, ...(state.formerNames ?? [])]) {
    const path = paths.kubernetesCluster(kubernetesCluster, managementNamespace, name);
    // Without the CRD there is no such object.
    await removeIf(client, path, isMeant, { accept: metadataOnly, signal: interruptionSignal() }).catch((error) => {
      if (!hasStatus(error, 404)) throw error;
    });
  }
}
