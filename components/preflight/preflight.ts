import type { Cluster } from "../cluster";
import type { Found } from "../discovery/found";
import { discoverRelayAddress } from "../discovery/relayAddress";
import { readServerVersion } from "../discovery/serverVersion";
import type { Generation } from "../generation";
import type { ClusterAccess } from "../kubernetes/access";
import type { KubernetesClient } from "../kubernetes/client";
import type { Modes } from "../modes";
import type { Ownership } from "../ownership";
import { gather, RegistrationError } from "../problems";
import type { GivenSettings } from "../settings";
import { validateSettings } from "../validate";
import { checkKubernetesCluster, checkToken, readRootCertificate } from "./management";
import { checkRelease, checkRemote, type RemoteExpectation } from "./remote";

/** What a registration needs to know before it declares the first object. */
export interface PreflightRequest extends RemoteExpectation {
  readonly settings: GivenSettings;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly modes: Modes;
}

export interface Facts {
  readonly managementIdentity: string;
  readonly remoteIdentity: string;
  /** PEM of the relay's root CA: the certificate alone, never its key. Empty where the agent is given none. */
  readonly rootCertificate: string;
  readonly serverAddress: Found;
  readonly agentVersion: Found;
  /** What the user should know although it stops nothing. */
  readonly notices: readonly string[];
}

interface Side {
  readonly cluster: Cluster;
  readonly access: ClusterAccess;
}

/**
 * Checks everything that can be known before the first write, in preview and in every run, and tells all problems at once.
 * Reads only. The values of the arguments come first, since wrong ones make every lookup pointless.
 */
export async function preflight(management: Side, remote: Side, request: PreflightRequest): Promise<Facts> {
  const faults = validateSettings(request.settings, request.modes);
  if (faults.length > 0) throw new RegistrationError(faults);

  const [managementIdentity, remoteIdentity] = await Promise.all([
    management.cluster.readIdentity(management.access),
    remote.cluster.readIdentity(remote.access),
  ]);
  const fault = sidesFault(managementIdentity === remoteIdentity, request);
  if (fault) throw fault;

  const { settings, generation, modes } = request;
  const [hub, registeredIdentity, remoteNotices] = await gather([
    readHub(management, request),
    management.cluster.lookUp(
      management.access,
      `KubernetesCluster ${settings.managementNamespace} ${settings.clusterName} ${request.ownership.mark}`,
      (client) => checkKubernetesCluster(client, settings, generation, request.ownership),
    ),
    remote.cluster.lookUp(remote.access, `remote ${settings.namespace} ${request.ownership.mark}`, (client) =>
      modes.selfRegistration ? checkRelease(client, request) : checkRemote(client, request),
    ),
  ]);
  const notices = [...remoteNotices];
  if (registeredIdentity !== undefined && registeredIdentity !== remoteIdentity) {
    notices.unshift(
      `${settings.clusterName} was registered for the cluster ${registeredIdentity}; the context now leads to the cluster ${remoteIdentity}. ` +
        "This one will be registered, then the former one deregistered as far as its context still leads to it.",
    );
  }
  return { managementIdentity, remoteIdentity, ...hub, notices };
}

type HubFacts = Pick<Facts, "rootCertificate" | "serverAddress" | "agentVersion">;

/** What the hub tells, read once for all registrations that ask the same. */
async function readHub(
  { cluster, access }: Side,
  { settings, generation, modes }: PreflightRequest,
): Promise<HubFacts> {
  const { managementNamespace: namespace, secrets, ingress } = settings;
  const once = <T>(what: object, read: (client: KubernetesClient) => Promise<T>) =>
    cluster.lookUp(access, JSON.stringify({ ...what, namespace }), read);

  const [rootCertificate, , serverAddress, agentVersion] = await gather([
    modes.certificate === "issued"
      ? once({ root: secrets.rootSource }, (client) => readRootCertificate(client, secrets.rootSource, namespace))
      : Promise.resolve(""),
    modes.token === "lent" || modes.token === "retained"
      ? once({ token: secrets.tokenSource }, (client) => checkToken(client, secrets.tokenSource, namespace))
      : Promise.resolve(),
    settings.serverAddress === undefined
      ? once({ address: ingress ?? "service" }, (client) =>
          discoverRelayAddress(client, { namespace, ingress, generation }),
        )
      : Promise.resolve({ value: settings.serverAddress, source: "[relay.serverAddress]" }),
    settings.agentVersion === undefined
      ? once({ version: generation.relayServer.name }, (client) => readServerVersion(client, namespace, generation))
      : Promise.resolve({ value: settings.agentVersion, source: "[agent.version]" }),
  ]);
  return { rootCertificate, serverAddress, agentVersion };
}

/** Clusters are compared by identity: two contexts may well lead to one cluster. */
function sidesFault(same: boolean, { modes, settings }: PreflightRequest): RegistrationError | undefined {
  const { selfRegistration } = modes;
  if (same && !selfRegistration) {
    return new RegistrationError({
      code: "GMR301",
      what: "Management and remote are the same cluster",
      where: "[management], [remote]",
      cause: "both contexts lead to the cluster with the same kube-system UID",
      next: "choose the remote cluster's context, or set selfRegistration if the hub is to register itself",
    });
  }
  if (!same && selfRegistration) {
    return new RegistrationError({
      code: "GMR302",
      what: "selfRegistration is set, but management and remote are two clusters",
      where: "[selfRegistration]",
      next: "give the same cluster for both, or leave selfRegistration out",
    });
  }
  if (selfRegistration && settings.namespace !== settings.managementNamespace) {
    return new RegistrationError({
      code: "GMR008",
      what: `The agent of a self-registration cannot be in the namespace ${settings.namespace}`,
      where: "[namespace.name]",
      cause: `root CA and token lie in the hub's namespace ${settings.managementNamespace}, and nothing is copied`,
      next: "leave namespace.name out",
    });
  }
  return undefined;
}
