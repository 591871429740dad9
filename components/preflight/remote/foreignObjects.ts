import { valueAt } from "../../base/json";
import { certificateFacts, certificatesIn } from "../../certificates/x509";
import { findForeignAgent, foreignAgentProblem, keepProvided } from "../../glooMesh/foreignAgent";
import { foreignSecretProblem } from "../../glooMesh/foreignSecret";
import { movedAgentProblem } from "../../glooMesh/movedAgent";
import {
  copiedMarkOf,
  describeOwner,
  isOurs,
  isToTakeOver,
  ownerOf,
  wayOut,
  withoutTakeOver,
} from "../../glooMesh/ownership";
import { helm, kubectl } from "../../kubernetes/commands";
import { isRestored, managerOf } from "../../kubernetes/objectManager";
import { type Secret, secretValue } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";
import type { RemoteObjects } from "./remoteObjects";
import { usedSecrets } from "./usedSecrets";

/**
 * Finds objects of other owners under the names that the registration will use: GMR303 to GMR309 and GMR315, errors; the client
 * certificate of an earlier registration: GMR311, a warning; and what does not fit an agent that is provided: GMR335 and GMR336. `registered`: the KubernetesCluster of this registration exists.
 */
export function judgeRemoteObjects(found: RemoteObjects, request: PreflightRequest, registered: boolean): Finding[] {
  // Refused before anything else is said about the objects of the other namespace.
  if (found.movedFrom !== undefined) {
    return [{ ...movedAgentProblem(found.movedFrom, request.settings.namespace.name), severity: "error" }];
  }
  // In a self-registration namespace and Secrets belong to the management cluster.
  const namespace = request.modes.selfRegistration ? undefined : foreignNamespace(found, request);
  // A namespace that is being deleted takes its objects with it.
  if (namespace?.code === "GMR309") return [namespace];
  if (!request.modes.installAgent) {
    const secrets = request.modes.selfRegistration ? [] : foreignSecrets(found, request);
    const others = [namespace, ...secrets, leftoverCertificate(found, request, registered)];
    return [ownRelease(found, request), absentAgent(found, request), ...others].filter((one) => one !== undefined);
  }
  const release = foreignRelease(found, request);
  const agent = release ? undefined : foreignAgent(found, request, registered);
  // Namespace, Secrets and certificate are that agent's: to advise on them would advise against it.
  if (agent) return [agent];
  if (request.modes.selfRegistration) return release ? [release] : [];
  const leftover = leftoverCertificate(found, request, registered);
  const findings = [namespace, ...foreignSecrets(found, request), release, leftover];
  return findings.filter((finding) => finding !== undefined);
}

function foreignNamespace({ where, access, namespace }: RemoteObjects, request: PreflightRequest): Finding | undefined {
  const { settings, ownership, modes } = request;
  const { createNamespace } = modes;
  const error = { where, severity: "error" as const };
  if (!namespace) {
    if (createNamespace) return undefined;
    return {
      ...error,
      code: "GMR306",
      what: `The namespace ${settings.namespace.name} does not exist`,
      cause: "[namespace.create: false] is given",
      next: `create it first: ${kubectl(access, undefined, "create", "namespace", settings.namespace.name)}; or leave [namespace.create] out`,
    };
  }
  if (namespace.metadata.deletionTimestamp !== undefined) {
    return {
      ...error,
      code: "GMR309",
      what: `The namespace ${settings.namespace.name} is being deleted`,
      cause: "an earlier destroy has not finished, or a finalizer blocks it",
      next: `wait until it is gone: ${kubectl(access, undefined, "wait", "--for=delete", `namespace/${settings.namespace.name}`, "--timeout=120s")}`,
    };
  }
  if (createNamespace && !isOurs(namespace, ownership)) {
    return {
      ...error,
      code: "GMR303",
      what: `The namespace ${settings.namespace.name} exists and was not created by this registration`,
      cause: describeOwner(namespace),
      next: wayOut(namespace, {
        instead: "give [namespace.create: false] to use it as it is; it then stays on destroy",
      }),
    };
  }
  if (!createNamespace && isOurs(namespace, withoutTakeOver(ownership))) {
    return {
      ...error,
      code: "GMR307",
      what: `The namespace ${settings.namespace.name} was created by this registration, which no longer declares it`,
      where: `${where}, [namespace.create]`,
      cause: "a later destroy would leave it behind, since it removes only a namespace that is declared",
      next: "leave [namespace.create] as it was; to move the agent, destroy the registration and create it again",
    };
  }
  return undefined;
}

function foreignSecrets(found: RemoteObjects, request: PreflightRequest): Finding[] {
  return usedSecrets(request).flatMap((used): Finding[] => {
    const { kind, origin } = used;
    const isWritten = kind !== "certificate" && (origin === "declared" || origin === "temporary");
    const secret = isWritten ? found[kind] : undefined;
    if (!isWritten || !secret || isOurs(secret, request.ownership)) return [];
    return [{ ...foreignSecretProblem(secret, kind, used, found), severity: "error" }];
  });
}

