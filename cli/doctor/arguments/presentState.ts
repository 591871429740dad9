import type { HelmRelease } from "../../../components/glooMesh/helmRelease";
import {
  isTemporaryToken,
  isToTakeOver,
  istioInjection,
  type Owned,
  type Ownership,
  ownerOf,
} from "../../../components/glooMesh/ownership";
import type { PresentRegistration, PresentSecret } from "../../../components/glooMesh/presentArguments";
import type { KubernetesObject } from "../../../components/kubernetes/objects";
import type { RemoteObjects } from "../../../components/preflight/remote/remoteObjects";
import type { DetectedRegistration } from "../detectedRegistration";

/** The present state of a registration, from the objects that were read; without what the management cluster gives, and without its CRDs. */
export function presentState(
  { settings, generation, modes, ownership }: DetectedRegistration,
  release: HelmRelease,
  { namespace, root, token, certificate }: Pick<RemoteObjects, "namespace" | "root" | "token" | "certificate">,
  kubernetesClusters: readonly KubernetesObject[],
  /** Undefined where the relay server's count cannot be read: then a certificate counts. */
  isConnected: boolean | undefined,
): PresentRegistration {
  const { clusterName, managementNamespace } = settings;
  const cluster = kubernetesClusters.find(({ metadata }) => metadata.name === clusterName);
  return {
    clusterName,
    generation,
    selfRegistration: modes.selfRegistration,
    managementNamespace,
    release: { ...release.content, name: settings.agent.releaseName, namespace: settings.namespace.name },
    clusterDomain: (cluster as { readonly spec?: { readonly clusterDomain?: string } } | undefined)?.spec
      ?.clusterDomain,
    discovered: { serverAddress: undefined, agentVersion: undefined },
    namespace: {
      isManaged: namespace !== undefined && isManaged(namespace),
      isWithoutSidecars: namespace?.metadata.labels?.[istioInjection.label] === istioInjection.disabled,
    },
    secrets: {
      root: secretState(root),
      token: isTemporaryToken(token, ownership) ? "missing" : secretState(token),
      client: secretState(certificate),
    },
    isConnected: isConnected ?? certificate !== undefined,
    crds: undefined,
  };
}

function secretState(secret: KubernetesObject | undefined): PresentSecret {
  if (secret === undefined) return "missing";
  return isManaged(secret) ? "managed" : "present";
}

/** Whether a tool would restore the object or the Helm release, so that no registration takes it over. */
export function isManaged(thing: Owned): boolean {
  return ownerOf(thing) === undefined && !isToTakeOver(thing, taking);
}

/** The ownership of a registration that takes over what is unowned. */
export const taking: Ownership = { mark: "", accepted: [], takesOver: true };
