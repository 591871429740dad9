import type { Problem } from "../base/problems";
import type { ClusterAccess } from "../kubernetes/access";
import { type FoundObject, pathOfKind } from "../kubernetes/apiKinds";
import type { KubernetesClient } from "../kubernetes/client";
import { helm, kubectl } from "../kubernetes/commands";
import { unlessRefused } from "../kubernetes/errors";
import { foundIn } from "../kubernetes/namespaceContents";
import { helmReleaseOf, isOfRelease, managerOf } from "../kubernetes/objectManager";
import { type KubernetesObject, metadataOnly, paths } from "../kubernetes/objects";
import type { Deployment } from "../kubernetes/workloads";
import { type Generation, nameOfClusterWide } from "./generation";
import type { HelmRelease } from "./helmRelease";
import { describeOwner, isOurs, type Ownership } from "./ownership";

// Agents that this registration did not install, whoever did: Argo CD, Flux, kubectl, Helm under another name, in another namespace or with another
// storage. The chart gives its objects the same names whatever the release is called, so they are recognised by these.

/** Where a registration installs its agent. */
interface OwnAgent {
  readonly namespace: string;
  readonly releaseName: string;
}

/** The cluster-wide objects of the chart, which show an agent in another namespace. */
export const clusterWideKinds = ["ClusterRoleBinding", "ClusterRole"] as const;

/** The objects of the chart beside the agent itself. */
export const chartKinds = ["ServiceAccount", ...clusterWideKinds] as const;

/** One of the chart's objects; of the Deployment with the chart's name all of it, of the others the metadata. */
export type AgentObject = FoundObject & Pick<Deployment, "spec" | "status">;

type AgentName = Pick<Generation, "agentName">;

/**
 * Reads the Deployment of the agent, and those with its label, since tools that render the chart may put a prefix before its names (Kustomize).
 */
export async function readAgentDeployments(
  client: KubernetesClient,
  namespace: string,
  { agentName }: AgentName,
  signal?: AbortSignal,
): Promise<readonly AgentObject[]> {
  const collection = paths.deployments(namespace);
  const selected = `${collection}?labelSelector=${encodeURIComponent(`app=${agentName}`)}`;
  const { items } = await client.list<Deployment>(selected, { signal });
  const isNamed = ({ metadata }: Deployment) => metadata.name === agentName;
  const path = paths.deployment(namespace, agentName);
  const named = items.find(isNamed) ?? (await client.find<Deployment>(path, { signal }));
  const others = items.filter((one) => !isNamed(one));
  return [...(named ? [{ ...named, kind: "Deployment", path }] : []), ...foundIn(collection, "Deployment", others)];
}

/** Reads the metadata of the objects of these kinds that have the names of the chart's. */
export async function readChartObjects(
  client: KubernetesClient,
  namespace: string,
  kinds: readonly (typeof chartKinds)[number][],
  generation: AgentName & Pick<Generation, "clusterWide">,
  signal?: AbortSignal,
): Promise<readonly AgentObject[]> {
  const reads = kinds.map(async (kind): Promise<AgentObject[]> => {
    const path = pathOfKind(kind, namespace, nameOf(kind, namespace, generation));
    if (path === undefined) return [];
    // Helm needs the rights to read them; the checks report a missing one, and the doctor's user may lack it.
    const found = await unlessRefused(client.find<KubernetesObject>(path, { accept: metadataOnly, signal }));
    return found ? [{ kind, path, metadata: found.metadata }] : [];
  });
  return (await Promise.all(reads)).flat();
}

/**
 * Whether Helm has installed the agent as this release: then the other objects of the chart are the release's, too, since Helm installs none that belongs
 * to someone else.
 */
export function isInstalledAgent(
  deployments: readonly FoundObject[],
  release: HelmRelease | undefined,
  { namespace, releaseName }: OwnAgent,
  ownership: Ownership,
): boolean {
  if (release?.status !== "deployed" || !release.recorded || !isOurs(release, ownership)) return false;
  return deployments.length > 0 && deployments.every((one) => isOfRelease(one, { name: releaseName, namespace }));
}