function foreignRelease(
  { where, access, release }: RemoteObjects,
  { settings, generation, ownership }: PreflightRequest,
): Finding | undefined {
  if (!release || release.status === "uninstalled") return undefined;
  // A chart that has more than the agent may be released for its other parts alone. To take that over would remove them.
  const { enabled } = generation.values;
  const isOtherPart = enabled !== undefined && valueAt(release.content.values, ...enabled) !== true;
  if (isOurs(release, isOtherPart ? withoutTakeOver(ownership) : ownership)) return undefined;
  const namespace = settings.namespace.name;
  const isUnowned = copiedMarkOf(release) === undefined && ownerOf(release) === undefined && !managerOf(release.secret);
  const { releaseName } = settings.agent;
  return {
    code: "GMR305",
    severity: "error",
    what: `A Helm release ${releaseName} exists already (revision ${release.revision}, ${release.status})`,
    where: `${where}, namespace ${namespace}`,
    cause: isUnowned ? "it was installed with helm or meshctl" : describeOwner(release),
    next: isOtherPart
      ? "it is without an agent: set [agent.releaseName] to another name, such as gloo-platform-agent"
      : wayOut(release, {
          instead: `leave the cluster to whoever installed it; or ${keepProvided}`,
          removal: `uninstall it first: ${helm(access, namespace, "uninstall", releaseName)}`,
        }),
  };
}

/** The agent that is said to be provided is the registration's own: Pulumi would uninstall what is no longer declared. */
function ownRelease(
  { where, access, release }: RemoteObjects,
  { settings, ownership }: PreflightRequest,
): Finding | undefined {
  if (!release || release.status === "uninstalled" || !isOurs(release, ownership)) return undefined;
  const { name: namespace } = settings.namespace;
  const { releaseName } = settings.agent;
  return {
    code: "GMR335",
    severity: "error",
    what: "The agent that is said to be provided was installed by this registration",
    where: `${where}, Helm release ${namespace}/${releaseName}`,
    cause: "this run would uninstall it, since it no longer declares it, and prove nothing",
    next: `leave [agent.provided] out; or destroy the registration first, have the agent installed by the other tool, and run pulumi up; to look at the release: ${helm(access, namespace, "history", releaseName)}`,
  };
}

/** A provided agent may come later, with what this run creates: the proof waits for it. */
function absentAgent({ where, agent }: RemoteObjects, { settings, generation }: PreflightRequest): Finding | undefined {
  if (agent.length > 0) return undefined;
  return {
    code: "GMR336",
    severity: "warning",
    what: "The agent that is said to be provided is not on the cluster yet",
    where: `${where}, namespace ${settings.namespace.name}, [agent.provided]`,
    cause: `no Deployment there has the name or the label app=${generation.agentName}, or a container ${generation.agentName}`,
    next: `have it installed with the cluster name ${settings.clusterName}: the proof waits for it`,
  };
}

function foreignAgent(found: RemoteObjects, request: PreflightRequest, registered: boolean): Finding | undefined {
  const { settings, ownership } = request;
  const own = { namespace: settings.namespace.name, releaseName: settings.agent.releaseName };
  const wasOurs = registered || (found.root !== undefined && isOurs(found.root, withoutTakeOver(ownership)));
  const foreign = findForeignAgent(found.agent, found.release, own, ownership, wasOurs);
  // Behind a release that another tool keeps, a take-over would be undone.
  const object = foreign ?? (isToTakeOver(found.release, ownership) ? found.agent.find(isRestored) : undefined);
  return object && { ...foreignAgentProblem(object, found, own), severity: "error" };
}

/**
 * Warns about a client certificate of an earlier registration: GMR311. A certificate carries no mark, since the agent writes it; without any
 * object of this registration beside it, it counts as an earlier one's.
 */
function leftoverCertificate(
  { where, namespace, root, certificate, release, agent }: RemoteObjects,
  { settings, modes }: PreflightRequest,
  registered: boolean,
): Finding | undefined {
  if (!certificate || modes.certificate !== "issued" || modes.selfRegistration) return undefined;
  // A provided agent uses the certificate that is there.
  if (!modes.installAgent && agent.length > 0) return undefined;
  const isMarked = [namespace, root].some((object) => object && ownerOf(object) !== undefined);
  if (registered || release || isMarked) return undefined;
  const place = settings.clientCertificate.secret;
  return {
    code: "GMR311",
    severity: "warning",
    what: `An earlier registration left a client certificate in Secret ${place.namespace}/${place.name} (${describe(certificate)})`,
    where,
    cause: "it proves nothing: an agent uses an existing certificate, whoever issued it",
    next: "nothing to do: pulumi up removes it, and the relay server issues a new one",
  };
}

function describe(secret: Secret): string {
  const { certificates, unreadable } = certificatesIn(secretValue(secret, "tls.crt"));
  const [leaf] = certificates;
  if (!leaf || unreadable > 0) return `it holds no ${unreadable > 0 ? "readable " : ""}certificate`;
  const { dnsNames, notAfter, fingerprint } = certificateFacts(leaf);
  return `for ${dnsNames.join(", ")}, valid until ${notAfter}, SHA-256 ${fingerprint}`;
}
