import { installedWorkload, readProvidedAgent, workloadOf } from "../../glooMesh/agentWorkload";
import {
  type AgentObject,
  chartKinds,
  clusterWideKinds,
  isInstalledAgent,
  readAgentDeployments,
  readChartObjects,
} from "../../glooMesh/foreignAgent";
import { type HelmRelease, readRelease, releaseIn } from "../../glooMesh/helmRelease";
import { findMovedAgent } from "../../glooMesh/movedAgent";
import { isOurs, withoutTakeOver } from "../../glooMesh/ownership";
import type { ClusterAccess } from "../../kubernetes/access";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessRefused } from "../../kubernetes/errors";
import { type KubernetesObject, paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import { isAvailable, type Pod, readPods } from "../../kubernetes/workloads";
import type { PreflightRequest } from "../request";
import { type CustomDefinitions, readCustomDefinitions } from "./customDefinitions";

/** The objects that exist on the remote cluster under the names of a registration. */
export interface RemoteObjects {
  /** How messages name the cluster. */
  readonly where: string;
  /** How commands in messages reach the cluster. */
  readonly access: ClusterAccess;
  readonly namespace: KubernetesObject | undefined;
  readonly root: Secret | undefined;
  readonly token: Secret | undefined;
  readonly certificate: Secret | undefined;
  readonly release: HelmRelease | undefined;
  /** Objects with the names of the chart's, whoever created them; of a provided agent its Deployment alone. */
  readonly agent: readonly AgentObject[];
  /** The pods of an agent that is not available; undefined where they cannot be read. */
  readonly pods: readonly Pod[] | undefined;
  /** The namespace of this registration's agent, if it is another one than that of the settings. */
  readonly movedFrom: string | undefined;
  /** Undefined where the agent's chart contains the CRDs. */
  readonly crds: CustomDefinitions | undefined;
}

/** Reads the namespace of the agent. */
export function readNamespace(
  client: KubernetesClient,
  { settings }: Pick<PreflightRequest, "settings">,
): Promise<KubernetesObject | undefined> {
  return client.find(paths.namespace(settings.namespace.name));
}

/** Reads all objects of a registration, and judges none. A namespace that does not exist holds none. */
export async function readRemoteObjects(
  client: KubernetesClient,
  request: PreflightRequest,
  namespace = readNamespace(client, request),
): Promise<RemoteObjects> {
  const { settings, generation, ownership, modes } = request;
  const found = await namespace;
  const { name } = settings.namespace;
  const own = { namespace: name, releaseName: settings.agent.releaseName };
  const kinds = found ? chartKinds : clusterWideKinds;
  const readOthers = () => readChartObjects(client, name, kinds, generation);
  const [{ release, ...secrets }, deployments, others, crds] = await Promise.all([
    readSecrets(client, request, found),
    found ? readDeployments(client, request) : [],
    found || !modes.installAgent ? [] : readOthers(),
    readCustomDefinitions(client, request),
  ]);
  const isInstalled = !found || !modes.installAgent || isInstalledAgent(deployments, release, own, ownership);
  const agent = [...deployments, ...others, ...(isInstalled ? [] : await readOthers())];
  const movedFrom = modes.installAgent
    ? await findMovedAgent(client, agent, own, withoutTakeOver(ownership))
    : undefined;
  const pods = await readPodsOf(client, deployments, request);
  const { where, access } = client;
  return { where, access, namespace: found, ...secrets, release, agent, pods, movedFrom, crds };
}

/** The Deployments that may be the agent's. */
async function readDeployments(
  client: KubernetesClient,
  { settings, generation, modes }: PreflightRequest,
): Promise<readonly AgentObject[]> {
  const { name } = settings.namespace;
  if (modes.installAgent) return readAgentDeployments(client, name, generation);
  const provided = await readProvidedAgent(client, name, generation);
  return provided ? [provided] : [];
}

/** In a namespace that the registration has created, one list has all its Secrets. In any other one only those with its names are read. */
async function readSecrets(
  client: KubernetesClient,
  { settings, ownership }: PreflightRequest,
  namespace: KubernetesObject | undefined,
): Promise<Pick<RemoteObjects, "root" | "token" | "certificate" | "release">> {
  const { name } = settings.namespace;
  const { releaseName } = settings.agent;
  const isOwn = namespace !== undefined && isOurs(namespace, ownership);
  const listed = isOwn ? client.list<Secret>(paths.secrets(name)).then(({ items }) => items) : undefined;
  const read = async (place: SecretPlace): Promise<Secret | undefined> => {
    if (place.namespace !== name) return client.find<Secret>(paths.secret(place.namespace, place.name));
    if (listed) return (await listed).find(({ metadata }) => metadata.name === place.name);
    return namespace && client.find<Secret>(paths.secret(name, place.name));
  };
  const readRecord = () => namespace && readRelease(client, name, releaseName);
  const [root, token, certificate, release] = await Promise.all([
    read(settings.rootCertificate.secret),
    read(settings.token.secret),
    read(settings.clientCertificate.secret),
    listed ? listed.then((secrets) => releaseIn(secrets, releaseName)) : readRecord(),
  ]);
  return { root, token, certificate, release };
}

/** The pods show why an agent is not available; the Deployment says how many an available one has. */
async function readPodsOf(
  client: KubernetesClient,
  deployments: readonly AgentObject[],
  { settings, generation, modes }: PreflightRequest,
): Promise<readonly Pod[] | undefined> {
  const deployment = modes.installAgent
    ? deployments.find(({ metadata }) => metadata.name === generation.agentName)
    : deployments[0];
  if (!deployment || isAvailable(deployment)) return [];
  const { selector } = modes.installAgent
    ? installedWorkload(generation.agentName)
    : workloadOf(deployment, generation);
  return unlessRefused(readPods({ client, namespace: settings.namespace.name, selector }));
}
