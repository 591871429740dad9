import assert from "node:assert/strict";
import { readSecret, secretNames } from "../../sandbox/relay";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { Confidential } from "./leaks";
import type { World } from "./world";

/** The token, the private keys and the credentials of a registration of this cluster. @throws when one of them is not known */
export async function confidentialTexts(world: World, remote: SandboxCluster): Promise<Confidential> {
  const client = await readSecret(remote.kubeConfig, { name: secretNames.client, namespace: "gloo-mesh" });
  return known([...textsOfHub(world, [remote]), ["client key", client?.get("tls.key") ?? ""]]);
}

/** The same without what the agent makes: all that is there before a registration. */
export function textsOfHub({ sandbox }: World, remotes: readonly SandboxCluster[]): Confidential {
  const { certificates, token } = sandbox.hub;
  return known([
    ["token", token()],
    ["root key", certificates.root.privateKeyPem()],
    ["signing key", certificates.signing.privateKeyPem()],
    ["server key", certificates.server.privateKeyPem()],
    ...[sandbox.management, ...remotes].map(({ name, kubeConfig }): [string, string] => [
      `credential of ${name}`,
      kubeConfig.getCurrentUser()?.token ?? "",
    ]),
  ]);
}

function known(entries: readonly (readonly [string, string])[]): Confidential {
  const texts = new Map(entries);
  for (const [name, text] of texts) assert.ok(text.length > 20, `${name} is not known`);
  return texts;
}
