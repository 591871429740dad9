import * as pulumi from "@pulumi/pulumi";
import { fieldManagerOf } from "../../glooMesh/mark";
import { incarnationKey, registrationAnnotation } from "../../glooMesh/ownership";
import type { KubernetesObject } from "../../kubernetes/objects";
import type { RegistrationContext } from "../context";
import type { Preparation } from "../dynamicResources";
import { knownInPreview } from "../unknownOutputs";

// What the children write on their objects: whose they are, and which preparation they belong to.

/**
 * Pulumi's Kubernetes provider deletes by name, also what a newer resource has taken over since. The preparation, which Pulumi deletes last, deletes these
 * objects instead: docs/decisions/0027.
 */
export const retained = { retainOnDelete: true };

/** The annotations of every object that this registration creates: its mark, and the name under which Pulumi's Kubernetes provider writes it. */
export function markAnnotations(
  registration: RegistrationContext,
  preparation: Preparation,
): Record<string, pulumi.Input<string>> {
  const { ownership, facts, modes } = registration;
  // The preparation changes the field managers of objects that get another mark. Before, the provider's trial in a preview would conflict with them: it
  // makes none for an unknown value.
  const changed = pulumi
    .all([ownership.mark, facts.isRemarked])
    .apply(([mark, isRemarked]) => (isRemarked ? preparation.incarnation.apply(() => mark) : pulumi.output(mark)));
  return {
    [registrationAnnotation]: ownership.mark,
    // Without a Helm release, which says it for all of them, each object names the preparation that it belongs to.
    ...(modes.installAgent ? {} : { [incarnationKey]: incarnationOf(registration, preparation) }),
    "pulumi.com/patchFieldManager": changed.apply(fieldManagerOf),
  };
}

/** The preparation that the objects of this run belong to; in a preview that does not know it yet, the one that is written on the present objects. */
export function incarnationOf(registration: RegistrationContext, preparation: Preparation): pulumi.Output<string> {
  const { remote } = registration.facts.seen;
  const seen = pulumi
    .all([ownCluster(registration), remote.root, remote.namespace])
    .apply((objects) => objects.flatMap((one) => one?.metadata.annotations?.[incarnationKey] ?? [])[0] ?? "");
  return knownInPreview(preparation.incarnation, seen);
}

/** The present KubernetesCluster of this name; undefined if there is none. */
export function ownCluster({ facts, settings }: RegistrationContext): pulumi.Output<KubernetesObject | undefined> {
  return pulumi
    .all([facts.seen.kubernetesClusters, settings.clusterName])
    .apply(([clusters, clusterName]) => clusters.find(({ metadata }) => metadata.name === clusterName));
}
