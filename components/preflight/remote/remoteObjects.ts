import { readAgentObjects } from "../../glooMesh/foreignAgent";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import { findMovedAgent } from "../../glooMesh/movedAgent";
import type { ClusterAccess } from "../../kubernetes/access";
import type { FoundObject } from "../../kubernetes/apiKinds";
import type { KubernetesClient } from "../../kubernetes/client";
import { type KubernetesObject, paths, type Secret, type SecretPlace } from "../../kubernetes/objects";
import type { PreflightRequest } from "../request";

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
  readonly agent: readonly FoundObject[];
  /** The namespace of this registration's agent, if it is another one than that of the settings. */
  readonly movedFrom: string | undefined;
}

/** Reads all objects of a registration, and judges none. */
export async function readRemoteObjects(
  client: KubernetesClient,
  { settings, generation, ownership }: PreflightRequest,
): Promise<RemoteObjects> {
  const { namespace, rootCertificate, token: bootstrapToken, clientCertificate } = settings;
  const read = ({ namespace, name }: SecretPlace) => client.find<Secret>(paths.secret(namespace, name));
  const [found, root, token, certificate, release, agent] = await Promise.all([
    client.find<KubernetesObject>(paths.namespace(namespace.name)),
    read(rootCertificate.secret),
    read(bootstrapToken.secret),
    read(clientCertificate.secret),
    readRelease(client, namespace.name, generation.releaseName),
    readAgentObjects(client, namespace.name, generation),
  ]);
  const own = { namespace: namespace.name, releaseName: generation.releaseName };
  const movedFrom = await findMovedAgent(client, agent, own, ownership);
  const { where, access } = client;
  return { where, access, namespace: found, root, token, certificate, release, agent, movedFrom };
}
