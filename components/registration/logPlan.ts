import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../glooMesh/agentValues";
import { enterpriseAgent } from "../glooMesh/generation";
import { type GivenSettings, type Settings, settle } from "../glooMesh/settings";
import { unlessRefused } from "../kubernetes/errors";
import { describeCurrentState } from "../plan/currentState";
import { describeDeregistrations, describePlan } from "../plan/plan";
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
  const lines = await planOf(registration, facts, settings, userValues);
  await pulumi.log.info(["plan:", ...lines].join("\n  "), registration.parent);
}

async function planOf(
  { modes, generation, ownership }: Checked,
  facts: CheckedFacts,
  settings: Settings,
  userValues: KnownPart,
): Promise<readonly string[]> {
  const { rootCertificate, serverAddress, agentVersion, remoteIdentity, seen } = facts;
  const { clusterName, clusterDomain, agent, proof, clientCertificate } = settings;
  const wanted = {
    ...modes,
    clusterName,
    clusterDomain,
    namespace: settings.namespace.name,
    chainToRoot: proof.chainToRoot,
    reissue: clientCertificate.reissue,
    serverAddress,
    agentVersion,
    remoteIdentity,
    rootCertificate: modes.copyRoot ? rootCertificate : "",
    chartArguments: [
      ...(agent.chart === generation.chart ? [] : ["agent.chart"]),
      ...(agent.repository === generation.repository ? [] : ["agent.repository"]),
    ],
    token: modes.token === "none" ? ("provided" as const) : modes.token,
    values: agentValues(
      { settings, certificate: modes.certificate, mark: ownership.mark },
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
    secrets: settings,
    kubernetesClusters,
    trustedRoot: rootCertificate,
  });
  return describePlan(wanted, situation);
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
      const lines = describeDeregistrations(undeclaredClusters(clusters, stack, management.declaredMarks(access)));
      if (lines.length > 0) await pulumi.log.info(["plan:", ...lines].join("\n  "), management);
    });
    // A hub that cannot be read is told by the checks.
    await unlessRefused(told);
  });
}
