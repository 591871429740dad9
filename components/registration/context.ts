import type * as pulumi from "@pulumi/pulumi";
import type { Generation } from "../glooMesh/generation";
import type { Modes } from "../glooMesh/modes";
import type { Ownership } from "../glooMesh/ownership";
import type { Reason } from "../glooMesh/reasons";
import type { Settings } from "../glooMesh/settings";
import type { Health } from "../health/health";
import type { HealthSeen } from "../operations/shared/inputs";
import type { CurrentState } from "../plan/currentState";
import type { Decisions } from "../plan/decisions";
import type { DesiredState } from "../plan/desiredState";
import type { CheckedFacts } from "../preflight/preflight";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import type { ClusterConnection } from "./clusterConnection";

/** The results of the checks, and what follows from them: the decisions of the dynamic resources, and the plan in words. */
export type Checked = CheckedFacts & {
  readonly decisions: Decisions;
  /** Objects on the clusters carry a mark of an alias or of an earlier version, or none yet, and get the present one. */
  readonly isRemarked: boolean;
  /** Whether the registration is healthy now, and why not, for reports; empty before the first run. */
  readonly health: HealthSeen;
  /** What the plan is made of, once the engine has shown what it does. */
  readonly planned: {
    readonly desired: DesiredState;
    readonly current: CurrentState;
    readonly health: Health | undefined;
    readonly repair: Reason | undefined;
  };
};

/** The values that the child resources of one registration share. */
export interface RegistrationContext {
  readonly name: string;
  /** The component: parent of every resource. */
  readonly parent: pulumi.Resource;
  readonly args: GlooMeshRelayRegistrationArgs;
  readonly management: ClusterConnection;
  readonly remote: ClusterConnection;
  readonly modes: Modes;
  readonly generation: Generation;
  readonly ownership: pulumi.Output<Ownership>;
  readonly facts: pulumi.Output<Checked>;
  /** The arguments' values. They depend on the checks, so that no resource with them is declared before the checks have passed. */
  readonly settings: pulumi.Output<Settings>;
  /** The resources that the first write waits for. */
  readonly dependsOn: NonNullable<pulumi.ResourceOptions["dependsOn"]>;
}
