import { type Expectation, judgeClientCertificate, type Verdict } from "../certificate/clientCertificate";
import { dnsNames, parseCertificates } from "../certificate/x509";
import type { KubernetesClient } from "../kubernetes/client";
import { paths, type Secret, secretValue } from "../kubernetes/objects";
import type { BootstrapTokenInputs } from "./inputs";

type Expected = Pick<BootstrapTokenInputs, "clusterName" | "rootCertificate" | "chainToRoot">;
/** What must be known of a registration to find its certificate and to judge it. */
type Wanted = Expected & Pick<BootstrapTokenInputs, "clientSecret">;

/**
 * What the certificate must be by now. Where the remote cluster has no root CA of ours (a certificate of the user's own), there is
 * none that it could be held against: then it must chain to the `ca.crt` beside it alone.
 */
export function expectationOf({ clusterName, rootCertificate, chainToRoot }: Expected): Expectation {
  return { clusterName, rootCertificate, chainToRoot: chainToRoot && rootCertificate !== "", now: new Date() };
}

/** Reads the client certificate that is on the remote cluster now, and judges it. */
export async function judgeLiveCertificate(
  client: KubernetesClient,
  inputs: Wanted,
  signal?: AbortSignal,
): Promise<Verdict> {
  return (await readLiveCertificate(client, inputs, signal)).verdict;
}

/** The same, with the Secret that was judged. */
export async function readLiveCertificate(
  client: KubernetesClient,
  inputs: Wanted,
  signal?: AbortSignal,
): Promise<{ readonly secret: Secret | undefined; readonly verdict: Verdict }> {
  const path = paths.secret(inputs.clientSecret.namespace, inputs.clientSecret.name);
  const secret = await client.find<Secret>(path, { signal });
  return { secret, verdict: judgeClientCertificate(secret, expectationOf(inputs)) };
}

/** True for a Secret that clearly names another cluster: an agent of our name did not write it. */
export function isOfAnotherCluster(secret: Secret, clusterName: string): boolean {
  try {
    const [leaf] = parseCertificates(secretValue(secret, "tls.crt")?.toString("utf8") ?? "");
    return leaf !== undefined && !dnsNames(leaf).includes(clusterName);
  } catch {
    return false;
  }
}
