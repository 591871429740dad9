import { judgeClientCertificate, type Verdict } from "../certificates/clientCertificate";
import { fingerprintsOf } from "../certificates/x509";
import { readAgentValues, usesRootSecret } from "../glooMesh/agentValues";
import type { Generation } from "../glooMesh/generation";
import type { HelmRelease, ReleaseContent } from "../glooMesh/helmRelease";
import { expectationOf } from "../glooMesh/liveCertificate";
import {
  clusterIdentityAnnotation,
  isOurs,
  isTemporaryToken,
  isToTakeOver,
  istioInjection,
  leaveRunningAnnotation,
  type Owned,
  type Ownership,
  ownerOf,
  withoutTakeOver,
} from "../glooMesh/ownership";
import { type KubernetesObject, type Secret, type SecretPlace, secretValue } from "../kubernetes/objects";
import type { CheckedFacts } from "../preflight/preflight";
import type { MissingObject } from "../preflight/remote/missingObjects";
import type { PreflightRequest } from "../preflight/request";
import type { DesiredState } from "./desiredState";
import { type TakenOver, whatIsTakenOver } from "./takenOver";

/** The objects of this registration that exist on both clusters now. */
export interface CurrentState {
  readonly namespacePresent: boolean;
  /** Value of the label by which Istio decides on sidecars. */
  readonly namespaceLabel: string | undefined;
  /** Undefined for an uninstalled release with its history kept, and for someone else's, which the checks refuse. */
  readonly release: InstalledRelease | undefined;
  /** Name of this registration's release that someone uninstalled with its history kept; undefined if there is none. */
  readonly uninstalled: string | undefined;
  /** SHA-256 fingerprints in the root CA Secret, in its order; undefined if this registration has no such Secret. */
  readonly rootFingerprints: readonly string[] | undefined;
  /** An agent that someone else installs is on the cluster. */
  readonly agentPresent: boolean;
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
  /** Marks of aliases and of earlier versions on this registration's objects, which get the present one. */
  readonly otherMarks: readonly string[];
  /** What somebody else made, and this registration takes over. */
  readonly toTakeOver: readonly TakenOver[];
}

interface RegisteredName {
  readonly name: string;
  readonly clusterIdentity: string | undefined;
  readonly clusterDomain: string | undefined;
  /** The end of the registration hands the cluster over, instead of deregistering it. Missing for no. */
  readonly isLeftRunning?: boolean;
}

/** A Helm release, which its name and values describe. */
export interface InstalledRelease
  extends Pick<HelmRelease, "status" | "recorded">,
    Pick<ReleaseContent, "chartVersion" | "values" | "defaults"> {
  readonly name: string;
  readonly clusterName: string | undefined;
  readonly serverAddress: string | undefined;
  readonly insecure: boolean;
  /** Somebody else installed it, and this registration takes it over. */
  readonly byOthers: boolean;
  /** Its values name the Secret of the desired root CA, which therefore existed before it. */
  readonly usesRootSecret: boolean;
}

/** Describes the current state from the objects that the checks have read, without a further request. */
export function describeCurrentState(
  { ownership, generation, settings }: Pick<PreflightRequest, "ownership" | "generation" | "settings">,
  { seen, rootCertificate }: Pick<CheckedFacts, "seen" | "rootCertificate">,
  desired: DesiredState,
): CurrentState {
  const { namespace, root, token, certificate, release } = seen.remote;
  const { clientCertificate, rootCertificate: desiredRoot } = desired.secrets;
  const { releaseName } = settings.agent;
  const isUninstalled = release?.status === "uninstalled";
  const isRelease = release !== undefined && isOurs(release, ownership);
  // No other name is taken over.
  const registered = seen.kubernetesClusters.filter((object) =>
    isOurs(object, object.metadata.name === settings.clusterName ? ownership : withoutTakeOver(ownership)),
  );
  return {
    namespacePresent: namespace !== undefined,
    namespaceLabel: namespace?.metadata.labels?.[istioInjection.label],
    release:
      isRelease && !isUninstalled
        ? {
            ...describeRelease(release, desiredRoot.secret, releaseName, generation),
            byOthers: isToTakeOver(release, ownership),
          }
        : undefined,
    uninstalled: isRelease && isUninstalled ? releaseName : undefined,
    rootFingerprints: root && isOurs(root, ownership) ? fingerprintsIn(root, generation.rootSecret.key) : undefined,
    agentPresent: seen.remote.agent.length > 0,
    certificate: {
      secret: `${clientCertificate.secret.namespace}/${clientCertificate.secret.name}`,
      // In a self-registration the root CA, which issues the certificate, is read but not copied.
      verdict: judgeClientCertificate(certificate, expectationOf({ ...desired, rootCertificate })),
      authorities: fingerprintsIn(certificate, "ca.crt"),
    },
    registered: registered.map(describeRegistered),
    // A token that an earlier run retained is temporary from now on.
    temporaryTokenPresent:
      desired.token === "temporary"
        ? token !== undefined && isOurs(token, ownership)
        : isTemporaryToken(token, ownership),
    missing: seen.missing,
    otherMarks: otherMarks([namespace, root, token, release, ...registered], ownership),
    toTakeOver: whatIsTakenOver({ ownership, generation, settings }, seen, desired),
  };
}

function otherMarks(things: readonly (Owned | undefined)[], ownership: Ownership): readonly string[] {
  const marks = things.flatMap((thing) => (thing && isOurs(thing, ownership) ? (ownerOf(thing) ?? []) : []));
  return [...new Set(marks)].filter((mark) => mark !== ownership.mark);
}

function describeRegistered({ metadata, ...object }: KubernetesObject): RegisteredName {
  const { clusterDomain } = (object as { spec?: { clusterDomain?: unknown } }).spec ?? {};
  return {
    name: metadata.name,
    clusterIdentity: metadata.annotations?.[clusterIdentityAnnotation],
    clusterDomain: typeof clusterDomain === "string" ? clusterDomain : undefined,
    ...(metadata.annotations?.[leaveRunningAnnotation] === "true" ? { isLeftRunning: true } : {}),
  };
}

function describeRelease(
  { status, recorded, content: { values, defaults, chartVersion } }: HelmRelease,
  root: SecretPlace,
  name: string,
  generation: Generation,
): Omit<InstalledRelease, "byOthers"> {
  const { clusterName, serverAddress, tls } = readAgentValues(values, generation);
  return {
    name,
    status,
    recorded,
    chartVersion,
    clusterName,
    serverAddress,
    insecure: tls === "none",
    usesRootSecret: usesRootSecret(values, root, generation),
    values,
    defaults,
  };
}

function fingerprintsIn(secret: Secret | undefined, key: string): readonly string[] {
  return fingerprintsOf(secretValue(secret, key));
}
