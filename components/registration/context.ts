import type * as pulumi from "@pulumi/pulumi";
import type { Generation } from "../glooMesh/generation";
import type { Modes } from "../glooMesh/modes";
import { type Ownership, registrationAnnotation } from "../glooMesh/ownership";
import type { Settings } from "../glooMesh/settings";
import type { ClusterAccess } from "../kubernetes/access";
import type { Decisions } from "../plan/decisions";
import type { CheckedFacts } from "../preflight/preflight";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import type { ClusterConnection } from "./clusterConnection";

/** What the checks found out, and what the dynamic resources have to do for it. */
export type Checked = CheckedFacts & { readonly decisions: Decisions };

/** What all steps of one registration share. */
export interface RegistrationContext {
  readonly name: string;
  /** The component; every resource is its child. */
  readonly parent: pulumi.Resource;
  readonly args: GlooMeshRelayRegistrationArgs;
  readonly management: ClusterConnection;
  readonly remote: ClusterConnection;
  readonly modes: Modes;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly access: {
    readonly management: pulumi.Output<ClusterAccess>;
    readonly remote: pulumi.Output<ClusterAccess>;
  };
  readonly facts: pulumi.Output<Checked>;
  /** The arguments' values; they pass through the checks, so nothing that uses them is declared before those have passed. */
  readonly settings: pulumi.Output<Settings>;
  /** What the registration waits for before its first write. */
  readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
}

export function onManagement({
  parent,
  management,
}: RegistrationContext): pulumi.CustomResourceOptions & { parent: pulumi.Resource } {
  return { parent, provider: management.provider };
}

export function onRemote({
  parent,
  remote,
}: RegistrationContext): pulumi.CustomResourceOptions & { parent: pulumi.Resource } {
  return { parent, provider: remote.provider };
}

/** The mark that every object of ours carries. */
export function markAnnotations({ ownership }: RegistrationContext): Record<string, string> {
  return { [registrationAnnotation]: ownership.mark };
}
