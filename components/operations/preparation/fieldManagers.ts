import { isMap, mapWith, mergeDeep } from "../../base/json";
import { fieldManagerOf, ownManager, pulumiManager } from "../../glooMesh/mark";
import { isOurs, istioInjection, ownershipOf, registrationAnnotation } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { patchIf } from "../../kubernetes/guardedWrites";
import { fieldsOfAll } from "../../kubernetes/objectManager";
import { type KubernetesObject, metadataOnly, type ObjectMetadata, paths } from "../../kubernetes/objects";
import type { PreparationInputs } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { kubernetesClusterPath, markedObjects } from "../shared/markedObjects";
import { hubOf, openCluster } from "../shared/openCluster";

type ManagedFields = NonNullable<ObjectMetadata["managedFields"]>;

/**
 * Gives what Pulumi's Kubernetes provider has written under another name to the field manager of the present mark, after an upgrade from a version
 * without one, a move or a rename. Otherwise the provider's own change of the mark would conflict with its previous name.
 */
export async function unifyFieldManagers(remote: KubernetesClient, inputs: PreparationInputs): Promise<void> {
  const hub = await openCluster(hubOf(inputs));
  const patchFor = (found: KubernetesObject) => {
    if (!isOurs(found, ownershipOf(inputs))) return undefined;
    const managedFields = unifiedFields(found.metadata.managedFields ?? [], fieldManagerOf(inputs.mark));
    return managedFields && { managedFields };
  };
  for (const { client, path } of declaredObjects(remote, hub, inputs)) {
    await patchIf(client, path, patchFor, { accept: metadataOnly, signal: interruptionSignal() });
  }
}

/** The objects that Pulumi's Kubernetes provider writes for a registration, each with the client of its cluster. */
export function declaredObjects(
  remote: KubernetesClient,
  hub: KubernetesClient,
  inputs: PreparationInputs,
): readonly { readonly client: KubernetesClient; readonly path: string; readonly isKubernetesCluster: boolean }[] {
  const kubernetesCluster = kubernetesClusterPath(inputs);
  const marked = markedObjects(inputs).map(({ identity, path }) => ({
    client: identity === inputs.managementIdentity ? hub : remote,
    path,
    isKubernetesCluster: path === kubernetesCluster,
  }));
  const namespace = { client: remote, path: paths.namespace(inputs.namespace), isKubernetesCluster: false };
  return inputs.removeNamespace ? [...marked, namespace] : marked;
}

/** The record of writers, with one entry for all that the provider applied; undefined if nothing is to change. */
export function unifiedFields(fields: ManagedFields, manager: string): ManagedFields | undefined {
  const applied = fields.filter(isProviders);
  const others = fields.filter((entry) => !isProviders(entry));
  // This package wrote the mark of an object that it took over.
  const rest = others.flatMap((entry) => (entry.manager === ownManager ? without(entry, markField) : [entry]));
  if (applied.every(({ manager: name }) => name === manager) && rest.length === others.length) return undefined;
  return [...rest, { ...applied[0], manager, fieldsV1: fieldsOfAll(applied) }];
}

/** The record of writers of an object that is taken over: nobody else has written what a registration declares. */
export function takenOverFields(fields: ManagedFields, manager: string): ManagedFields {
  const applied = fields.filter(isProviders);
  const others = fields.filter((entry) => !isProviders(entry));
  const rest = others.flatMap((entry) => (entry.subresource ? [entry] : without(entry, declaredFields)));
  // Never empty: the API server takes an empty record for one that the client does not know.
  const fieldsV1 = mergeDeep(fieldsOfAll(applied), markField);
  return [...rest, { ...(applied[0] ?? others[0]), manager, operation: "Apply", fieldsV1 }];
}

const markField = mapWith(["f:metadata", "f:annotations", `f:${registrationAnnotation}`], {});

/** What a registration declares: the mark, the content of its Secrets, the cluster's domain, and the label against sidecars. */
const declaredFields = {
  ...mergeDeep(markField, mapWith(["f:metadata", "f:labels", `f:${istioInjection.label}`], {})),
  "f:data": {},
  "f:spec": { "f:clusterDomain": {} },
};

function isProviders({ manager, operation, subresource }: ManagedFields[number]): boolean {
  return operation === "Apply" && !subresource && manager?.startsWith(pulumiManager) === true;
}

/** An entry without some fields; none where nothing is left. */
function without(entry: ManagedFields[number], fields: object): ManagedFields {
  const fieldsV1 = withoutFields(entry.fieldsV1, fields);
  return isMap(fieldsV1) && Object.keys(fieldsV1).length > 0 ? [{ ...entry, fieldsV1 }] : [];
}

/** A tree of fields without those of another, whose leaves are empty maps. */
function withoutFields(tree: unknown, fields: object): unknown {
  if (!isMap(tree)) return tree;
  const kept = Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    const dropped = (fields as Record<string, object>)[key];
    if (dropped === undefined) return [[key, value]];
    const rest = Object.keys(dropped).length === 0 ? {} : withoutFields(value, dropped);
    return isMap(rest) && Object.keys(rest).length > 0 ? [[key, rest]] : [];
  });
  return Object.fromEntries(kept);
}
