import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../glooMesh/agentValues";
import { enterpriseAgent } from "../glooMesh/generation";
import { type GivenSettings, type Settings, settle } from "../glooMesh/settings";
import { unlessRefused } from "../kubernetes/errors";
import { describeCurrentState } from "../plan/currentState";
import { describeDeregistrations, planOf } from "../plan/plan";
import { formatPlan, type PlanMessage } from "../plan/planMessage";
import { undeclaredClusters } from "../plan/undeclared";
import { registeredClusters } from "../preflight/hub/inspectHub";
import type { CheckedFacts } from "../preflight/preflight";
import type { ClusterConnection } from "./clusterConnection";
import type { RegistrationContext } from "./context";
import type { KnownPart } from "./unknownOutputs";

/** What is known of a registration once it is checked. */
type Checked = Pick<RegistrationContext, "modes" | "generation" | "ownership" | "parent">;

/** Says in words what `up` will do to the registration. */
export async function logPlan(
  registration: Checked,
  facts: CheckedFacts,
  given: GivenSettings,
  userValues: KnownPart,
): Promise<void> {
  const settings = settle(given, facts);
  const plan = await planMessage(registration, facts, settings, userValues);
  await pulumi.log.info(formatPlan(plan), registration.parent);
}

async function planMessage(
  { modes, generation, ownership }: Checked,
  facts: CheckedFacts,
  settings: Settings,
  userValues: KnownPart,
): Promise<PlanMessage> {
  const { rootCertificate, serverAddress, agentVersion, remoteIdentity, seen } = facts;
  const wanted = {
    ...settings,
    ...modes,
    serverAddress,
    agentVersion,
    remoteIdentity,
    rootCertificate: modes.copyRoot ? rootCertificate : "",
    chartArguments: [
      ...(settings.chart === generation.chart ? [] : ["agent.chart"]),
      ...(settings.chartRepository === generation.repository ? [] : ["agent.repository"]),
    ],
    token: modes.token === "none" ? ("provided" as const) : modes.token,
    values: agentValues(
      { ...settings, ...modes, mark: ownership.mark },
      generation,
      (userValues.value ?? {}) as Record<string, unknown>,
    ),
    unknownValues: userValues.unknown,
  };
  const { kubernetesClusters } = seen;
  const situation = await describeCurrentState(seen.remote, {
    wanted,
    ownership,
    generation,
    secrets: settings.secrets,
    kubernetesClusters,
    trustedRoot: rootCertificate,
  });
  return planOf(wanted, situation);
}

/**
 * In a preview: warns of the registrations of this stack on the management cluster that it no longer declares, which `up` deregisters. Once for
 * each management cluster, however often it is called; a program that may come to declare no registration at all calls it itself.
 */
export function logDeregistrations(management: ClusterConnection, managementNamespace?: pulumi.Input<string>): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([management.access, managementNamespace]).apply(async ([access, given]) => {
    const namespace = given ?? enterpriseAgent.relayServer.namespace;
    const warned = management.lookUp(access, JSON.stringify({ deregistrations: namespace }), async () => {
      const clusters = await registeredClusters({ cluster: management, access }, namespace, enterpriseAgent);
      const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
      const names = undeclaredClusters(clusters, stack, management.declaredMarks);
      if (names.length > 0) await pulumi.log.warn(formatPlan(describeDeregistrations(names)), management);
    });
    // The checks report a management cluster that cannot be read.
    await unlessRefused(warned);
  });
}
