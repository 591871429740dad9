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
 * The end of a registration, after all its other resources are gone. Removes what is still there of it: what a killed run made and
 * could not record, the label on a namespace of others, and the namespace. Each only where it carries our mark.
 */
export async function deregister(state: PreparationState, signal: AbortSignal): Promise<void> {
  await deregisterOnHub(state, signal);
  const client = await orLeftBehind(openClusterIfSame(state, signal), (problem) => reportLeftOnRemote(state, problem));
  if (!client) return;
  await removeOrphanedRelease(client, state, signal);
  if (state.removeEarlierCertificate && !(await isAgentOfAnother(client, state, signal))) {
    await removeClientSecret(client, state, signal);
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
    // Without its CRD there is no object of it.
    await removeIf(client, path, isMeant, { accept: metadataOnly, signal }).catch((error) => {
      if (!hasStatus(error, 404)) throw error;
    });
  }
}
