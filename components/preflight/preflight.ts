import type { Cluster } from "../cluster";
import type { Generation } from "../generation";
import type { ClusterAccess } from "../kubernetes/access";
import type { KubernetesClient } from "../kubernetes/client";
import type { Ownership } from "../ownership";
import { gather, RegistrationError } from "../problems";
import { type Settings, validateSettings } from "../validate";
import { checkKubernetesCluster, checkToken, readRootCertificate } from "./management";
import { checkRelease, checkRemote, type RemoteExpectation } from "./remote";

/** What a registration needs to know before it declares the first object. */
export interface PreflightRequest extends RemoteExpectation {
  readonly settings: Settings;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly selfRegistration: boolean;
}

export interface Facts {
  readonly managementIdentity: string;
  readonly remoteIdentity: string;
  /** PEM of the relay's root CA: the certificate alone, never its key. */
  readonly rootCertificate: string;
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
  const faults = validateSettings(request.settings);
  if (faults.length > 0) throw new RegistrationError(faults);

  const [managementIdentity, remoteIdentity] = await Promise.all([
    management.cluster.readIdentity(management.access),
    remote.cluster.readIdentity(remote.access),
  ]);
  const fault = sidesFault(managementIdentity === remoteIdentity, request);
  if (fault) throw fault;

  const { settings, generation } = request;
  const { managementNamespace } = settings;
  const onManagement = <T>(key: string, read: (client: KubernetesClient) => Promise<T>) =>
    management.cluster.lookUp(management.access, `${key} ${managementNamespace}`, read);

  const [rootCertificate, , registeredIdentity, remoteNotices] = await gather([
    onManagement("root CA", (client) => readRootCertificate(client, managementNamespace, generation)),
    request.selfRegistration
      ? Promise.resolve()
      : onManagement("token", (client) => checkToken(client, managementNamespace, generation)),
    onManagement(`KubernetesCluster ${settings.clusterName} ${request.ownership.mark}`, (client) =>
      checkKubernetesCluster(client, settings, generation, request.ownership),
    ),
    remote.cluster.lookUp(remote.access, `remote ${settings.namespace} ${request.ownership.mark}`, (client) =>
      request.selfRegistration ? checkRelease(client, request) : checkRemote(client, request),
    ),
  ]);
  const notices = [...remoteNotices];
  if (registeredIdentity !== undefined && registeredIdentity !== remoteIdentity) {
    notices.unshift(
      `${settings.clusterName} was registered for the cluster ${registeredIdentity}; the context now leads to the cluster ${remoteIdentity}. ` +
        "This one will be registered, then the former one deregistered as far as its context still leads to it.",
    );
  }
  return { managementIdentity, remoteIdentity, rootCertificate, notices };
}

/** Clusters are compared by identity: two contexts may well lead to one cluster. */
function sidesFault(same: boolean, { selfRegistration, settings }: PreflightRequest): RegistrationError | undefined {
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
