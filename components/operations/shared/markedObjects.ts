import { clusterIdentityAnnotation, incarnationKey, isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessKindUnknown } from "../../kubernetes/errors";
import { removeIf } from "../../kubernetes/guardedWrites";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import type { MarkedObject, PreparationInputs, PreparationState, RegistrationInputs } from "./inputs";
import { interruptionSignal } from "./interruption";

// The objects of a registration that Pulumi's Kubernetes provider creates and that this package deletes (docs/decisions/0027): by mark, UID and resource
// version, where the provider deletes by name whatever has it.

/** The KubernetesCluster and the Secrets that these inputs declare. */
export function markedObjects(inputs: PreparationInputs): readonly MarkedObject[] {
  return [
    { identity: inputs.managementIdentity, path: kubernetesClusterPath(inputs) },
    ...(inputs.secrets ?? []).map(({ namespace, name }) => onRemote(inputs, paths.secret(namespace, name))),
  ];
}

export function kubernetesClusterPath(inputs: PreparationInputs): string {
  return paths.kubernetesCluster(inputs.kubernetesCluster, inputs.managementNamespace, inputs.clusterName);
}

/** What earlier runs declared and these inputs do not. */
export function previousObjects(olds: PreparationState, news: PreparationInputs): readonly MarkedObject[] {
  const provided = (news.providedSecrets ?? []).map(({ namespace, name }) =>
    onRemote(news, paths.secret(namespace, name)),
  );
  const present = new Set([...markedObjects(news), ...provided].map(keyOf));
  const earlier = new Map([...previousOf(olds), ...markedObjects(olds)].map((object) => [keyOf(object), object]));
  return [...earlier].flatMap(([key, object]) => (present.has(key) ? [] : [object]));
}

/** Those of a state, which an earlier version may have written. */
export function previousOf({ previous, formerNames = [], ...state }: PreparationState): readonly MarkedObject[] {
  return previous ?? formerNames.flatMap((clusterName) => markedObjects({ ...state, clusterName, secrets: [] }));
}

type MarkOwner = RegistrationInputs & Pick<PreparationState, "incarnation">;

/** Removes an object if it carries a mark of the registration. */
export async function removeMarked(client: KubernetesClient, { path }: MarkedObject, own: MarkOwner): Promise<boolean> {
  const isMeant = (object: KubernetesObject) => isMarked(object, own);
  const removal = removeIf(client, path, isMeant, { accept: metadataOnly, signal: interruptionSignal() });
  return (await unlessKindUnknown(removal)) ?? false;
}

/**
 * Whether an object carries a mark of the registration. A KubernetesCluster also names the cluster and the preparation that it belongs to: after a
 * move to another cluster the object of the same name is in use.
 */
export function isMarked(object: KubernetesObject, { remoteIdentity, incarnation, ...marks }: MarkOwner): boolean {
  const { [clusterIdentityAnnotation]: identity = remoteIdentity, [incarnationKey]: owner = incarnation } =
    object.metadata.annotations ?? {};
  return isOurs(object, ownershipOf(marks)) && identity === remoteIdentity && owner === incarnation;
}

export function keyOf({ identity, path }: MarkedObject): string {
  return `${identity} ${path}`;
}

function onRemote({ remoteIdentity }: PreparationInputs, path: string): MarkedObject {
  return { identity: remoteIdentity, path };
}
