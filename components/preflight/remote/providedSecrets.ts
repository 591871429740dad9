import { rootCertificateFault } from "../../certificates/rootCertificate";
import { isCertainlyMissing } from "../../glooMesh/hubSecrets";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { paths, type Secret, type SecretPlace, secretValue } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { UsedSecret } from "./usedSecrets";

const words = {
  root: { what: "root CA", argument: "rootCertificate.provided", copying: "leave rootCertificate.provided out" },
  token: { what: "bootstrap token", argument: "identity", copying: "leave identity out" },
  certificate: { what: "client certificate", argument: "identity", copying: "" },
} as const;

/**
 * Checks that the Secrets that the user provides exist and can be used: GMR313. An error for root CA and token, which the agent needs when it
 * starts; a warning for a client certificate, which cert-manager may create only after the namespace.
 */
export async function checkProvidedSecrets(
  client: KubernetesClient,
  secrets: readonly UsedSecret[],
  now: Date,
): Promise<Finding[]> {
  const all = secrets.filter(({ origin }) => origin === "provided");
  const findings = all.map(async (provided): Promise<Finding[]> => {
    const { kind, name, namespace } = provided;
    const secret = await client.find<Secret>(paths.secret(namespace, name));
    const fault = secret ? faultIn(secret, provided, now) : "it does not exist";
    if (fault === undefined) return [];
    return [
      {
        code: "GMR313",
        severity: kind === "certificate" ? "warning" : "error",
        what: `The Secret with the ${words[kind].what}, which you provide, cannot be used`,
        where: `${client.where}, Secret ${namespace}/${name}, [${words[kind].argument}]`,
        cause: fault,
        next:
          kind === "certificate"
            ? `the proof waits for it; check what creates it, such as cert-manager: ${kubectl(client.access, namespace, "get", "certificates.cert-manager.io")}`
            : `create it before the run, or ${words[kind].copying} to have it copied from the management cluster`,
      },
    ];
  });
  return (await Promise.all(findings)).flat();
}

/** Checks that the namespaces of the Secrets exist, since the registration creates only the agent's: GMR314. */
export async function checkSecretNamespaces(
  client: KubernetesClient,
  secrets: readonly SecretPlace[],
  agentNamespace: string,
): Promise<Finding[]> {
  const namespaces = [...new Set(secrets.map(({ namespace }) => namespace))].filter((one) => one !== agentNamespace);
  const findings = namespaces.map(async (namespace): Promise<Finding[]> => {
    if (!(await isCertainlyMissing(client, namespace))) return [];
    const names = secrets.filter((secret) => secret.namespace === namespace).map(({ name }) => name);
    return [
      {
        code: "GMR314",
        severity: "error",
        what: `The namespace ${namespace} does not exist, and the registration needs a Secret in it`,
        where: `${client.where}, Secret ${[...new Set(names)].map((name) => `${namespace}/${name}`).join(", ")}`,
        cause: `the registration creates only the agent's namespace ${agentNamespace}`,
        next: `create it: ${kubectl(client.access, undefined, "create", "namespace", namespace)}; or leave the Secret's namespace out`,
      },
    ];
  });
  return (await Promise.all(findings)).flat();
}

/** The fault of a Secret, without its content. */
function faultIn(secret: Secret, { kind, key = "ca.crt" }: UsedSecret, now: Date): string | undefined {
  if (kind === "certificate") {
    const empty = ["tls.crt", "tls.key", "ca.crt"].filter((one) => secretValue(secret, one) === undefined);
    return empty.length === 0 ? undefined : `it lacks ${empty.join(", ")}`;
  }
  const value = secretValue(secret, key)?.toString("utf8");
  if (value === undefined || value.trim() === "")
    return `it has ${secret.data?.[key] === undefined ? "no" : "an empty"} ${key}`;
  const fault = kind === "root" ? rootCertificateFault(value, now) : undefined;
  return fault === undefined ? undefined : `${key}: ${fault}`;
}
