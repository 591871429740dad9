import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../agentValues";
import type { Cluster } from "../cluster";
import { enterpriseAgent } from "../generation";
import type { KnownPart } from "../known";
import { unlessRefused } from "../kubernetes/errors";
import { registeredClusters } from "../preflight/hub";
import type { Facts } from "../preflight/preflight";
import type { Registration } from "../registration";
import { type GivenSettings, type Settings, settle } from "../settings";
import { planInWords, teardownInWords } from "./plan";
import { describeSituation } from "./situation";
import { undeclaredClusters } from "./undeclared";

/** What is known of a registration once it is checked. */
type Checked = Pick<Registration, "modes" | "generation" | "ownership" | "parent">;

/** Says in words what `up` will do to the registration. */
export async function tellPlan(
  registration: Checked,
  facts: Facts,
  given: GivenSettings,
  userValues: KnownPart,
): Promise<void> {
  const settings = settle(given, facts);
  const lines = await planOf(registration, facts, settings, userValues);
  await pulumi.log.info(["plan:", ...lines].join("\n  "), registration.parent);
}

async function planOf(
  { modes, generation, ownership }: Checked,
  facts: Facts,
  settings: Settings,
  userValues: KnownPart,
): Promise<readonly string[]> {
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
  const situation = await describeSituation(seen.remote, {
    wanted,
    ownership,
    generation,
    secrets: settings.secrets,
    kubernetesClusters,
    trustedRoot: rootCertificate,
  });
  return planInWords(wanted, situation);
}

/**
 * In a preview: says which registrations of this stack on the hub are not declared any more, and so leave. Once for each hub, however often
 * it is called; a program that may come to declare no registration at all calls it itself.
 */
export function tellLeaving(management: Cluster, managementNamespace?: pulumi.Input<string>): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([management.access, managementNamespace]).apply(async ([access, given]) => {
    const namespace = given ?? enterpriseAgent.relayServer.namespace;
    const told = management.lookUp(access, JSON.stringify({ leaving: namespace }), async () => {
      const clusters = await registeredClusters({ cluster: management, access }, namespace, enterpriseAgent);
      const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
      const lines = teardownInWords(undeclaredClusters(clusters, stack, management.declaredMarks));
      if (lines.length > 0) await pulumi.log.info(["plan:", ...lines].join("\n  "), management);
    });
    // A hub that cannot be read is told by the checks.
    await unlessRefused(told);
  });
}
