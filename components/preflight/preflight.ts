import { awaitedLater } from "../base/async";
import { hasProblems, type Problem, RegistrationError } from "../base/problems";
import { judgeClientCertificate } from "../certificates/clientCertificate";
import { expectationOf } from "../glooMesh/liveCertificate";
import { isOurs, isToTakeOver } from "../glooMesh/ownership";
import { validateSettings } from "../glooMesh/validateSettings";
import { type KubernetesObject, secretValue } from "../kubernetes/objects";
import type { Found } from "./discovery/found";
import { providedVersionOf } from "./discovery/serverVersion";
import { imageSkews, versionSkew } from "./discovery/versionSkew";
import { Collected } from "./findings/collected";
import { type Finding, ignoreFaults } from "./findings/finding";
import { checkHubAccess, type HubFacts, inspectHub } from "./hub/inspectHub";
import { judgeRelayServer, type RelayServerView, relayWithoutTls } from "./hub/relayServer";
import { checkRemoteAccess, inspectRemote, judgeRemote, namespaceOf } from "./remote/inspectRemote";
import type { MissingObject } from "./remote/missingObjects";
import type { RemoteObjects } from "./remote/remoteObjects";
import type { PreflightRequest, Side } from "./request";

export interface CheckedFacts extends RelayServerView, Pick<Examination, "managementIdentity" | "remoteIdentity"> {
  /** PEM of the relay's root CA: the certificate alone, never its key. Empty where the agent is given none. */
  readonly rootCertificate: string;
  readonly serverAddress: Found;
  readonly agentVersion: Found;
  readonly telemetryEndpoint: Found | undefined;
  /** The management cluster as the checks saw it. */
  readonly hub: HubFacts;
  /** Warnings, which stop nothing. */
  readonly notices: readonly string[];
  /** The objects on both clusters, for the decisions and the plan. */
  readonly seen: Seen;
}

/** The objects on both clusters before the run. */
export interface Seen {
  readonly remote: RemoteObjects;
  readonly kubernetesClusters: readonly KubernetesObject[];
  /** Objects of the registration that someone else deleted. */
  readonly missing: readonly MissingObject[];
}

/** Facts and findings of both clusters, before the findings are settled. */
export interface Examination {
  readonly managementIdentity: string;
  readonly remoteIdentity: string;
  readonly hub: HubFacts;
  /** Undefined where the read failed. */
  readonly remote: RemoteObjects | undefined;
  readonly relayServer: RelayServerView;
  readonly missing: readonly MissingObject[];
  readonly collected: Collected;
}

/**
 * Checks everything that can be known before the first write, in preview and in every run, and reports all problems at once.
 * It only reads. It checks the values of the arguments first, since wrong ones make every lookup pointless.
 */
export async function preflight(management: Side, remote: Side, request: PreflightRequest): Promise<CheckedFacts> {
  const examination = await examine(management, remote, request);
  const { managementIdentity, remoteIdentity, hub, remote: found, relayServer, missing, collected } = examination;
  const { rootCertificate, serverAddress, agentVersion, registeredIdentity, kubernetesClusters } = hub;
  const notices = [
    ...collected.settle(request.settings.checks.ignore),
    ...movedNotice(request, registeredIdentity, remoteIdentity),
  ];
  // settle() throws if a read failed.
  if (rootCertificate === undefined || !serverAddress || !agentVersion || !found)
    throw new Error("a fact of the management cluster is missing");
  const seen = { remote: found, kubernetesClusters, missing };
  return {
    managementIdentity,
    remoteIdentity,
    rootCertificate,
    serverAddress,
    agentVersion: request.modes.installAgent ? agentVersion : providedVersionOf(found.agent, request.generation),
    telemetryEndpoint: hub.telemetryEndpoint,
    hub,
    notices,
    ...relayServer,
    seen,
  };
}

/** Examines both clusters. Throws where that makes no sense: wrong values, no identity, the same cluster twice. */
export async function examine(management: Side, remote: Side, request: PreflightRequest): Promise<Examination> {
  refuseValues(request);
  awaitedLater(namespaceOf(remote, request));
  const [managementIdentity, remoteIdentity] = await Promise.all([
    management.cluster.readIdentity(management.access),
    remote.cluster.readIdentity(remote.access),
  ]).catch((error) => refuseIdentity(error, management, remote, request));
  const fault = sidesFault(managementIdentity === remoteIdentity, request);
  if (fault) throw fault;

  const collected = new Collected();
  const [hub, found] = await Promise.all([
    inspectHub(management, request, remoteIdentity, collected),
    inspectRemote(remote, request, collected),
  ]);
  const { settings, modes } = request;
  if (modes.tls === "none") collected.add(relayWithoutTls(request));
  if (settings.agent.version !== undefined && hub.serverVersion) {
    collected.add(versionSkew(settings.agent.version, hub.serverVersion));
  }
  if (hub.serverVersion) collected.add(imageSkews(settings, hub.serverVersion));
  const relayServer = await judgeRelayServer(management, request, hub, collected);
  const { tokenProblems } = hub;
  if (tokenProblems.length > 0 && found && needsNoToken(found, request, hub))
    collected.add(tokenProblems.map(asWarning));
  else collected.fail(tokenProblems);
  const missing = found ? await judgeRemote(remote, request, found, hub, remoteIdentity, collected) : [];
  return { managementIdentity, remoteIdentity, hub, remote: found, relayServer, missing, collected };
}

