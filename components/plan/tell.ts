import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../agentValues";
import type { Cluster } from "../cluster";
import { enterpriseAgent } from "../generation";
import { readKubernetesClusters } from "../preflight/management";
import type { Facts } from "../preflight/preflight";
import type { Registration } from "../registration";
import { asResourceError } from "../resourceError";
import type { Settings } from "../settings";
import { planInWords, teardownInWords } from "./plan";
import { describeSituation } from "./situation";
import { undeclaredClusters } from "./undeclared";

/** In a preview: says in words what `up` will do to the registration. What is not known yet cannot be told, and is not. */
export function tellPlan(registration: Registration): void {
  if (!pulumi.runtime.isDryRun()) return;
  const { facts, settings, args, parent } = registration;
  pulumi.all([facts, settings, args.agent?.values ?? {}]).apply(async ([facts, settings, values]) => {
    const lines = await planOf(registration, facts, settings, values);
    await pulumi.log.info(["plan:", ...lines].join("\n  "), parent);
  });
}

async function planOf(
  { modes, generation, ownership }: Registration,
  facts: Facts,
  settings: Settings,
  userValues: Record<string, unknown>,
): Promise<readonly string[]> {
  const { rootCertificate, serverAddress, agentVersion, remoteIdentity, seen } = facts;
  const wanted = {
    ...settings,
    ...modes,
    serverAddress,
    agentVersion,
    remoteIdentity,
    rootCertificate: modes.copyRoot ? rootCertificate : "",
    chainToRoot: settings.chainToRoot,
    token: modes.token === "none" ? ("provided" as const) : modes.token,
    values: agentValues({ ...settings, ...modes, mark: ownership.mark }, generation, userValues),
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
export function tellLeaving(management: Cluster, managementNamespace: pulumi.Input<string> = "gloo-mesh"): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([management.access, managementNamespace]).apply(async ([access, namespace]) => {
    try {
      await management.lookUp(access, JSON.stringify({ leaving: namespace }), async (client) => {
        const clusters = await readKubernetesClusters(client, namespace, enterpriseAgent);
        const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
        const lines = teardownInWords(undeclaredClusters(clusters, stack, management.declaredMarks));
        if (lines.length > 0) await pulumi.log.info(["plan:", ...lines].join("\n  "), management);
      });
    } catch (error) {
      throw asResourceError(error, management);
    }
  });
}
