import { clusterIdentityAnnotation, isOurs, ownershipOf } from "../../glooMesh/ownership";
import { hasStatus } from "../../kubernetes/errors";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";
import { removeLabel } from "../preparation/namespaceLabel";
import { isAgentOfAnother } from "../shared/agentOwner";
import type { PreparationState } from "../shared/inputs";
import { hubOf, openClusterIfSame } from "../shared/openCluster";
import { removeClientSecret } from "./clientSecret";
import { reportLeftOnHub, reportLeftOnRemote } from "./leftBehindReport";
import { removeNamespace } from "./namespaceRemoval";
import { removeOrphanedRelease } from "./orphanedRelease";
import { orLeftBehind } from "./unreachable";

/**
 * Deregisters a cluster, after all other resources of the registration are gone. Removes what they left: objects that a killed run created and could
 * not record, the label on a namespace that someone else created, and the namespace. Objects without the registration's mark stay.
 */
export async function deregister(state: PreparationState, signal: AbortSignal): Promise<void> {
  await deregisterOnHub(state, signal);
  const client = await orLeftBehind(openClusterIfSame(state, signal), (problem) => reportLeftOnRemote(state, problem));
  if (!client) return;
  await removeOrphanedRelease(client, state, signal);
  if (state.removeEarlierCertificate && !(await isAgentOfAnother(client, state, signal))) {
    await removeClientSecret(client, { ...state.clientSecret, clusterName: state.clusterName }, signal);
  }
  const ownership = ownershipOf(state);
  for (const { namespace, name } of state.secrets ?? []) {
    const path = paths.secret(namespace, name);
    await removeIf(client, path, (object) => isOurs(object, ownership), { accept: metadataOnly, signal });
  }
  if (state.labelAdded) await removeLabel(client, state.namespace, signal);
  if (state.removeNamespace) await removeNamespace(client, state, signal);
}

async function deregisterOnHub(state: PreparationState, signal: AbortSignal): Promise<void> {
  const { kubernetesCluster, managementNamespace, clusterName, remoteIdentity } = state;
  const ownership = ownershipOf(state);
  const client = await orLeftBehind(openClusterIfSame(hubOf(state), signal), (problem) =>
    reportLeftOnHub(state, problem),
  );
  if (!client) return;
  // After a move to another cluster the object of this name is in use, and names that cluster.
  const isMeant = (object: KubernetesObject) =>
    isOurs(object, ownership) && object.metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity;
  for (const name of [clusterName, ...(state.formerNames ?? [])]) {
    const path = `${paths.kubernetesClusters(kubernetesCluster, managementNamespace)}/${name}`;
    // Without the CRD there is no such object.
    await removeIf(client, path, isMeant, { accept: metadataOnly, signal }).catch((error) => {
      if (!hasStatus(error, 404)) throw error;
    });
  }
}
