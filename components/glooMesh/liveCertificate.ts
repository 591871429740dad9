import { type Expectation, judgeClientCertificate, type Verdict } from "../certificates/clientCertificate";
import { certificatesIn, dnsNames } from "../certificates/x509";
import type { KubernetesClient } from "../kubernetes/client";
import { paths, type Secret, type SecretPlace, secretValue } from "../kubernetes/objects";

/**
 * The expectation at this moment. If the registration reads no root CA (it is empty: the user provides the certificate), the certificate need
 * only chain to the `ca.crt` beside it.
 */
export function expectationOf({ clusterName, rootCertificate, chainToRoot }: Omit<Expectation, "now">): Expectation {
  return { clusterName, rootCertificate, chainToRoot: chainToRoot && rootCertificate !== "", now: new Date() };
}

/** Reads the client certificate on the remote cluster and judges it. */
export async function readLiveCertificate(
  client: KubernetesClient,
  inputs: Omit<Expectation, "now"> & { readonly clientSecret: SecretPlace },
  signal?: AbortSignal,
): Promise<{ readonly secret: Secret | undefined; readonly verdict: Verdict }> {
  const path = paths.secret(inputs.clientSecret.namespace, inputs.clientSecret.name);
  const secret = await client.find<Secret>(path, { signal });
  return { secret, verdict: judgeClientCertificate(secret, expectationOf(inputs)) };
}

/** True for a Secret whose certificate clearly names another cluster, so that this cluster's agent did not write it. */
export function isOfAnotherCluster(secret: Secret, clusterName: string): boolean {
  const { certificates, unreadable } = certificatesIn(secretValue(secret, "tls.crt"));
  const [leaf] = certificates;
  return leaf !== undefined && unreadable === 0 && !dnsNames(leaf).includes(clusterName);
}
