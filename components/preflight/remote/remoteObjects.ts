import type { Generation } from "../../glooMesh/generation";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import type { Modes } from "../../glooMesh/modes";
import type { Ownership } from "../../glooMesh/ownership";
import type { GivenSettings, SecretPlaces } from "../../glooMesh/settings";
import type { ClusterAccess } from "../../kubernetes/access";
import type { KubernetesClient } from "../../kubernetes/client";
import { type KubernetesObject, paths, type Secret, type SecretPlace } from "../../kubernetes/objects";

/** The objects that a registration will have on the remote cluster. */
export interface RemoteExpectation extends Pick<Modes, "createNamespace" | "copyRoot" | "token" | "certificate"> {
  readonly settings: Pick<GivenSettings, "namespace"> & SecretPlaces;
  readonly generation: Generation;
  readonly ownership: Ownership;
}

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
}

/** Reads all objects of a registration, and judges none. */
export async function readRemoteObjects(client: KubernetesClient, expected: RemoteExpectation): Promise<RemoteObjects> {
  const { namespace, rootCertificate, token: bootstrapToken, clientCertificate } = expected.settings;
  const read = ({ namespace, name }: SecretPlace) => client.find<Secret>(paths.secret(namespace, name));
  const [found, root, token, certificate, release] = await Promise.all([
    client.find<KubernetesObject>(paths.namespace(namespace.name)),
    read(rootCertificate.secret),
    read(bootstrapToken.secret),
    read(clientCertificate.secret),
    readRelease(client, namespace.name, expected.generation.releaseName),
  ]);
  return { where: client.where, access: client.access, namespace: found, root, token, certificate, release };
}
