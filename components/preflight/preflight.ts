import { hasProblems, RegistrationError } from "../base/problems";
import type { CertificateExpiry } from "../certificates/expiry";
import { hubExpiries } from "../certificates/expiryList";
import { validateSettings } from "../glooMesh/validateSettings";
import type { KubernetesObject } from "../kubernetes/objects";
import type { Found } from "./discovery/found";
import { versionSkew } from "./discovery/versionSkew";
import { Collected } from "./findings/collected";
import { ignoreFaults } from "./findings/finding";
import { checkHubAccess, type HubFacts, inspectHub } from "./hub/inspectHub";
import { isRenamed } from "./hub/otherNames";
import { relayWithoutTls } from "./hub/relayWithoutTls";
import { checkRootCertificateEnd } from "./hub/rootCertificateEnd";
import { checkServerCertificate } from "./hub/serverCertificate";
import { checkRemoteAccess, inspectRemote, judgeRemote } from "./remote/inspectRemote";
import { findMissingObjects, type MissingObject, missingObjectFindings } from "./remote/missingObjects";
import type { RemoteObjects } from "./remote/remoteObjects";
import type { PreflightRequest, Side } from "./request";

export interface CheckedFacts {
  readonly managementIdentity: string;
  readonly remoteIdentity: string;
  /** PEM of the relay's root CA: the certificate alone, never its key. Empty where the agent is given none. */
  readonly rootCertificate: string;
  readonly serverAddress: Found;
  readonly agentVersion: Found;
  /** Warnings, which stop nothing. */
  readonly notices: readonly string[];
  /** Why this machine could not check the relay server's certificate; undefined where it did, or where there is none. */
  readonly leftToTheAgent: string | undefined;
  /** When the root CAs expire, and the certificates of the relay server where this machine can reach it. */
  readonly certificates: readonly CertificateExpiry[];
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

/** The relay server as this machine reaches it. */
interface RelayServerView {
  /** Why its certificate is left to the agent; undefined where this machine checked it, or where there is none. */
  readonly leftToTheAgent: string | undefined;
  /** The root CAs of the management cluster, and the certificates of the relay server. */
  readonly certificates: readonly CertificateExpiry[];
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
    agentVersion,
    notices,
    ...relayServer,
    seen,
  };
}

/** Examines both clusters. Throws where that makes no sense: wrong values, no identity, the same cluster twice. */
export async function examine(management: Side, remote: Side, request: PreflightRequest): Promise<Examination> {
  refuseValues(request);
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
  const sides = { remoteIdentity, management, remote };
  const judged = await judgeTogether(request, hub, found, sides, collected);
  return { managementIdentity, remoteIdentity, hub, remote: found, ...judged, collected };
}

/** Checks the management cluster alone, for a preview in which the remote cluster does not exist yet. */
export async function preflightHub(management: Side, request: PreflightRequest): Promise<readonly string[]> {
  refuseValues(request);
  const collected = new Collected();
  await inspectHub(management, request, undefined, collected);
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
  return { hub, relayServer: await judgeTrust(request, hub, management, collected), collected };
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
      collected.take(
        remote.cluster.lookUp(remote.access, `rights ${request.ownership.mark}`, (client) =>
          checkRemoteAccess(client, request, collected),
        ),
      ),
    ]);
    collected.settle(request.settings.checks.ignore);
  }
  throw error;
}

function refuseValues({ settings, modes }: PreflightRequest): void {
  const faults = [...validateSettings(settings, modes), ...ignoreFaults(settings.checks.ignore)];
  if (faults.length > 0) throw new RegistrationError(faults);
}

/** Makes the checks that need the facts of both clusters, and of the relay server. */
async function judgeTogether(
  request: PreflightRequest,
  hub: HubFacts,
  found: RemoteObjects | undefined,
  sides: { remoteIdentity: string; management: Side; remote: Side },
  collected: Collected,
): Promise<Pick<Examination, "relayServer" | "missing">> {
  const { settings, generation, modes, ownership } = request;
  const { agentVersion, serverVersion, registeredIdentity, where } = hub;
  if (modes.certificate === "none") collected.add([relayWithoutTls(settings)]);
  if (settings.agent.version !== undefined && serverVersion) {
    const skew = versionSkew(settings.agent.version, serverVersion);
    if (skew) collected.add([skew]);
  }
  const relayServer = await judgeTrust(request, hub, sides.management, collected);
  if (!found) return { relayServer, missing: [] };
  const { remoteIdentity } = sides;
  const registered = registeredIdentity === remoteIdentity;
  await judgeRemote(sides.remote, request, found, { agentVersion: agentVersion?.value, registered }, collected);
  if (modes.selfRegistration) return { relayServer, missing: [] };
  const renamed = isRenamed(hub.kubernetesClusters, { ...settings, remoteIdentity, ownership });
  const view = { ...settings, where, registeredIdentity, renamed, remoteIdentity };
  const missing = findMissingObjects(found, { settings, generation, ownership, ...modes }, view);
  collected.add(missingObjectFindings(missing));
  return { relayServer, missing };
}

/** Checks the root CA, and the relay server's certificate against it. */
async function judgeTrust(
  { settings, modes }: PreflightRequest,
  { where, rootCertificate, serverAddress }: HubFacts,
  { cluster, access }: Side,
  collected: Collected,
): Promise<RelayServerView> {
  if (modes.certificate === "none" || rootCertificate === undefined) return notSeen;
  const now = new Date();
  const { source: rootSource } = settings.rootCertificate;
  if (rootCertificate !== "") {
    const { namespace, name, key } = rootSource;
    collected.add(checkRootCertificateEnd(rootCertificate, `${where}, Secret ${namespace}/${name}, key ${key}`, now));
  }
  if (!serverAddress) {
    return { ...notSeen, certificates: hubExpiries(rootCertificate, rootSource, { address: "", chain: [] }) };
  }
  const question = {
    serverAddress: serverAddress.value,
    authority: settings.relay.authority,
    rootCertificate: rootCertificate === "" ? undefined : rootCertificate,
  };
  // One look at a relay server is enough for all agents that get the same root CA.
  const answer = await cluster.lookUp(access, JSON.stringify({ relayServer: question }), () =>
    checkServerCertificate({ ...question, now }),
  );
  collected.add(answer.findings);
  return {
    leftToTheAgent: answer.outcome === "left to the agent" ? answer.detail : undefined,
    certificates: hubExpiries(rootCertificate, rootSource, { address: serverAddress.value, chain: answer.chain }),
  };
}

const notSeen: RelayServerView = { leftToTheAgent: undefined, certificates: [] };

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
