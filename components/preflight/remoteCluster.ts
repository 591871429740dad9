import type { KubernetesClient } from "../kubernetes/client";
import { checkClock } from "./clock";
import type { Collected } from "./collected";
import { checkKubernetesVersion } from "./kubernetesVersion";
import { remoteRights } from "./neededRights";
import type { PreflightRequest, Side } from "./preflight";
import { checkProvidedSecrets, checkSecretNamespaces, type ProvidedSecret } from "./providedSecrets";
import { findOnSelf, judgeRemoteObjects } from "./remote";
import { type RemoteObjects, readRemoteObjects } from "./remoteObjects";
import { checkRights } from "./rights";

/** Reads what lies on the remote cluster under the names of the registration, and checks the cluster. */
export async function inspectRemote(
  { cluster, access }: Side,
  request: PreflightRequest,
  collected: Collected,
): Promise<RemoteObjects | undefined> {
  const { settings, generation, ownership, modes } = request;
  const expected = { settings, generation, ownership, ...modes };
  const ask = <T>(what: string, read: (client: KubernetesClient) => Promise<T>) =>
    cluster.lookUp(access, `${what} ${ownership.mark}`, read);

  const [found] = await Promise.all([
    collected.take(ask("objects", (client) => readRemoteObjects(client, expected))),
    ask("rights", (client) => checkAccess(client, request, collected)),
    collected.check(
      ask("version", (client) =>
        checkKubernetesVersion(
          client,
          {
            repository: settings.chartRepository,
            chart: settings.chart,
            version: settings.agentVersion,
            skipCrds: settings.skipCrds,
          },
          generation,
        ),
      ),
    ),
    collected.check(ask("provided", (client) => checkProvidedSecrets(client, providedSecrets(request), new Date()))),
    collected.check(ask("namespaces", (client) => checkNamespaces(client, request))),
  ]);
  collected.add(await ask("clock", async (client) => checkClock(client)));
  if (modes.selfRegistration) {
    // Namespace and Secrets are the hub's own: only the release is to be looked at.
    await collected.check(ask("release", (client) => findOnSelf(client, expected)));
  } else if (found) {
    collected.add(judgeRemoteObjects(found, expected));
  }
  return found;
}

async function checkAccess(
  client: KubernetesClient,
  { settings, modes, tell }: PreflightRequest,
  collected: Collected,
): Promise<void> {
  const { namespace, secrets, skipCrds } = settings;
  const labelNamespace = modes.disableIstioInjection && !modes.createNamespace;
  const use = { namespace, secrets, skipCrds, ...modes, labelNamespace };
  const { findings, manifest } = await checkRights(client, remoteRights(use));
  collected.add(findings);
  if (manifest !== undefined) tell(manifest);
}

function providedSecrets({ settings: { secrets }, modes }: PreflightRequest): ProvidedSecret[] {
  const wantsOwnRoot = modes.certificate === "issued" && !modes.copyRoot && !modes.selfRegistration;
  return [
    ...(wantsOwnRoot ? [{ kind: "root" as const, ...secrets.root }] : []),
    ...(modes.token === "provided" ? [{ kind: "token" as const, ...secrets.token }] : []),
    ...(modes.certificate === "provided" ? [{ kind: "client" as const, ...secrets.client }] : []),
  ];
}

function checkNamespaces(client: KubernetesClient, { settings, modes }: PreflightRequest) {
  const { root, token, client: certificate } = settings.secrets;
  const used = [
    ...(modes.certificate === "issued" && !modes.selfRegistration ? [root] : []),
    ...(modes.token === "none" ? [] : [token]),
    ...(modes.certificate === "none" ? [] : [certificate]),
  ];
  return checkSecretNamespaces(client, used, settings.namespace);
}
