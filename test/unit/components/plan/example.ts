import { fingerprintsOf, parseCertificates } from "../../../../components/certificates/x509";
import type { CurrentState, InstalledRelease } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";

/** A registration that stands as it is wanted; tests change what they are about. */
export interface Example {
  readonly wanted: DesiredState;
  readonly situation: CurrentState;
}

export const thisCluster = "11111111-1111-1111-1111-111111111111";
export const formerCluster = "22222222-2222-2222-2222-222222222222";
export const validUntil = "2027-11-22T00:00:00.000Z";

export const accepted: CurrentState["certificate"]["verdict"] = {
  accepted: true,
  issuers: [],
  facts: {
    fingerprint: "AA:BB",
    serialNumber: "01",
    subject: "CN=cluster-2",
    issuer: "CN=*.gloo-mesh",
    notBefore: "2026-11-22T00:00:00.000Z",
    notAfter: validUntil,
    dnsNames: ["cluster-2"],
  },
};

export const rejected = (fault: string): CurrentState["certificate"]["verdict"] => ({
  accepted: false,
  missing: false,
  fault,
});

export const absent: CurrentState["certificate"]["verdict"] = {
  accepted: false,
  missing: true,
  fault: "the Secret does not exist",
};

export const release: InstalledRelease = {
  name: "enterprise-agent",
  status: "deployed",
  pending: false,
  recorded: true,
  chartVersion: "1.0.4",
  clusterName: "cluster-2",
  serverAddress: "172.18.0.2:31179",
  insecure: false,
  usesRootSecret: true,
  values: { relay: { cluster: "cluster-2", serverAddress: "172.18.0.2:31179" }, image: { tag: "1.0.4" } },
};

/** Registered and unchanged. `rootCertificate` is a real one, as PEM. */
export function registered(rootCertificate: string): Example {
  return {
    wanted: {
      clusterName: "cluster-2",
      clusterDomain: "cluster.local",
      namespace: "gloo-mesh",
      createNamespace: true,
      disableIstioInjection: false,
      agentVersion: { value: "1.0.4", source: "image of Deployment gloo-mesh/enterprise-networking" },
      serverAddress: { value: "172.18.0.2:31179", source: "given as relay.serverAddress" },
      rootCertificate,
      chainToRoot: true,
      reissue: "",
      chartArguments: [],
      certificate: "issued",
      selfRegistration: false,
      token: "temporary",
      remoteIdentity: thisCluster,
      values: release.values,
    },
    situation: {
      namespacePresent: true,
      namespaceLabel: undefined,
      release,
      rootFingerprints: fingerprintsOf(rootCertificate),
      certificate: {
        secret: "gloo-mesh/relay-client-tls-secret",
        verdict: accepted,
        authorities: fingerprintsOf(rootCertificate),
      },
      registered: [{ name: "cluster-2", clusterIdentity: thisCluster, clusterDomain: "cluster.local" }],
      tokenLent: false,
    },
  };
}

/** What stands before the first run. */
export const nothingThere: CurrentState = {
  namespacePresent: false,
  namespaceLabel: undefined,
  release: undefined,
  rootFingerprints: undefined,
  certificate: { secret: "gloo-mesh/relay-client-tls-secret", verdict: absent, authorities: [] },
  registered: [],
  tokenLent: false,
};

/** As the plan tells it: the first 8 bytes. */
export function short(pem: string): string {
  return parseCertificates(pem)
    .map(({ fingerprint256 }) => `${fingerprint256.slice(0, 23)}…`)
    .join(" + ");
}
