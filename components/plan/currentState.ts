import { judgeClientCertificate, type Verdict } from "../certificates/clientCertificate";
import { fingerprintsOf } from "../certificates/x509";
import type { Generation } from "../glooMesh/generation";
import { contentOfRevision, isPending, type ReleaseContent } from "../glooMesh/helmRelease";
import { expectationOf } from "../glooMesh/liveCertificate";
import {
  clusterIdentityAnnotation,
  isOurs,
  istioInjection,
  lentAnnotation,
  type Ownership,
} from "../glooMesh/ownership";
import type { SecretPlaces } from "../glooMesh/settings";
import { type KubernetesObject, type Secret, secretValue } from "../kubernetes/objects";
import type { RemoteObjects } from "../preflight/remote/remoteObjects";
import type { DesiredState } from "./desiredState";

/** What stands on both clusters now, as far as it is this registration's. */
export interface CurrentState {
  readonly namespacePresent: boolean;
  /** Value of the label by which Istio decides on sidecars. */
  readonly namespaceLabel: string | undefined;
  readonly release: InstalledRelease | undefined;
  /** SHA-256 fingerprints in the root CA Secret, in its order; undefined when there is no such Secret of ours. */
  readonly rootFingerprints: readonly string[] | undefined;
  readonly certificate: {
    /** namespace/name */
    readonly secret: string;
    readonly verdict: Verdict;
    /** SHA-256 fingerprints in the `ca.crt` beside it, by which the agent trusts. */
    readonly authorities: readonly string[];
  };
  /** The KubernetesClusters under our mark: one, or several in the middle of a rename. */
  readonly registered: readonly RegisteredName[];
  /** The bootstrap token that an earlier run has lent is still there. */
  readonly tokenLent: boolean;
}

export interface RegisteredName {
  readonly name: string;
  readonly clusterIdentity: string | undefined;
  readonly clusterDomain: string | undefined;
}

export interface InstalledRelease {
  readonly name: string;
  readonly status: string;
  /** A run ended in the middle of the Helm operation. */
  readonly pending: boolean;
  /** Pulumi has it in its state. */
  readonly recorded: boolean;
  readonly chartVersion: string | undefined;
  readonly clusterName: string | undefined;
  readonly serverAddress: string | undefined;
  readonly insecure: boolean;
  /** It was given the Secret of the root CA that is wanted, which therefore was there before it. */
  readonly usesRootSecret: boolean;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface CurrentStateRequest {
  readonly wanted: DesiredState;
  readonly ownership: Ownership;
  readonly generation: Generation;
  /** The place of the client certificate on the remote cluster. */
  readonly secrets: Pick<SecretPlaces, "clientCertificate">;
  /** All of the hub's namespace. */
  readonly kubernetesClusters: readonly KubernetesObject[];
  /** The root CA by which the client certificate is judged where none is copied (self-registration). Default: the one that is copied. */
  readonly trustedRoot?: string | undefined;
}

/** What stands there, from what the checks have read: no further request. */
export async function describeCurrentState(found: RemoteObjects, request: CurrentStateRequest): Promise<CurrentState> {
  const { wanted, ownership, generation, secrets } = request;
  const { namespace, root, token, certificate: client } = found;
  const trusted = request.trustedRoot ?? wanted.rootCertificate;
  const verdict = judgeClientCertificate(client, expectationOf({ ...wanted, rootCertificate: trusted }));
  return {
    namespacePresent: namespace !== undefined,
    namespaceLabel: namespace?.metadata.labels?.[istioInjection.label],
    release: await describeRelease(found, request),
    rootFingerprints: root && isOurs(root, ownership) ? fingerprintsIn(root, generation.rootSecret.key) : undefined,
    certificate: {
      secret: `${secrets.clientCertificate.secret.namespace}/${secrets.clientCertificate.secret.name}`,
      verdict,
      authorities: client ? fingerprintsIn(client, "ca.crt") : [],
    },
    registered: request.kubernetesClusters.filter((object) => isOurs(object, ownership)).map(describeRegistered),
    tokenLent: token?.metadata.annotations?.[lentAnnotation] === "true" && isOurs(token, ownership),
  };
}

function describeRegistered({ metadata, ...object }: KubernetesObject): RegisteredName {
  const { clusterDomain } = (object as { spec?: { clusterDomain?: unknown } }).spec ?? {};
  return {
    name: metadata.name,
    clusterIdentity: metadata.annotations?.[clusterIdentityAnnotation],
    clusterDomain: typeof clusterDomain === "string" ? clusterDomain : undefined,
  };
}

/** Undefined for a release of others, which the checks refuse, and for one that is uninstalled with its history kept. */
async function describeRelease(
  { release: revision, releaseOwner: owner, releaseUsesRoot }: RemoteObjects,
  { ownership, generation }: CurrentStateRequest,
): Promise<InstalledRelease | undefined> {
  const content = revision && (await contentOfRevision(revision));
  if (!content || revision.status === "uninstalled") return undefined;
  if (owner === undefined || !ownership.accepted.includes(owner)) return undefined;
  return {
    name: generation.releaseName,
    status: revision.status,
    pending: isPending(revision),
    recorded: revision.recorded,
    chartVersion: content.chartVersion,
    clusterName: textAt(content, ["relay", "cluster"]),
    serverAddress: textAt(content, ["relay", "serverAddress"]),
    insecure: generation.insecureValues.some(({ path }) => valueAt(content, path) === true),
    usesRootSecret: releaseUsesRoot,
    values: content.values,
  };
}

function valueAt({ values }: ReleaseContent, [first, second]: readonly [string, string]): unknown {
  const map = values[first];
  return typeof map === "object" && map !== null ? (map as Record<string, unknown>)[second] : undefined;
}

function textAt(content: ReleaseContent, path: readonly [string, string]): string | undefined {
  const value = valueAt(content, path);
  return typeof value === "string" ? value : undefined;
}

function fingerprintsIn(secret: Secret, key: string): readonly string[] {
  return fingerprintsOf(secretValue(secret, key)?.toString("utf8") ?? "");
}
