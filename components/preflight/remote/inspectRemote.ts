import type { SecretPlaces } from "../../glooMesh/settings";
import type { KubernetesClient } from "../../kubernetes/client";
import { checkClock } from "../clock";
import type { Collected } from "../findings/collected";
import type { PreflightRequest, Side } from "../request";
import { checkRights } from "../rights/checkRights";
import { remoteRights } from "../rights/neededRights";
import { judgeRelease, judgeRemoteObjects } from "./foreignObjects";
import { checkKubernetesVersion } from "./kubernetesVersion";
import { checkProvidedSecrets, checkSecretNamespaces, type ProvidedSecret } from "./providedSecrets";
import { type RemoteObjects, readRemoteObjects } from "./remoteObjects";

/** Checks the remote cluster, and reads the objects under the names of the registration. */
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
    ask("rights", (client) => checkRemoteAccess(client, request, collected)),
    collected.check(ask("provided", (client) => checkProvidedSecrets(client, providedSecrets(request), new Date()))),
    collected.check(ask("namespaces", (client) => checkNamespaces(client, request))),
  ]);
  collected.add(await ask("clock", async (client) => checkClock(client)));
  return found;
}

/** Makes the checks that need facts of the management cluster too. */
export async function judgeRemote(
  { cluster, access }: Side,
  { settings, generation, ownership, modes }: PreflightRequest,
  found: RemoteObjects,
  hub: { readonly agentVersion: string | undefined; readonly registered: boolean },
  collected: Collected,
): Promise<void> {
  const expected = { settings, generation, ownership, ...modes };
  // In a self-registration namespace and Secrets belong to the management cluster.
  collected.add(
    modes.selfRegistration ? judgeRelease(found, expected) : judgeRemoteObjects(found, expected, hub.registered),
  );
  const { chart, repository, skipCrds } = settings.agent;
  const choice = { chart, repository, skipCrds, version: hub.agentVersion };
  await collected.check(
    cluster.lookUp(access, `version ${ownership.mark}`, (client) => checkKubernetesVersion(client, choice, generation)),
  );
}

/** Checks the user's rights on the remote cluster. */
export async function checkRemoteAccess(
  client: KubernetesClient,
  { settings, modes, tell }: PreflightRequest,
  collected: Collected,
): Promise<void> {
  const namespace = settings.namespace.name;
  const labelNamespace = modes.disableIstioInjection && !modes.createNamespace;
  const use = { namespace, secrets: secretsOf(settings), skipCrds: settings.agent.skipCrds, ...modes, labelNamespace };
  const { findings, manifest } = await checkRights(client, remoteRights(use), {
    namespaceToMake: modes.createNamespace ? namespace : undefined,
  });
  collected.add(findings);
  if (manifest !== undefined) tell(manifest);
}

function providedSecrets({ settings, modes }: PreflightRequest): ProvidedSecret[] {
  const secrets = secretsOf(settings);
  const wantsOwnRoot = modes.certificate === "issued" && !modes.copyRoot && !modes.selfRegistration;
  return [
    ...(wantsOwnRoot ? [{ kind: "root" as const, ...secrets.root }] : []),
    ...(modes.token === "provided" ? [{ kind: "token" as const, ...secrets.token }] : []),
    ...(modes.certificate === "provided" ? [{ kind: "client" as const, ...secrets.client }] : []),
  ];
}

function secretsOf({ rootCertificate, token, clientCertificate }: SecretPlaces) {
  return { root: rootCertificate.secret, token: token.secret, client: clientCertificate.secret };
}

function checkNamespaces(cluster: KubernetesClient, { settings, modes }: PreflightRequest) {
  const { root, token, client } = secretsOf(settings);
  const used = [
    ...(modes.certificate === "issued" && !modes.selfRegistration ? [root] : []),
    ...(modes.token === "none" ? [] : [token]),
    ...(modes.certificate === "none" ? [] : [client]),
  ];
  return checkSecretNamespaces(cluster, used, settings.namespace.name);
}
