import { RegistrationError } from "../../base/problems";
import {
  type AgentObject,
  findForeignAgent,
  foreignAgentProblem,
  readAgentDeployments,
  readChartObjects,
} from "../../glooMesh/foreignAgent";
import { generationOf } from "../../glooMesh/generation";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { OwnRelease } from "./clientSecret";
import { interruptionSignal } from "./interruption";

/**
 * Whether the agent in the namespace, which writes the client certificate, is someone else's, whoever installed it: its certificate must not be removed.
 * The live objects decide: two stacks that started at the same moment may both have passed their checks.
 *
 * @param wasOurs whether this registration had an agent, so that one whose release lost its record counts as that one
 */
export async function isAgentOfAnother(client: KubernetesClient, own: OwnRelease, wasOurs: boolean): Promise<boolean> {
  const { release, deployments } = await read(client, own);
  if (release && release.status !== "uninstalled") return !isOurs(release, ownershipOf(own));
  return findForeignAgent(deployments, release, own, ownershipOf(own), wasOurs) !== undefined;
}

/** What shows whether there may be an agent. */
interface AgentSurroundings {
  readonly namespace: KubernetesObject | undefined;
  /** The chart's ClusterRole, whose Helm release shows an agent in another namespace. */
  readonly role: readonly AgentObject[];
}

/** Reads the namespace and the ClusterRole of the agent. */
export async function readSurroundings(
  client: KubernetesClient,
  { namespace, generation }: Pick<OwnRelease, "namespace" | "generation">,
): Promise<AgentSurroundings> {
  const signal = interruptionSignal();
  const [found, role] = await Promise.all([
    client.find<KubernetesObject>(paths.namespace(namespace), { signal }),
    readChartObjects(client, namespace, ["ClusterRole"], generationOf(generation), signal),
  ]);
  return { namespace: found, role };
}

/**
 * Throws GMR315 for an agent that someone else installed since the checks, before anything is written. Returns the release, whosever
 * it is.
 */
export async function refuseForeignAgent(
  client: KubernetesClient,
  own: OwnRelease,
  { namespace, role }: AgentSurroundings,
): Promise<HelmRelease | undefined> {
  // A namespace that does not exist holds nothing.
  const { release, deployments } = namespace ? await read(client, own) : { release: undefined, deployments: [] };
  const found = findForeignAgent([...deployments, ...role], release, own, ownershipOf(own), true);
  if (found) throw new RegistrationError(foreignAgentProblem(found, client, own));
  return release;
}

async function read(client: KubernetesClient, { namespace, releaseName, generation }: OwnRelease) {
  const signal = interruptionSignal();
  const [release, deployments] = await Promise.all([
    readRelease(client, namespace, releaseName, signal),
    readAgentDeployments(client, namespace, generationOf(generation), signal),
  ]);
  return { release, deployments };
}
