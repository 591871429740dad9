import { mergeDeep } from "../../base/json";
import { fieldManagerOf, pulumiManager } from "../../glooMesh/mark";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { patchIf } from "../../kubernetes/guardedWrites";
import { type KubernetesObject, metadataOnly, type ObjectMetadata, paths } from "../../kubernetes/objects";
import type { PreparationInputs } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { markedObjects } from "../shared/markedObjects";
import { hubOf, openCluster } from "../shared/openCluster";

type ManagedFields = NonNullable<ObjectMetadata["managedFields"]>;

/**
 * Gives what Pulumi's Kubernetes provider has written under another name to the field manager of the present mark, after an upgrade from a version
 * without one, a move or a rename. Otherwise the provider's own change of the mark would conflict with its previous name.
 */
export async function unifyFieldManagers(remote: KubernetesClient, inputs: PreparationInputs): Promise<void> {
  const hub = await openCluster(hubOf(inputs));
  for (const { identity, path } of markedObjects(inputs)) {
    await unify(identity === inputs.managementIdentity ? hub : remote, path, inputs);
  }
  if (inputs.removeNamespace) await unify(remote, paths.namespace(inputs.namespace), inputs);
}

async function unify(client: KubernetesClient, path: string, inputs: PreparationInputs): Promise<void> {
  const patchFor = (found: KubernetesObject) => {
    if (!isOurs(found, ownershipOf(inputs))) return undefined;
    const managedFields = unifiedFields(found.metadata.managedFields ?? [], fieldManagerOf(inputs.mark));
    return managedFields && { managedFields };
  };
  await patchIf(client, path, patchFor, { accept: metadataOnly, signal: interruptionSignal() });
}

/** The record of writers, with one entry for all that the provider applied; undefined if nothing is to change. */
export function unifiedFields(fields: ManagedFields, manager: string): ManagedFields | undefined {
  const isProviders = ({ manager: name, operation, subresource }: ManagedFields[number]) =>
    operation === "Apply" && !subresource && name?.startsWith(pulumiManager) === true;
  const applied = fields.filter(isProviders);
  if (applied.every(({ manager: name }) => name === manager)) return undefined;
  const fieldsV1 = applied.map(({ fieldsV1 = {} }) => ({ ...fieldsV1 })).reduce<Record<string, unknown>>(mergeDeep, {});
  return [...fields.filter((entry) => !isProviders(entry)), { ...applied[0], manager, fieldsV1 }];
}
