import * as pulumi from "@pulumi/pulumi";
import { enterpriseAgent } from "../glooMesh/generation";
import { unlessRefused } from "../kubernetes/errors";
import type { CurrentState } from "../plan/currentState";
import type { DesiredState } from "../plan/desiredState";
import { describeDeregistration, describePlan } from "../plan/plan";
import { formatPlan } from "../plan/planMessage";
import { undeclaredClusters } from "../plan/undeclared";
import { registeredClusters } from "../preflight/hub/inspectHub";
import type { ClusterConnection } from "./clusterConnection";

/** Logs on the component what `up` will do. */
export async function logPlan(desired: DesiredState, current: CurrentState, parent: pulumi.Resource): Promise<void> {
  await pulumi.log.info(formatPlan(describePlan(desired, current)), parent);
}

/**
 * In a preview: says which registrations of this stack on the hub are not declared any more, and so leave. Once for each hub, however often
 * it is called; a program that may come to declare no registration at all calls it itself.
 */
export function logDeregistrations(management: ClusterConnection, managementNamespace?: pulumi.Input<string>): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([management.access, managementNamespace]).apply(async ([access, given]) => {
    const namespace = given ?? enterpriseAgent.relayServer.namespace;
    const told = management.lookUp(access, JSON.stringify({ leaving: namespace }), async () => {
      const clusters = await registeredClusters({ cluster: management, access }, namespace, enterpriseAgent);
      const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
      for (const name of undeclaredClusters(clusters, stack, management.declaredMarks)) {
        await pulumi.log.warn(formatPlan(describeDeregistration(name)), management);
      }
    });
    // A hub that cannot be read is told by the checks.
    await unlessRefused(told);
  });
}
