import { RegistrationError } from "../base/problems";
import { rootCertificateFault } from "../certificates/rootCertificate";
import { certificatesIn } from "../certificates/x509";
import type { KubernetesClient } from "../kubernetes/client";
import { unlessRefused } from "../kubernetes/errors";
import { paths, type Secret, type SecretKeyPlace, secretValue } from "../kubernetes/objects";

/**
 * The relay's root CA certificate from the hub. Only this one key is taken: beside it lies the CA's private key.
 * Throws GMR201 to GMR204.
 */
export async function readRootCertificate(
  client: KubernetesClient,
  { name, namespace, key }: SecretKeyPlace,
  managementNamespace: string,
): Promise<string> {
  const where = `${client.where}, Secret ${namespace}/${name}`;
  const secret = await client.find<Secret>(paths.secret(namespace, name));
  if (!secret) {
    throw await missing(
      client,
      namespace,
      managementNamespace,
      "GMR202",
      "The relay's root CA Secret is missing",
      where,
    );
  }

  const value = secretValue(secret, key)?.toString("utf8");
  if (value === undefined) {
    throw new RegistrationError({
      code: "GMR203",
      what: `The relay's root CA Secret has no ${key}`,
      where,
      next: `put the root CA certificate into the key ${key}, in PEM form`,
    });
  }
  const fault = rootCertificateFault(value, new Date());
  if (fault !== undefined) {
    throw new RegistrationError({
      code: "GMR204",
      what: `The relay's root CA cannot be used`,
      where: `${where}, key ${key}`,
      cause: fault,
      next: "mend the Secret on the management cluster: the agents would trust nothing, or nobody",
    });
  }
  // Only what parses as a certificate goes on: people keep keys beside certificates, and this text reaches state and the remote cluster.
  return certificatesIn(value)
    .certificates.map((certificate) => `${certificate.toString().trim()}\n`)
    .join("");
}

/** Makes sure that there is a token to copy; its value is not kept. Throws GMR201, GMR205, GMR206. */
export async function checkToken(
  client: KubernetesClient,
  source: SecretKeyPlace,
  managementNamespace: string,
): Promise<void> {
  await readToken(client, source, managementNamespace);
}

/** The bootstrap token, for the one place that copies it. Throws GMR201, GMR205, GMR206. */
export async function readToken(
  client: KubernetesClient,
  { name, namespace, key }: SecretKeyPlace,
  managementNamespace: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const where = `${client.where}, Secret ${namespace}/${name}`;
  const secret = await client.find<Secret>(paths.secret(namespace, name), { signal });
  if (!secret) {
    throw await missing(
      client,
      namespace,
      managementNamespace,
      "GMR205",
      "The bootstrap token Secret is missing",
      where,
    );
  }
  const token = secretValue(secret, key);
  if (token === undefined || token.toString("utf8").trim() === "") {
    throw new RegistrationError({
      code: "GMR206",
      what: `The bootstrap token is empty: the Secret has ${secret.data?.[key] === undefined ? "no" : "an empty"} ${key}`,
      where,
      cause: "an agent that is given an empty token crashes",
      next: `put the token into the key ${key}, or let the hub's chart make a new one`,
    });
  }
  return token;
}

/** A missing Secret, or the whole namespace: the second is told when it is the reason. */
async function missing(
  client: KubernetesClient,
  namespace: string,
  managementNamespace: string,
  code: "GMR202" | "GMR205",
  what: string,
  where: string,
): Promise<RegistrationError> {
  // Another namespace than the hub's is the user's own choice, and so is what lies in it.
  if (namespace !== managementNamespace || !(await isCertainlyMissing(client, namespace))) {
    return new RegistrationError({
      code,
      what,
      where,
      cause:
        namespace === managementNamespace
          ? "the hub's installation is incomplete, or [managementNamespace] names another namespace"
          : "nothing of that name is there",
      next: `check with: kubectl -n ${namespace} get secrets`,
    });
  }
  return new RegistrationError({
    code: "GMR201",
    what: `The management cluster has no namespace ${namespace}`,
    where: client.where,
    cause: "Gloo Mesh Enterprise is not installed there, or [managementNamespace] names another namespace",
    next: "install Gloo Mesh Enterprise first, or correct [management] or [managementNamespace]",
  });
}

/** False also for who may not look: who may read Secrets alone knows of a missing Secret, and not of its namespace. */
export async function isCertainlyMissing(client: KubernetesClient, namespace: string): Promise<boolean> {
  const answer = await unlessRefused(client.find(paths.namespace(namespace)).then((found) => ({ found })));
  return answer !== undefined && answer.found === undefined;
}
