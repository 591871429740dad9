import { allEnded } from "../../base/async";
import { ownManager } from "../../glooMesh/mark";
import {
  clusterIdentityAnnotation,
  incarnationKey,
  isTemporaryToken,
  leaveRunningAnnotation,
  lentAnnotation,
  ownershipOf,
  registrationAnnotation,
} from "../../glooMesh/ownership";
import { unmarkRelease } from "../../glooMesh/unmarkedRelease";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessKindUnknown } from "../../kubernetes/errors";
import { patchIf, removeIf } from "../../kubernetes/guardedWrites";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import { unifiedFields } from "../preparation/fieldManagers";
import { untilQuiet } from "../preparation/releaseRecovery";
import type { PreparationState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { isMarked, markedObjects, previousOf } from "../shared/markedObjects";
import { report } from "../shared/report";

/** Both clusters, as far as they can be reached. */
interface ReachedClusters {
  readonly hub: KubernetesClient | undefined;
  readonly remote: KubernetesClient | undefined;
}

/**
 * Hands a cluster over: takes the marks of the registration off all that carries them, and deletes nothing but a temporary token. Each write looks at the live
 * object before it, so that a second run finishes what a killed one began.
 */
export async function handOver({ hub, remote }: ReachedClusters, state: PreparationState): Promise<void> {
  const objects = [...markedObjects(state), ...previousOf(state)].map(async ({ identity, path }) => {
    const client = identity === state.managementIdentity ? hub : remote;
    if (client) await unlessKindUnknown(letGo(client, path, state));
  });
  const namespace = remote && state.removeNamespace ? [unmark(remote, paths.namespace(state.namespace), state)] : [];
  await allEnded([...objects, ...namespace]);
  if (!remote) return;
  // Last: by the release's mark a second run knows that the agent is still this registration's. Helm may still be at work after a killed run.
  await untilQuiet(remote, state);
  const { namespace: place, releaseName, crdsReleaseName } = state;
  for (const name of [...(crdsReleaseName ? [crdsReleaseName] : []), releaseName]) {
    await unmarkRelease(remote, { namespace: place, name }, ownershipOf(state), interruptionSignal());
  }
  report(
    `${state.clusterName}: handed over; the agent keeps running, and nothing carries a mark of this stack any more`,
  );
}

/** Takes the marks off an object. A temporary token, which an interrupted run has left, is removed. */
async function letGo(client: KubernetesClient, path: string, state: PreparationState): Promise<void> {
  const isToken = (object: KubernetesObject) => isTemporaryToken(object, ownershipOf(state));
  const isRemoved = await removeIf(client, path, isToken, { accept: metadataOnly, signal: interruptionSignal() });
  if (!isRemoved) await unmark(client, path, state);
}

/** The annotations that a registration writes. The last names the field manager for Pulumi's Kubernetes provider. */
const marks = [
  registrationAnnotation,
  clusterIdentityAnnotation,
  incarnationKey,
  leaveRunningAnnotation,
  lentAnnotation,
  "pulumi.com/patchFieldManager",
];

async function unmark(client: KubernetesClient, path: string, state: PreparationState): Promise<void> {
  const patchFor = (object: KubernetesObject) => {
    if (!isMarked(object, state)) return undefined;
    const { annotations = {}, managedFields = [] } = object.metadata;
    const present = marks.filter((key) => annotations[key] !== undefined);
    // Who takes it next finds no Pulumi program among its writers.
    const renamed = unifiedFields(managedFields, ownManager);
    return {
      annotations: Object.fromEntries(present.map((key) => [key, null])),
      ...(renamed ? { managedFields: renamed } : {}),
    };
  };
  await patchIf(client, path, patchFor, { accept: metadataOnly, signal: interruptionSignal() });
}
