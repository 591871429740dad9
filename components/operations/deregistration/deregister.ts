import { clusterIdentityAnnotation, ownerOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { ApiError } from "../../kubernetes/errors";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import { removeLabel } from "../preparation/namespaceLabel";
import { isAgentOfAnother } from "../shared/agentOwner";
import type { PreparationState } from "../shared/inputs";
import { hubOf, openClusterIfSame, removeIfPresent } from "../shared/openCluster";
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
  for (const { namespace, name } of state.secrets ?? [])
    await removeIfOurs(
      client,
      paths.secret(namespace, name),
      ({ metadata }) => ownerOf({ metadata }) === state.mark,
      signal,
    );
  if (state.labelAdded) await removeLabel(client, state.namespace, signal);
  if (state.removeNamespace) await removeNamespace(client, state, signal);
}

async function deregisterOnHub(state: PreparationState, signal: AbortSignal): Promise<void> {
  const { kubernetesCluster, managementNamespace, clusterName, mark, remoteIdentity } = state;
  const client = await orLeftBehind(openClusterIfSame(hubOf(state), signal), (problem) =>
    reportLeftOnHub(state, problem),
  );
  if (!client) return;
  // After a move to another cluster the object of this name is in use, and names that cluster.
  const isOurs = ({ metadata }: KubernetesObject) =>
    ownerOf({ metadata }) === mark && metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity;
  for (const name of [clusterName, ...(state.formerNames ?? [])]) {
    const path = `${paths.kubernetesClusters(kubernetesCluster, managementNamespace)}/${name}`;
    await removeIfOurs(client, path, isOurs, signal);
  }
}

/** Looks at the metadata only. */
async function removeIfOurs(
  client: KubernetesClient,
  path: string,
  isOurs: (object: KubernetesObject) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  const found = await client.find<KubernetesObject>(path, { accept, signal }).catch(unlessUnknownKind);
  if (found && isOurs(found)) await removeIfPresent(client, path, signal);
}

/** Without its CRD there is no object of it. */
function unlessUnknownKind(error: unknown): undefined {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
