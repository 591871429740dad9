import { RegistrationError } from "../../base/problems";
import { findForeignAgent, foreignAgentProblem, readAgentObjects } from "../../glooMesh/foreignAgent";
import { generationOf } from "../../glooMesh/generation";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import type { OwnRelease } from "./clientSecret";
import { interruptionSignal } from "./interruption";

/**
 * Whether the agent in the namespace, which writes the client certificate, is someone else's, whoever installed it: its certificate must not be removed.
 * The live objects decide: two stacks that started at the same moment may both have passed their checks.
 *
 * @param wasOurs whether this registration had an agent, so that one whose release lost its record counts as that one
 */
export async function isAgentOfAnother(client: KubernetesClient, own: OwnRelease, wasOurs: boolean): Promise<boolean> {
  const { release, objects } = await read(client, own);
  if (release && release.status !== "uninstalled") return !isOurs(release, ownershipOf(own));
  const running = objects.filter(({ kind }) => kind === "Deployment");
  return findForeignAgent(running, release, own, ownershipOf(own), wasOurs) !== undefined;
}

/**
 * Throws GMR315 for an agent that someone else installed since the checks, before anything is written. Returns the release of this registration, if
 * there is one.
 */
export async function refuseForeignAgent(client: KubernetesClient, own: OwnRelease): Promise<HelmRelease | undefined> {
  const { release, objects } = await read(client, own);
  const found = findForeignAgent(objects, release, own, ownershipOf(own), true);
  if (found) throw new RegistrationError(foreignAgentProblem(found, client, own));
  return release && release.status !== "uninstalled" && isOurs(release, ownershipOf(own)) ? release : undefined;
}

async function read(client: KubernetesClient, { namespace, releaseName, generation }: OwnRelease) {
  const signal = interruptionSignal();
  const [release, objects] = await Promise.all([
    readRelease(client, namespace, releaseName, signal),
    readAgentObjects(client, namespace, generationOf(generation), signal),
  ]);
  return { release, objects };
}
