import { type Expectation, judgeClientCertificate, type Verdict } from "../certificates/clientCertificate";
import { certificatesIn, dnsNames } from "../certificates/x509";
import type { KubernetesClient } from "../kubernetes/client";
import { paths, type Secret, type SecretPlace, secretValue } from "../kubernetes/objects";

/** By what a certificate is judged. */
export interface ExpectedCertificate {
  readonly clusterName: string;
  /** PEM of the root CA that the remote cluster is given; empty where it is given none. */
  readonly rootCertificate: string;
  readonly chainToRoot: boolean;
}

/**
 * What the certificate must be by now. Where the remote cluster has no root CA of ours (a certificate of the user's own), there is
 * none that it could be held against: then it must chain to the `ca.crt` beside it alone.
 */
export function expectationOf({ clusterName, rootCertificate, chainToRoot }: ExpectedCertificate): Expectation {
  return { clusterName, rootCertificate, chainToRoot: chainToRoot && rootCertificate !== "", now: new Date() };
}

/** Reads the client certificate that is on the remote cluster now, and judges it. */
export async function judgeLiveCertificate(
  client: KubernetesClient,
  inputs: ExpectedCertificate & { readonly clientSecret: SecretPlace },
  signal?: AbortSignal,
): Promise<Verdict> {
  return (await readLiveCertificate(client, inputs, signal)).verdict;
}

/** The same, with the Secret that was judged. */
export async function readLiveCertificate(
  client: KubernetesClient,
  inputs: ExpectedCertificate & { readonly clientSecret: SecretPlace },
  signal?: AbortSignal,
): Promise<{ readonly secret: Secret | undefined; readonly verdict: Verdict }> {
  const path = paths.secret(inputs.clientSecret.namespace, inputs.clientSecret.name);
  const secret = await client.find<Secret>(path, { signal });
  return { secret, verdict: judgeClientCertificate(secret, expectationOf(inputs)) };
}

/** True for a Secret that clearly names another cluster: an agent of our name did not write it. */
export function isOfAnotherCluster(secret: Secret, clusterName: string): boolean {
  const { certificates, unreadable } = certificatesIn(secretValue(secret, "tls.crt"));
  const [leaf] = certificates;
  return leaf !== undefined && unreadable === 0 && !dnsNames(leaf).includes(clusterName);
}
