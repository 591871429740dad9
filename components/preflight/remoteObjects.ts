import type { Generation } from "../generation";
import type { KubernetesClient } from "../kubernetes/client";
import { findLatestRevision, ownerOfRevision, type ReleaseRevision } from "../kubernetes/helmRelease";
import { type KubernetesObject, paths, type Secret } from "../kubernetes/objects";
import type { Ownership } from "../ownership";

interface Place {
  readonly name: string;
  readonly namespace: string;
}

export interface RemoteExpectation {
  readonly settings: {
    readonly namespace: string;
    /** Where the Secrets lie. Default: under their usual names in the agent's namespace. */
    readonly secrets?: { readonly root: Place; readonly token: Place; readonly client: Place };
  };
  readonly generation: Generation;
  readonly ownership: Ownership;
  /** The registration makes the namespace, so it must be free or ours. */
  readonly createNamespace: boolean;
  /** The registration writes the root CA's Secret, so it must be free or ours. Default true. */
  readonly copyRoot?: boolean;
  /** Whose the token's Secret is; one that the registration writes must be free or ours. Default `lent`. */
  readonly token?: "lent" | "retained" | "provided" | "none";
  /** Who makes the client certificate; one that the relay server is to issue must not be there already. Default `issued`. */
  readonly certificate?: "issued" | "provided" | "none";
}

/** What lies on the remote cluster under the names of a registration. */
export interface RemoteObjects {
  /** How messages name the cluster. */
  readonly where: string;
  readonly namespace: KubernetesObject | undefined;
  readonly root: Secret | undefined;
  readonly token: Secret | undefined;
  readonly certificate: Secret | undefined;
  readonly release: ReleaseRevision | undefined;
  /** Mark of the registration that installed the release; undefined where helm or meshctl did. */
  readonly releaseOwner: string | undefined;
}

/** Reads them all; judges nothing. */
export async function readRemoteObjects(client: KubernetesClient, expected: RemoteExpectation): Promise<RemoteObjects> {
  const { namespace } = expected.settings;
  const secrets = placesOf(expected);
  const read = ({ namespace, name }: Place) => client.find<Secret>(paths.secret(namespace, name));
  const [found, root, token, certificate, release] = await Promise.all([
    client.find<KubernetesObject>(paths.namespace(namespace)),
    read(secrets.root),
    read(secrets.token),
    read(secrets.client),
    findLatestRevision(client, namespace, expected.generation.releaseName),
  ]);
  const releaseOwner = release && (await ownerOfRevision(release));
  return { where: client.where, namespace: found, root, token, certificate, release, releaseOwner };
}

/** Where the Secrets of a registration lie. */
export function placesOf({ settings, generation }: Pick<RemoteExpectation, "settings" | "generation">): {
  readonly root: Place;
  readonly token: Place;
  readonly client: Place;
} {
  const { namespace, secrets } = settings;
  const usual = ({ name }: { readonly name: string }) => ({ name, namespace });
  return (
    secrets ?? {
      root: usual(generation.rootSecret),
      token: usual(generation.tokenSecret),
      client: usual(generation.clientSecret),
    }
  );
}
