import assert from "node:assert/strict";
import { readSecret, secretNames } from "../../sandbox/relay";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { Confidential } from "./leaks";
import type { World } from "./world";

/** The token, the private keys and the credentials of a registration of this cluster. @throws when one of them is not known */
export async function confidentialTexts({ sandbox }: World, remote: SandboxCluster): Promise<Confidential> {
  const { certificates, token } = sandbox.hub;
  const client = await readSecret(remote.kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" });
  const texts = new Map([
    ["token", token()],
    ["root key", certificates.root.privateKeyPem()],
    ["signing key", certificates.signing.privateKeyPem()],
    ["server key", certificates.server.privateKeyPem()],
    ["client key", client?.get("tls.key") ?? ""],
    ...[sandbox.management, remote].map(({ name, kubeConfig }): [string, string] => [
      `credential of ${name}`,
      kubeConfig.getCurrentUser()?.token ?? "",
    ]),
  ]);
  for (const [name, text] of texts) assert.ok(text.length > 20, `${name} is not known`);
  return texts;
}
