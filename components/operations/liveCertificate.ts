import { judgeClientCertificate, type Verdict } from "../certificate/clientCertificate";
import type { KubernetesClient } from "../kubernetes/client";
import { paths, type Secret } from "../kubernetes/objects";
import type { BootstrapTokenInputs } from "./bootstrapToken";

/** Reads the client certificate that is on the remote cluster now, and judges it. */
export async function judgeLiveCertificate(
  client: KubernetesClient,
  inputs: BootstrapTokenInputs,
  signal?: AbortSignal,
): Promise<Verdict> {
  const secret = await client.find<Secret>(paths.secret(inputs.clientSecret.namespace, inputs.clientSecret.name), {
    signal,
  });
  return judgeClientCertificate(secret, { ...inputs, now: new Date() });
}
