import * as pulumi from "@pulumi/pulumi";
import { enterpriseAgent } from "../glooMesh/generation";
import { unlessRefused } from "../kubernetes/errors";
import type { CurrentState } from "../plan/currentState";
import type { DesiredState } from "../plan/desiredState";
import { describePlan } from "../plan/plan";
import { formatPlan } from "../plan/planMessage";
import { describeDeregistrations } from "../plan/undeclared";
import { registeredClusters } from "../preflight/hub/inspectHub";
import type { ClusterConnection } from "./clusterConnection";

/** Logs the plan of `up` on the component. */
export async function logPlan(desired: DesiredState, current: CurrentState, parent: pulumi.Resource): Promise<void> {
  await pulumi.log.info(formatPlan(describePlan(desired, current)), parent);
}

/**
 * In a preview: warns of the registrations that `up` deregisters, those of this stack on the management cluster that the program no longer
 * declares. Warns once per management cluster, however often it is called. A program that may declare no registration at all must call it itself.
 */
export function logDeregistrations(management: ClusterConnection, managementNamespace?: pulumi.Input<string>): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([management.access, managementNamespace]).apply(async ([access, given]) => {
    const namespace = given ?? enterpriseAgent.relayServer.namespace;
    const warned = management.lookUp(access, JSON.stringify({ deregistrations: namespace }), async () => {
      const clusters = await registeredClusters({ cluster: management, access }, namespace, enterpriseAgent);
      const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
      const plan = describeDeregistrations(clusters, stack, management.declaredMarks(access));
      if (plan) await pulumi.log.warn(formatPlan(plan), management);
    });
    // The checks report a management cluster that cannot be read.
    await unlessRefused(warned);
  });
}