function nameOf(
  kind: (typeof chartKinds)[number],
  namespace: string,
  { agentName, clusterWide }: Pick<Generation, "agentName" | "clusterWide">,
): string {
  const object = clusterWide.find((one) => one.kind === kind && one.name === agentName);
  return object ? nameOfClusterWide(object, namespace) : agentName;
}

/**
 * The object that shows an agent of someone else, or that Helm would refuse to take over; undefined if there is none. What Helm installed as the
 * registration's own release, and what a lost record of that release leaves, is no such object.
 */
export function findForeignAgent(
  objects: readonly FoundObject[],
  release: HelmRelease | undefined,
  { namespace, releaseName }: OwnAgent,
  ownership: Ownership,
  /** Other objects prove that this registration's agent was installed, so that the record of its release was lost. */
  wasOurs: boolean,
): FoundObject | undefined {
  const isInstalled = release !== undefined && release.status !== "uninstalled" && isOurs(release, ownership);
  return objects.find((object) => {
    if (object.metadata.deletionTimestamp !== undefined) return false;
    const named = helmReleaseOf(object);
    if (!named) return !isInstalled;
    if (named.name !== releaseName || named.namespace !== namespace) return true;
    // Without a record of the release Helm may have stored it elsewhere. Without a Deployment nothing runs, and Helm takes the rest over.
    return object.kind === "Deployment" && !isInstalled && !wasOurs;
  });
}

/** The way out where the agent is to stay with whoever installed it. */
export const keepProvided = "give [agent.provided: true] to register it with the agent as it is";

/** The problem of an agent that someone else installed: GMR315. */
export function foreignAgentProblem(
  object: FoundObject,
  { where, access }: { readonly where: string; readonly access: ClusterAccess },
  own: OwnAgent,
): Problem {
  const { kind, metadata } = object;
  const namespace = kind.startsWith("Cluster") ? undefined : own.namespace;
  return {
    code: "GMR315",
    what: "An agent that this registration did not install is on the cluster",
    where: `${where}, ${kind} ${namespace === undefined ? "" : `${namespace}/`}${metadata.name}`,
    cause: causeOf(object, own),
    next: `leave the cluster to whoever installed it; or ${kind === "Deployment" ? `${keepProvided}; or ` : ""}${removalOf(object, access, own, namespace)}, then run pulumi up: until it ends, the cluster is without an agent`,
  };
}

function causeOf(object: FoundObject, { namespace, releaseName }: OwnAgent): string {
  return isOfRelease(object, { name: releaseName, namespace })
    ? `it names the Helm release ${namespace}/${releaseName}, of which no Secret of the namespace holds a record: Helm may store it elsewhere (HELM_DRIVER)`
    : describeOwner(object);
}

/** How to remove the agent where it comes from: what is deleted by hand comes back. */
function removalOf(
  object: FoundObject,
  access: ClusterAccess,
  { namespace: ownNamespace, releaseName }: OwnAgent,
  namespace: string | undefined,
): string {
  const manager = managerOf(object);
  const release = helmReleaseOf(object);
  if (release && manager?.tool === "Helm") {
    const isSame = isOfRelease(object, { name: releaseName, namespace: ownNamespace });
    const driver = isSame ? ", with the HELM_DRIVER that installed it" : "";
    // Only an agent in the registration's own namespace can be taken over.
    const takeOver =
      !isSame && release.namespace === ownNamespace
        ? `to take it over, give [agent.releaseName: ${JSON.stringify(release.name)}] and [takeOver: true]; or `
        : "";
    return `${takeOver}uninstall it${driver}: ${helm(access, release.namespace, "uninstall", release.name)}`;
  }
  if (manager?.tool === "kubectl")
    return "have it removed, with all that was applied with it, by whoever has the files";
  if (manager) return `have it removed where ${manager.tool} has it from, not by hand`;
  if (object.kind === "Deployment") return "have it removed by whoever installed it";
  const { kind, metadata } = object;
  return `if it is a leftover and no agent runs on the cluster, delete it: ${kubectl(access, namespace, "delete", kind.toLowerCase(), metadata.name)}`;
}
