import { type AgentObject, readAgentObjects } from "../../glooMesh/foreignAgent";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import { findMovedAgent } from "../../glooMesh/movedAgent";
import type { ClusterAccess } from "../../kubernetes/access";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessRefused } from "../../kubernetes/errors";
import { type KubernetesObject, paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import { type Pod, readPods } from "../../kubernetes/workloads";
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
  /** Objects with the names of the chart's, whoever created them. */
  readonly agent: readonly AgentObject[];
  /** The agent's pods; undefined where they cannot be read. */
  readonly pods: readonly Pod[] | undefined;
  /** The namespace of this registration's agent, if it is another one than that of the settings. */
  readonly movedFrom: string | undefined;
  /** Undefined where the agent's chart contains the CRDs. */
  readonly crds: CustomDefinitions | undefined;
}

/** Reads all objects of a registration, and judges none. */
export async function readRemoteObjects(client: KubernetesClient, request: PreflightRequest): Promise<RemoteObjects> {
  const { settings, generation, ownership } = request;
  const { namespace, rootCertificate, token: bootstrapToken, clientCertificate } = settings;
  const read = ({ namespace, name }: SecretPlace) => client.find<Secret>(paths.secret(namespace, name));
  const [found, root, token, certificate, release, agent, pods, crds] = await Promise.all([
    client.find<KubernetesObject>(paths.namespace(namespace.name)),
    read(rootCertificate.secret),
    read(bootstrapToken.secret),
    read(clientCertificate.secret),
    readRelease(client, namespace.name, settings.agent.releaseName),
    readAgentObjects(client, namespace.name, generation),
    unlessRefused(readPods({ client, namespace: namespace.name, agentName: generation.agentName })),
    readCustomDefinitions(client, request),
  ]);
  const own = { namespace: namespace.name, releaseName: settings.agent.releaseName };
  const movedFrom = await findMovedAgent(client, agent, own, ownership);
  const { where, access } = client;
  return { where, access, namespace: found, root, token, certificate, release, agent, pods, movedFrom, crds };
}
