import type { KubernetesClient } from "../../kubernetes/client";
import type { KubernetesObject } from "../../kubernetes/objects";
import { checkClock } from "../clock";
import type { Collected } from "../findings/collected";
import { isRenamed } from "../hub/clusterNames";
import type { HubFacts } from "../hub/inspectHub";
import type { PreflightRequest, Side } from "../request";
import { checkRights } from "../rights/checkRights";
import { remoteRights } from "../rights/neededRights";
import { judgeCustomDefinitions } from "./customDefinitions";
import { judgeRemoteObjects } from "./foreignObjects";
import { checkKubernetesVersion } from "./kubernetesVersion";
import { findMissingObjects, type MissingObject, missingObjectFindings } from "./missingObjects";
import { checkProvidedSecrets, checkSecretNamespaces } from "./providedSecrets";
import { type RemoteObjects, readNamespace, readRemoteObjects } from "./remoteObjects";
import { checkStagedRoot } from "./stagedRoot";
import { judgeTakeOver } from "./takeOverFaults";
import { checkTelemetryRoot } from "./telemetryRoot";
import { usedSecrets } from "./usedSecrets";

/** Reads the namespace of the agent, once. Without it there is nothing else to read in it. */
export function namespaceOf(side: Side, request: PreflightRequest): Promise<KubernetesObject | undefined> {
  return onceFor(side, request)("namespace", (client) => readNamespace(client, request));
}

/** Checks the remote cluster, and reads the objects under the names of the registration. */
export async function inspectRemote(
  side: Side,
  request: PreflightRequest,
  collected: Collected,
): Promise<RemoteObjects | undefined> {
  const used = usedSecrets(request);
  const { name: namespace } = request.settings.namespace;
  const once = onceFor(side, request);
  const [found] = await Promise.all([
    collected.take(once("objects", (client) => readRemoteObjects(client, request, namespaceOf(side, request)))),
    checkRemoteAccess(side, request, collected),
    collected.check(once("provided", (client) => checkProvidedSecrets(client, used, new Date()))),
    collected.check(once("namespaces", (client) => checkSecretNamespaces(client, used, namespace))),
  ]);
  collected.add(await once("clock", async (client) => checkClock(client)));
  return found;
}

/** Makes the checks that need facts of the management cluster too. Returns the objects that someone else deleted. */
export async function judgeRemote(
  side: Side,
  request: PreflightRequest,
  found: RemoteObjects,
  hub: HubFacts,
  remoteIdentity: string,
  collected: Collected,
): Promise<readonly MissingObject[]> {
  const { settings, generation, modes } = request;
  collected.add(judgeCustomDefinitions(found.crds, found.where, request, found.access));
  collected.add(checkTelemetryRoot(found, request));
  collected.add(judgeRemoteObjects(found, request, hub.registeredIdentity === remoteIdentity));
  collected.add(judgeTakeOver(found, hub, request, remoteIdentity));
  const agent = { ...settings.agent, version: hub.agentVersion?.value };
  if (modes.installAgent) {
    const read = (client: KubernetesClient) => checkKubernetesVersion(client, agent, generation);
    await collected.check(onceFor(side, request)("version", read));
  }
  collected.add(checkStagedRoot(found, request, hub.rootCertificate ?? "", new Date()));
  if (modes.selfRegistration) return [];
  const renamed = isRenamed(hub.kubernetesClusters, request, remoteIdentity);
  const missing = findMissingObjects(found, request, { ...hub, renamed, remoteIdentity });
  collected.add(missingObjectFindings(missing));
  return missing;
}

/** Checks the user's rights on the remote cluster. */
export async function checkRemoteAccess(side: Side, request: PreflightRequest, collected: Collected): Promise<void> {
  const { settings, modes, report } = request;
  const namespaceToMake = modes.createNamespace ? settings.namespace.name : undefined;
  const read = (client: KubernetesClient) => checkRights(client, remoteRights(request), report, namespaceToMake);
  collected.add(await onceFor(side, request)("rights", read));
}

function onceFor({ cluster, access }: Side, { ownership }: PreflightRequest) {
  return <T>(what: string, read: (client: KubernetesClient) => Promise<T>): Promise<T> =>
    cluster.lookUp(access, `${what} ${ownership.mark}`, read);
}
