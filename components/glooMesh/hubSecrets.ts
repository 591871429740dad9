import { rememberSecret } from "../base/knownSecrets";
import { type Problem, RegistrationError } from "../base/problems";
import { rootCertificateFault } from "../certificates/rootCertificate";
import { certificatesIn, pemOf } from "../certificates/x509";
import type { KubernetesClient } from "../kubernetes/client";
import { kubectl } from "../kubernetes/commands";
import { unlessRefused } from "../kubernetes/errors";
import { paths, type Secret, type SecretKeyPlace, secretValue } from "../kubernetes/objects";

/**
 * Reads the relay's root CA certificate from the management cluster. Takes only this key: the Secret also holds the CA's private key.
 * Throws GMR201 to GMR204.
 */
export async function readRootCertificate(
  client: KubernetesClient,
  source: SecretKeyPlace,
  managementNamespace: string,
): Promise<string> {
  const missing = { code: "GMR202", what: "The relay's root CA Secret is missing" } as const;
  const { secret, where } = await findSecret(client, source, managementNamespace, missing);
  const { key } = source;
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
      next: "fix the Secret on the management cluster: with this root CA no agent could verify the relay server",
    });
  }
  // Only the certificates are returned: people store keys beside them, and the result reaches the state and the remote cluster.
  return certificatesIn(value).certificates.map(pemOf).join("");
}

/** Reads the bootstrap token, for the one place that copies it. Throws GMR201, GMR205, GMR206. */
export async function readToken(
  client: KubernetesClient,
  source: SecretKeyPlace,
  managementNamespace: string,
): Promise<Buffer> {
  const missing = { code: "GMR205", what: "The bootstrap token Secret is missing" } as const;
  const { secret, where } = await findSecret(client, source, managementNamespace, missing);
  const { key } = source;
  const token = secretValue(secret, key);
  if (token === undefined || token.toString("utf8").trim() === "") {
    throw new RegistrationError({
      code: "GMR206",
      what: `The bootstrap token is empty: the Secret has ${secret.data?.[key] === undefined ? "no" : "an empty"} ${key}`,
      where,
      cause: "an agent with an empty token crashes",
      next: `put the token into the key ${key}, or let the chart of the management cluster create a new one`,
    });
  }
  rememberSecret(token);
  return token;
}

/** Finds a Secret on the management cluster. Throws `missing` without it; GMR201 if the whole namespace of Gloo Mesh is missing. */
async function findSecret(
  client: KubernetesClient,
  { name, namespace }: SecretKeyPlace,
  managementNamespace: string,
  missing: Pick<Problem, "code" | "what">,
): Promise<{ readonly secret: Secret; readonly where: string }> {
  const where = `${client.where}, Secret ${namespace}/${name}`;
  const secret = await client.find<Secret>(paths.secret(namespace, name));
  if (secret) return { secret, where };
  // In any other namespace than Gloo Mesh's, the Secret is the user's own.
  const isOfGlooMesh = namespace === managementNamespace;
  if (isOfGlooMesh && (await isCertainlyMissing(client, namespace))) {
    throw new RegistrationError({
      code: "GMR201",
      what: `The management cluster has no namespace ${namespace}`,
      where: client.where,
      cause: "Gloo Mesh Enterprise is not installed there, or [managementNamespace] names another namespace",
      next: "install Gloo Mesh Enterprise first, or correct [management] or [managementNamespace]",
    });
  }
  throw new RegistrationError({
    ...missing,
    where,
    cause: isOfGlooMesh
      ? "the installation of Gloo Mesh Enterprise is incomplete, or [managementNamespace] names another namespace"
      : "no Secret has that name",
    next: `check with: ${kubectl(client.access, namespace, "get", "secrets")}`,
  });
}

/** False also without the right to read namespaces: a user who may only read Secrets cannot distinguish a missing namespace. */
export async function isCertainlyMissing(client: KubernetesClient, namespace: string): Promise<boolean> {
  const answer = await unlessRefused(client.find(paths.namespace(namespace)).then((found) => ({ found })));
  return answer !== undefined && answer.found === undefined;
}
