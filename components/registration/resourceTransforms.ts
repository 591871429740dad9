import * as pulumi from "@pulumi/pulumi";
import { settled } from "../base/internals/outputInternals";
import { clusterIdentityAnnotation } from "../glooMesh/ownership";
import type { RegistrationContext } from "./context";

// Transforms of single child resources: what the engine takes from their parents, or what is known only when they are registered.

/**
 * A child is deleted by its own operation, also if the component or a parent has the option `deletedWith`, which children inherit: a registration is on two
 * clusters, and none of them removes what is on the other.
 */
export const deletedAlone: pulumi.ResourceTransform = ({ props, opts: { deletedWith: _, ...opts } }) => ({
  props,
  opts,
});

/**
 * A replaced release is uninstalled before it is installed again, since both have one name. On another cluster, where the name is free, the new one comes
 * first.
 */
export function uninstalledFirst({ facts, settings }: RegistrationContext): pulumi.ResourceTransform {
  const isElsewhere = pulumi
    .all([facts.seen.kubernetesClusters, facts.remoteIdentity, settings.clusterName])
    .apply(([clusters, remoteIdentity, clusterName]) => {
      const own = clusters.find(({ metadata }) => metadata.name === clusterName);
      return (own?.metadata.annotations?.[clusterIdentityAnnotation] ?? remoteIdentity) !== remoteIdentity;
    });
  return async ({ props, opts }) => ({
    props,
    opts: { ...opts, deleteBeforeReplace: (await settled(isElsewhere)) !== true },
  });
}
