import { judgeClientCertificate, type Verdict } from "../certificates/clientCertificate";
import { fingerprintsOf } from "../certificates/x509";
import { readAgentValues, usesRootSecret } from "../glooMesh/agentValues";
import type { Generation } from "../glooMesh/generation";
import { isPending } from "../glooMesh/helmRelease";
import { expectationOf } from "../glooMesh/liveCertificate";
import {
  clusterIdentityAnnotation,
  isOurs,
  isTemporaryToken,
  istioInjection,
  type Ownership,
} from "../glooMesh/ownership";
import { type KubernetesObject, type Secret, secretValue } from "../kubernetes/objects";
import type { Seen } from "../preflight/preflight";
import type { MissingObject } from "../preflight/remote/missingObjects";
import type { RemoteObjects } from "../preflight/remote/remoteObjects";
import type { DesiredState } from "./desiredState";

/** The objects of this registration that exist on both clusters now. */
export interface CurrentState {
  readonly namespacePresent: boolean;
  /** Value of the label by which Istio decides on sidecars. */
  readonly namespaceLabel: string | undefined;
  readonly release: InstalledRelease | undefined;
  /** SHA-256 fingerprints in the root CA Secret, in its order; undefined if this registration has no such Secret. */
  readonly rootFingerprints: readonly string[] | undefined;
  readonly certificate: {
    /** namespace/name */
    readonly secret: string;
    readonly verdict: Verdict;
    /** SHA-256 fingerprints in the `ca.crt` beside it, which the agent trusts. */
    readonly authorities: readonly string[];
  };
  /** The KubernetesClusters with this registration's mark: one, or several during a rename. */
  readonly registered: readonly RegisteredName[];
  /** The temporary bootstrap token of an earlier run is still on the remote cluster, and no declared Secret has replaced it. */
  readonly temporaryTokenPresent: boolean;
  /** Objects that someone else deleted. */
  readonly missing: readonly MissingObject[];
}

export interface RegisteredName {
  readonly name: string;
  readonly clusterIdentity: string | undefined;
  readonly clusterDomain: string | undefined;
}

export interface InstalledRelease {
  readonly name: string;
  readonly status: string;
  /** A run ended during the Helm operation. */
  readonly pending: boolean;
  /** Pulumi has it in its state. */
  readonly recorded: boolean;
  readonly chartVersion: string | undefined;
  readonly clusterName: string | undefined;
  readonly serverAddress: string | undefined;
  readonly insecure: boolean;
  /** Its values name the Secret of the desired root CA, which therefore existed before it. */
  readonly usesRootSecret: boolean;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface CurrentStateRequest {
  readonly desired: DesiredState;
  readonly ownership: Ownership;
  readonly generation: Generation;
  /** The root CA that issues the client certificate where none is copied (self-registration). Default: the copied one. */
  readonly trustedRoot?: string | undefined;
}

/** Describes the current state from the objects that the checks have read, without a further request. */
export function describeCurrentState({ remote: found, ...seen }: Seen, request: CurrentStateRequest): CurrentState {
  const { desired, ownership, generation } = request;
  const { namespace, root, token, certificate: client } = found;
  const clientCertificate = desired.secrets.clientCertificate.secret;
  const trusted = request.trustedRoot ?? desired.rootCertificate;
  const verdict = judgeClientCertificate(client, expectationOf({ ...desired, rootCertificate: trusted }));
  return {
    namespacePresent: namespace !== undefined,
    namespaceLabel: namespace?.metadata.labels?.[istioInjection.label],
    release: describeRelease(found, request),
    rootFingerprints: root && isOurs(root, ownership) ? fingerprintsIn(root, generation.rootSecret.key) : undefined,
    certificate: {
      secret: `${clientCertificate.namespace}/${clientCertificate.name}`,
      verdict,
      authorities: client ? fingerprintsIn(client, "ca.crt") : [],
    },
    registered: seen.kubernetesClusters.filter((object) => isOurs(object, ownership)).map(describeRegistered),
    temporaryTokenPresent: isTemporaryToken(token, ownership),
    missing: seen.missing,
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

/** Undefined for someone else's release, which the checks refuse, and for an uninstalled one with its history kept. */
function describeRelease(
  { release }: RemoteObjects,
  { ownership, generation, desired: { secrets } }: CurrentStateRequest,
): InstalledRelease | undefined {
  if (!release || release.status === "uninstalled" || !isOurs(release, ownership)) return undefined;
  const { values, chartVersion } = release.content;
  const identity = readAgentValues(values, generation);
  return {
    name: generation.releaseName,
    status: release.status,
    pending: isPending(release),
    recorded: release.recorded,
    chartVersion,
    clusterName: identity.clusterName,
    serverAddress: identity.serverAddress,
    insecure: identity.certificate === "none",
    usesRootSecret: usesRootSecret(values, secrets.rootCertificate.secret, generation),
    values,
  };
}

function fingerprintsIn(secret: Secret, key: string): readonly string[] {
  return fingerprintsOf(secretValue(secret, key));
}
