import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { agentValues } from "../../glooMesh/agentValues";
import { chartSource } from "../../glooMesh/chartSource";
import { releaseMarkValue } from "../../glooMesh/ownership";
import { reasonIdOf } from "../../glooMesh/reasons";
import { type ReleaseNoun, recoveriesIn, releaseDescription } from "../../glooMesh/releaseMark";
import type { Settings } from "../../glooMesh/settings";
import type { AgentArgs } from "../arguments";
import type { Checked, RegistrationContext } from "../context";
import type { Preparation } from "../dynamicResources";
import { deletedAlone, uninstalledFirst } from "../resourceTransforms";
import { knownInPreview } from "../unknownOutputs";
import { retained } from "./marks";

// The children that are Helm releases.

export function installAgent(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Release | undefined {
  const { name, parent, remote, args, settings, generation, ownership, modes } = registration;
  if (!modes.installAgent) return undefined;
  return new Release(
    `${name}-agent`,
    {
      ...releaseArgs(registration, preparation, settings.agent, "relay agent"),
      name: settings.agent.releaseName,
      values: pulumi
        .all([settings, ownership, args.agent?.values ?? {}])
        .apply(([settings, { mark }, values]) => agentValues({ settings, modes, mark }, generation, values)),
      skipCrds: settings.agent.skipCrds,
      // The nulls of an agent that gets no token.
      ...(generation.values.withoutTokenByNulls ? { allowNullValues: true } : {}),
    },
    {
      ...(modes.leaveRunning ? retained : {}),
      parent,
      provider: remote.provider,
      dependsOn,
      transforms: [deletedAlone, uninstalledFirst(registration)],
    },
  );
}

/**
 * Installs the CRDs of a generation that has them in a release of their own. Nothing uninstalls it: Helm would delete the CRDs, and with them every custom
 * resource of the cluster (docs/decisions/0031).
 */
export function installCrds(
  registration: RegistrationContext,
  preparation: Preparation,
  dependsOn: pulumi.Resource[],
): Release | undefined {
  const { name, parent, remote, settings, generation, ownership, modes } = registration;
  if (!generation.crds || !modes.installCrds) return undefined;
  const source = pulumi.all([settings.agent, settings.crds]).apply(([agent, { chart }]) => ({ ...agent, chart }));
  return new Release(
    `${name}-crds`,
    {
      ...releaseArgs(registration, preparation, source, "CRDs of the relay agent"),
      name: generation.crds.releaseName,
      values: pulumi.all([settings.crds, ownership]).apply(([{ installEnterpriseCrds }, { mark }]) => ({
        installEnterpriseCrds,
        global: { [releaseMarkValue]: mark },
      })),
    },
    { ...retained, parent, provider: remote.provider, dependsOn, transforms: [deletedAlone] },
  );
}

/** What every release of a registration is installed with. */
function releaseArgs(
  { args, facts, settings }: RegistrationContext,
  preparation: Preparation,
  source: pulumi.Output<Settings["agent"]>,
  noun: ReleaseNoun,
) {
  return {
    namespace: settings.namespace.name,
    chart: source.apply((one) => chartSource(one).chart),
    version: settings.agent.version,
    repositoryOpts: source.apply((one) => repositoryOptions(one, args.agent)),
    // The proof waits for readiness: it reports causes, and leaves the release in a state that the next run can continue.
    skipAwait: true,
    // Adopts a release that the preparation has marked as failed. For a working release Helm refuses it.
    replace: true,
    // With an unknown input the Kubernetes provider does not fetch the chart in a preview, and a missing version would be reported only
    // after the token was written.
    // A changed description makes Helm run again, which a cleared release needs.
    description: knownInPreview(preparation.recoveries, facts.apply(recoveriesSeen)).apply((recoveries) =>
      releaseDescription(recoveries, noun),
    ),
  };
}

/** Undefined if the chart's own path or reference says it all. The password is a secret, however it is given. */
function repositoryOptions(agent: Settings["agent"], given: AgentArgs | undefined) {
  const { repo, isLocal } = chartSource(agent);
  if (isLocal) return undefined;
  const options = {
    ...(repo === undefined ? {} : { repo }),
    ...(agent.repositoryCaFile ? { caFile: agent.repositoryCaFile } : {}),
    ...(agent.credentials.length === 0
      ? {}
      : { username: given?.repositoryUsername, password: pulumi.secret(given?.repositoryPassword) }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

/** The recoveries of the installed release, with the one that the preparation is about to make. */
function recoveriesSeen({ seen, decisions }: Checked): number {
  const seenBefore = recoveriesIn(seen.remote.release?.content.description) ?? 0;
  return seenBefore + (reasonIdOf(decisions.preparation)?.startsWith("release-") ? 1 : 0);
}
