import * as pulumi from "@pulumi/pulumi";
import { isKnownOutput } from "../base/internals/outputInternals";
import { formatProblem, type Problem } from "../base/problems";
import { defaultGeneration, type Generation, generations } from "../glooMesh/generation";
import { otherMarkProblem } from "../glooMesh/otherMark";
import { recordedLabel } from "../glooMesh/ownership";
import type { KubernetesClient } from "../kubernetes/client";
import { kubectl } from "../kubernetes/commands";
import { unlessRefused } from "../kubernetes/errors";
import { paths } from "../kubernetes/objects";
import { describeAdoption, describePlan } from "../plan/plan";
import { formatPlan } from "../plan/planMessage";
import { describeUndeclared } from "../plan/undeclared";
import { registeredClusters } from "../preflight/hub/inspectHub";
import type { RemoteObjects } from "../preflight/remote/remoteObjects";
import type { ClusterConnection } from "./clusterConnection";
import type { RegistrationContext } from "./context";
import { engineChanges, type PlannedChildren } from "./plannedChildren";
import { RegistrationResourceError } from "./resourceError";

/**
 * Logs the plan of `up` on the component, in a preview. It waits until the resources are registered: what the state does not have, or what is replaced, has
 * no id in a preview.
 */
export function logPlan({ facts, settings, ownership, parent }: RegistrationContext, children: PlannedChildren): void {
  if (!pulumi.runtime.isDryRun()) return;
  const { preparation, agent } = children;
  const isNew = pulumi.output(isKnownOutput(preparation.id).then((known) => !known));
  const isAgentNew = pulumi.output(agent ? isKnownOutput(agent.id).then((known) => !known) : false);
  pulumi
    .all([facts, ownership, preparation.urn, isNew])
    .apply(async ([{ planned, seen }, { mark, takesFrom }, , isNew]) => {
      const { release, where } = seen.remote;
      const problem = isNew && release ? otherMarkProblem(release, [mark, takesFrom], where) : undefined;
      if (problem) throw new RegistrationResourceError([problem], parent);
      const { desired, current, health, repair } = planned;
      const plan = isNew
        ? describeAdoption(desired, current)
        : describePlan(desired, current, { health, repair, engine: await engineChanges(children, seen) });
      await pulumi.log.info(formatPlan(plan), parent);
    });
  const { releaseName } = settings.agent;
  pulumi
    .all([facts.seen, releaseName, isNew, isAgentNew])
    .apply(async ([{ remote }, releaseName, isNew, isAgentNew]) => {
      if (isNew || !isAgentNew || remote.release?.status !== "deployed" || !remote.release.recorded) return;
      await pulumi.log.warn(formatProblem(installedAgain(remote, releaseName)), parent);
    });
}

/** The notice of a release that is installed although it is there, which only Pulumi's state can cause: GMR318. */
function installedAgain(
  { where, access, namespace }: Pick<RemoteObjects, "where" | "access" | "namespace">,
  releaseName: string,
): Problem {
  const selector = `owner=helm,name=${releaseName}`;
  const forget = kubectl(access, namespace?.metadata.name, "label", "secret", "-l", selector, `${recordedLabel}-`);
  return {
    code: "GMR318",
    what: `The Helm release ${releaseName} is installed, and this run installs it again`,
    where,
    cause:
      "it or its provider is replaced (then it is uninstalled first, and the cluster is without an agent until the new one is connected), or the state has lost it (then Helm says: cannot re-use a name that is still in use)",
    next: `if the state has lost it: ${forget}; then run pulumi up, which takes it over`,
  };
}

/**
 * In a preview: warns of the registrations that `up` deregisters or hands over, those of this stack on the management cluster that the program no longer
 * declares. Warns once per management cluster, however often it is called. A program that may declare no registration at all must call it itself.
 */
export function logDeregistrations(
  management: ClusterConnection,
  managementNamespace?: pulumi.Input<string>,
  /** Whose KubernetesClusters are read. Default: every generation whose kind the management cluster has. */
  among?: readonly Generation[],
): void {
  if (!pulumi.runtime.isDryRun()) return;
  pulumi.all([management.access, managementNamespace]).apply(async ([access, given]) => {
    const namespace = given ?? defaultGeneration.relayServer.namespace;
    const warnings = (among ?? Object.values(generations)).map((generation) => {
      const key = JSON.stringify({ deregistrations: namespace, generation: generation.name });
      return management.lookUp(access, key, async (client) => {
        // Everyone may ask for the kinds of an API server; the rights on KubernetesClusters are those of one generation.
        if (!among && !(await hasKind(client, generation))) return;
        const clusters = await registeredClusters({ cluster: management, access }, namespace, generation);
        const stack = { project: pulumi.getProject(), stack: pulumi.getStack() };
        const plans = describeUndeclared(clusters, stack, await management.declaredMarks(access));
        for (const plan of plans) await pulumi.log.warn(formatPlan(plan), management);
      });
    });
    // The checks report a management cluster that cannot be read.
    await Promise.all(warnings.map(unlessRefused));
  });
}

async function hasKind(
  client: KubernetesClient,
  { kubernetesCluster: { group, version } }: Generation,
): Promise<boolean> {
  return (await unlessRefused(client.request("GET", paths.kindsOf(group, version)))) !== undefined;
}