/** Checks the management cluster alone, for a preview in which the remote cluster does not exist yet. */
export async function preflightHub(management: Side, request: PreflightRequest): Promise<readonly string[]> {
  refuseValues(request);
  const collected = new Collected();
  collected.fail((await inspectHub(management, request, undefined, collected)).tokenProblems);
  return collected.settle(request.settings.checks.ignore);
}

/** Examines the management cluster and the relay server, for a remote cluster that is not reachable. */
export async function examineHub(
  management: Side,
  request: PreflightRequest,
): Promise<Pick<Examination, "hub" | "relayServer" | "collected">> {
  refuseValues(request);
  const collected = new Collected();
  const hub = await inspectHub(management, request, undefined, collected);
  collected.fail(hub.tokenProblems);
  return { hub, relayServer: await judgeRelayServer(management, request, hub, collected), collected };
}

/** If the identity cannot be read for lack of a right, reports all missing rights, not this one alone. */
async function refuseIdentity(
  error: unknown,
  management: Side,
  remote: Side,
  request: PreflightRequest,
): Promise<never> {
  if (hasProblems(error) && error.problems.some(({ code }) => code === "GMR116")) {
    const collected = new Collected();
    await Promise.all([
      collected.take(checkHubAccess(management, request, collected)),
      collected.take(checkRemoteAccess(remote, request, collected)),
    ]);
    collected.settle(request.settings.checks.ignore);
  }
  throw error;
}

/** Whether this registration's agent has a certificate and its present root CA, so that only a reissue needs the token. */
function needsNoToken(
  { release, certificate, root }: RemoteObjects,
  { settings, modes, ownership, generation }: PreflightRequest,
  { rootCertificate = "" }: HubFacts,
): boolean {
  // A provided agent has no release that says so; the copied root CA does.
  const isInstalled = release && isOurs(release, ownership) && (release.recorded || isToTakeOver(release, ownership));
  const isOwn = modes.installAgent ? isInstalled : root !== undefined && isOurs(root, ownership);
  if (modes.token !== "temporary" || !isOwn) return false;
  if (modes.copyRoot && secretValue(root, generation.rootSecret.key)?.toString() !== rootCertificate) return false;
  const { clusterName, proof } = settings;
  const expected = expectationOf({ clusterName, rootCertificate, chainToRoot: proof.chainToRoot });
  return judgeClientCertificate(certificate, expected).accepted;
}

function asWarning(problem: Problem): Finding {
  return { ...problem, severity: "warning" };
}

function refuseValues({ settings, modes, generation }: PreflightRequest): void {
  const faults = [...validateSettings(settings, modes, generation), ...ignoreFaults(settings.checks.ignore)];
  if (faults.length > 0) throw new RegistrationError(faults);
}

function movedNotice(
  { settings }: PreflightRequest,
  registeredIdentity: string | undefined,
  remoteIdentity: string,
): string[] {
  if (registeredIdentity === undefined || registeredIdentity === remoteIdentity) return [];
  return [
    `${settings.clusterName} was registered for the cluster ${registeredIdentity}; the context now leads to the cluster ${remoteIdentity}. ` +
      "This one is registered first, then the previous one is deregistered as far as its context still leads to it.",
  ];
}

/** Compares the clusters by identity, since two contexts may lead to one cluster. */
function sidesFault(same: boolean, { modes, settings }: PreflightRequest): RegistrationError | undefined {
  const { selfRegistration } = modes;
  if (same && !selfRegistration) {
    return new RegistrationError({
      code: "GMR301",
      what: "Management and remote are the same cluster",
      where: "[management], [remote]",
      cause: "both contexts lead to the cluster with the same kube-system UID",
      next: "choose the remote cluster's context, or give [selfRegistration: true] if the management cluster registers itself",
    });
  }
  if (!same && selfRegistration) {
    return new RegistrationError({
      code: "GMR302",
      what: "selfRegistration is set, but management and remote are two clusters",
      where: "[selfRegistration]",
      next: "give the same cluster for both, or leave [selfRegistration] out",
    });
  }
  if (selfRegistration && settings.namespace.name !== settings.managementNamespace) {
    return new RegistrationError({
      code: "GMR008",
      what: `The agent of a self-registration cannot be in the namespace ${settings.namespace.name}`,
      where: "[namespace.name]",
      cause: `root CA and token are stored in the management cluster's namespace ${settings.managementNamespace}, and nothing is copied`,
      next: "leave [namespace.name] out",
    });
  }
  return undefined;
}
