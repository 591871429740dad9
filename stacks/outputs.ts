import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";
import { parseProblem } from "../components/base/problems";

/**
 * The result of a registration in one line: proven, in this run or in an earlier one without a change since, or failed with its first problem. A
 * failure does not hide the outputs of other registrations. The run still fails, since Pulumi gets the error from the registration's resources.
 */
export function registrationLine(registration: GlooMeshRelayRegistration): pulumi.Output<string> {
  const { proof, agentVersion, relayServerAddress, clientCertificate } = registration;
  const proven = pulumi
    .output({ proof, agentVersion, relayServerAddress, clientCertificate })
    .apply(({ proof, agentVersion, relayServerAddress, clientCertificate }) =>
      [
        `proven: agent ${agentVersion}`,
        `relay ${relayServerAddress}`,
        clientCertificate ? `client certificate until ${day(clientCertificate.notAfter)}` : "without TLS",
        `proof ${proof}`,
      ].join(" · "),
    );
  return pulumi.recover(proven, failedLine);
}

/** The certificates of the management cluster, one line each. All registrations share them, so that each is listed once. */
export function certificateLines(registrations: Iterable<GlooMeshRelayRegistration>): pulumi.Output<string[]> {
  const known = [...registrations].map(({ certificates }) => pulumi.recover(certificates, () => []));
  return pulumi.output(known).apply((lists) => {
    const lines = lists
      .flatMap(ofManagementCluster)
      .map(({ kind, subject, notAfter }) => `${kind} ${subject} until ${day(notAfter)}`);
    return [...new Set(lines)];
  });
}

/** The certificates without those in the Secret of the client certificate. */
function ofManagementCluster(certificates: readonly CertificateExpiry[]): readonly CertificateExpiry[] {
  const places = new Set(certificates.filter(({ kind }) => kind === "client").map(({ where }) => where));
  return certificates.filter(({ where }) => !places.has(where));
}

/** The result of a registration that was not proven, in one line. */
export function failedLine(error: unknown): string {
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  // The SDK puts the outputs that wait for it in front, one after the other.
  const text = first.replace(/^(?:error serializing property "[^"]*": )+/, "");
  const problem = parseProblem(text);
  return `failed: ${problem ? `${problem.code} ${problem.what}` : (failedChild(text) ?? text)}`;
}

/** Undefined unless it is the SDK's text for a resource that Pulumi could not write. Its cause is in the error of that resource alone. */
function failedChild(text: string): string | undefined {
  const [, name = ""] = /^(?:resource|failed to register new resource) (\S+) \[/.exec(text) ?? [];
  const found = Object.entries(children).find(([suffix]) => name.endsWith(`-${suffix}`));
  return found && `${found[1]} could not be written; the error of ${name} says why`;
}

/** What Pulumi's own plugins write, by the suffix of the resource's name. */
const children: Readonly<Record<string, string>> = {
  namespace: "the namespace on the remote cluster",
  "root-certificate": "the root CA Secret on the remote cluster",
  "kubernetes-cluster": "the KubernetesCluster on the management cluster",
  "bootstrap-token": "the token on the remote cluster",
  agent: "the agent's Helm release on the remote cluster",
};

/** The day of a time in ISO 8601. */
function day(time: string): string {
  return time.slice(0, 10);
}
