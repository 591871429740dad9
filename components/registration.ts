import type * as pulumi from "@pulumi/pulumi";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import type { Generation } from "./generation";
import type { ClusterAccess } from "./kubernetes/access";
import type { Modes } from "./modes";
import { type Ownership, registrationAnnotation } from "./ownership";
import type { Facts } from "./preflight/preflight";
import type { Settings } from "./settings";

/** What all steps of one registration share. */
export interface Registration {
  readonly name: string;
  /** The component; every resource is its child. */
  readonly parent: pulumi.Resource;
  readonly args: GlooMeshRelayRegistrationArgs;
  readonly modes: Modes;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly access: {
    readonly management: pulumi.Output<ClusterAccess>;
    readonly remote: pulumi.Output<ClusterAccess>;
  };
  readonly facts: pulumi.Output<Facts>;
  /** The arguments' values; they pass through the checks, so nothing that uses them is declared before those have passed. */
  readonly settings: pulumi.Output<Settings>;
  /** What the registration waits for before its first write. */
  readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
}

export function onManagement({
  parent,
  args,
}: Registration): pulumi.CustomResourceOptions & { parent: pulumi.Resource } {
  return { parent, provider: args.management.provider };
}

export function onRemote({ parent, args }: Registration): pulumi.CustomResourceOptions & { parent: pulumi.Resource } {
  return { parent, provider: args.remote.provider };
}

/** The mark that every object of ours carries. */
export function markAnnotations({ ownership }: Registration): Record<string, string> {
  return { [registrationAnnotation]: ownership.mark };
}
