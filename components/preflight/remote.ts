import { certificateFacts, parseCertificates } from "../certificate/x509";
import type { Generation } from "../generation";
import type { KubernetesClient } from "../kubernetes/client";
import { findLatestRevision, ownerOfRevision, type ReleaseRevision } from "../kubernetes/helmRelease";
import { type KubernetesObject, paths, type Secret, secretValue } from "../kubernetes/objects";
import type { Modes } from "../modes";
import { describeOwner, isOurs, type Ownership, ownerOf } from "../ownership";
import { type Problem, RegistrationError } from "../problems";
import type { GivenSettings, SecretPlace } from "../settings";

export interface RemoteExpectation {
  readonly settings: GivenSettings;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly modes: Modes;
}

/**
 * Looks for objects of others under the names that the registration will use on the remote cluster.
 * Throws GMR303 to GMR307 and GMR309. Returns notices about what was found and stops nothing.
 */
export async function checkRemote(client: KubernetesClient, expected: RemoteExpectation): Promise<readonly string[]> {
  const { settings, ownership, modes } = expected;
  const { createNamespace } = modes;
  const namespace = await client.find<KubernetesObject>(paths.namespace(settings.namespace));
  if (!namespace) {
    if (createNamespace) return [];
    throw new RegistrationError({
      code: "GMR306",
      what: `The namespace ${settings.namespace} does not exist`,
      where: client.where,
      cause: "[namespace.create] is false",
      next: "make the namespace first, or let the registration make it",
    });
  }
  if (namespace.metadata.deletionTimestamp !== undefined) {
    throw new RegistrationError({
      code: "GMR309",
      what: `The namespace ${settings.namespace} is being deleted`,
      where: client.where,
      cause: "an earlier destroy is not at its end, or a finalizer holds the namespace",
      next: `wait until it is gone: kubectl wait --for=delete namespace/${settings.namespace} --timeout=120s`,
    });
  }
  if (createNamespace && !isOurs(namespace, ownership)) {
    throw new RegistrationError({
      code: "GMR303",
      what: `The namespace ${settings.namespace} exists and was not made by this registration`,
      where: client.where,
      cause: describeOwner(namespace),
      next:
        ownerOf(namespace) === undefined
          ? "set namespace.create to false to use it as it is; it then stays on destroy"
          : leaveFirst,
    });
  }
  if (!createNamespace && isOurs(namespace, ownership)) {
    throw new RegistrationError({
      code: "GMR307",
      what: `The namespace ${settings.namespace} was made by this registration, which now gives it up`,
      where: `${client.where}, [namespace.create]`,
      cause: "Pulumi deletes what is no longer declared: the namespace would go, with the agent in it",
      next: "leave namespace.create as it was; to move the agent, destroy the registration and make it anew",
    });
  }
  const [problems, notices] = await checkContents(client, expected);
  if (problems.length > 0) throw new RegistrationError(problems);
  return notices;
}

/** Objects of a registration are never to be removed by hand: Pulumi would still delete what then has their names. */
const leaveFirst =
  "destroy that registration first, in a run of its own; if it is this one under a former name, give that name as an alias";

async function checkContents(client: KubernetesClient, expected: RemoteExpectation): Promise<[Problem[], string[]]> {
  const { settings, generation, ownership, modes } = expected;
  const { namespace, secrets } = settings;
  const find = async (wanted: boolean, { namespace, name }: SecretPlace) =>
    wanted ? client.find<Secret>(paths.secret(namespace, name)) : undefined;
  const [root, token, certificate, release] = await Promise.all([
    find(modes.copyRoot, secrets.root),
    find(modes.token === "lent" || modes.token === "retained", secrets.token),
    find(modes.certificate === "issued", secrets.client),
    findLatestRevision(client, namespace, generation.releaseName),
  ]);
  const problems: Problem[] = [];
  for (const secret of [root, token]) {
    if (!secret || isOurs(secret, ownership)) continue;
    problems.push({
      code: "GMR304",
      what: "A Secret under the name that the registration needs exists already",
      where: `${client.where}, Secret ${secret.metadata.namespace}/${secret.metadata.name}`,
      cause: `${describeOwner(secret)}; meshctl leaves such Secrets behind`,
      next:
        ownerOf(secret) === undefined
          ? `if it is a leftover: kubectl -n ${secret.metadata.namespace} delete secret ${secret.metadata.name}`
          : leaveFirst,
    });
  }
  const foreign = release && (await foreignRelease(client, release, expected));
  if (foreign) problems.push(foreign);
  // With none of our objects beside it, the certificate was there before this registration.
  const isLeftover = certificate && !release && !(root && ownerOf(root));
  return [problems, isLeftover ? [leftoverNotice(certificate)] : []];
}

/** All there is to check where the namespace and the Secrets are the hub's own: throws GMR305. */
export async function checkRelease(client: KubernetesClient, expected: RemoteExpectation): Promise<readonly string[]> {
  const { settings, generation } = expected;
  const release = await findLatestRevision(client, settings.namespace, generation.releaseName);
  const foreign = release && (await foreignRelease(client, release, expected));
  if (foreign) throw new RegistrationError(foreign);
  return [];
}

async function foreignRelease(
  client: KubernetesClient,
  release: ReleaseRevision,
  { settings, generation, ownership }: RemoteExpectation,
): Promise<Problem | undefined> {
  const owner = await ownerOfRevision(release);
  if (release.status === "uninstalled" || (owner !== undefined && ownership.accepted.includes(owner))) return undefined;
  return {
    code: "GMR305",
    what: `A Helm release ${generation.releaseName} exists already (revision ${release.revision}, ${release.status})`,
    where: `${client.where}, namespace ${settings.namespace}`,
    cause: owner === undefined ? "it was installed with helm or meshctl" : `it belongs to the registration ${owner}`,
    next:
      owner === undefined
        ? `remove it first: helm -n ${settings.namespace} uninstall ${generation.releaseName}`
        : leaveFirst,
  };
}

function leftoverNotice(secret: Secret): string {
  const name = `${secret.metadata.namespace}/${secret.metadata.name}`;
  let which = "";
  try {
    const [leaf] = parseCertificates(secretValue(secret, "tls.crt")?.toString("utf8") ?? "");
    const facts = leaf && certificateFacts(leaf);
    if (facts)
      which = ` (for ${facts.dnsNames.join(", ")}, valid until ${facts.notAfter}, SHA-256 ${facts.fingerprint})`;
  } catch {
    which = " (it holds no readable certificate)";
  }
  return `A client certificate of an earlier registration lies in Secret ${name}${which}. It proves nothing now: \`up\` removes it and has a new one issued.`;
}
