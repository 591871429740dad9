import type { Verdict } from "../../../../components/certificates/clientCertificate";
import { fingerprintsOf } from "../../../../components/certificates/x509";
import type { CurrentState, InstalledRelease } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { describePlan } from "../../../../components/plan/plan";
import { planLines } from "../../../../components/plan/planMessage";
import { createRootAuthority } from "../../../sandbox/relay";

/** A registration that exists as it is desired; tests change what they are about. */
export interface Example {
  readonly desired: DesiredState;
  readonly current: CurrentState;
}

export const thisCluster = "11111111-1111-1111-1111-111111111111";
export const previousCluster = "22222222-2222-2222-2222-222222222222";
export const validUntil = "2027-11-22T00:00:00.000Z";

export const accepted: Verdict = {
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

export const rejected = (fault: string): Verdict => ({
  accepted: false,
  missing: false,
  fault,
});

export const absent: Verdict = {
  accepted: false,
  missing: true,
  fault: "the Secret does not exist",
};

export const release: InstalledRelease = {
  name: "enterprise-agent",
  status: "deployed",
  recorded: true,
  chartVersion: "1.0.4",
  clusterName: "cluster-2",
  serverAddress: "172.18.0.2:31179",
  insecure: false,
  usesRootSecret: true,
  byOthers: false,
  defaults: {},
  values: { relay: { cluster: "cluster-2", serverAddress: "172.18.0.2:31179" }, image: { tag: "1.0.4" } },
};

/** Registered and unchanged. `rootCertificate` is a real one, as PEM. */
export function registered(rootCertificate: string): Example {
  return {
    desired: {
      clusterName: "cluster-2",
      clusterDomain: "cluster.local",
      namespace: "gloo-mesh",
      createNamespace: true,
      disableIstioInjection: false,
      installCrds: false,
      leaveRunning: false,
      installAgent: true,
      createKubernetesCluster: true,
      copyRoot: true,
      tls: "mutual",
      agentVersion: { value: "1.0.4", source: "image of Deployment gloo-mesh/enterprise-networking" },
      serverAddress: { value: "172.18.0.2:31179", source: "given as relay.serverAddress" },
      rootCertificate,
      chainToRoot: true,
      reissue: "",
      chartArguments: [],
      certificate: "issued",
      selfRegistration: false,
      token: "temporary",
      secrets: {
        rootCertificate: { secret: { namespace: "gloo-mesh", name: "relay-root-tls-secret" } },
        clientCertificate: { secret: { namespace: "gloo-mesh", name: "relay-client-tls-secret" } },
      },
      remoteIdentity: thisCluster,
      values: release.values,
    },
    current: {
      namespacePresent: true,
      namespaceLabel: undefined,
      release,
      uninstalled: undefined,
      rootFingerprints: fingerprintsOf(rootCertificate),
      agentPresent: true,
      certificate: {
        secret: "gloo-mesh/relay-client-tls-secret",
        verdict: accepted,
        authorities: fingerprintsOf(rootCertificate),
      },
      registered: [{ name: "cluster-2", clusterIdentity: thisCluster, clusterDomain: "cluster.local" }],
      temporaryTokenPresent: false,
      missing: [],
      otherMarks: [],
      toTakeOver: [],
    },
  };
}

/** What exists before the first run. */
export const nothingThere: CurrentState = {
  namespacePresent: false,
  namespaceLabel: undefined,
  release: undefined,
  uninstalled: undefined,
  rootFingerprints: undefined,
  agentPresent: false,
  certificate: { secret: "gloo-mesh/relay-client-tls-secret", verdict: absent, authorities: [] },
  registered: [],
  temporaryTokenPresent: false,
  missing: [],
  otherMarks: [],
  toTakeOver: [],
};

export interface PlanWorld {
  /** PEM of two root CAs; the healthy registration has the old one. */
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly healthy: Example;
  /** The plan for the healthy registration with these changes, as it is logged: the headline and the lines. */
  readonly plan: (desired: Partial<DesiredState>, current: Partial<CurrentState>) => readonly string[];
  /** The healthy registration's client certificate with this verdict. */
  readonly certificate: (verdict: Verdict) => Pick<CurrentState, "certificate">;
}

export async function createPlanWorld(): Promise<PlanWorld> {
  const [older, newer] = await Promise.all([createRootAuthority(), createRootAuthority()]);
  const healthy = registered(older.certificatePem);
  return {
    oldRoot: older.certificatePem,
    newRoot: newer.certificatePem,
    healthy,
    plan: (desired, current) =>
      planLines(describePlan({ ...healthy.desired, ...desired }, { ...healthy.current, ...current })),
    certificate: (verdict) => ({ certificate: { ...healthy.current.certificate, verdict } }),
  };
}

/** The installed release with these changes. */
export function withRelease(changes: Partial<InstalledRelease>): Pick<CurrentState, "release"> {
  return { release: { ...release, ...changes } };
}

/** The plan that changes cluster-2 by these lines. */
export function changeBy(...lines: readonly string[]): readonly string[] {
  return [`change cluster-2 · ${firstOf(lines)}`, ...lines];
}

/** The plan that changes nothing of cluster-2 and has something to say of it. */
export function noChangeBut(...lines: readonly string[]): readonly string[] {
  return [`up to date: cluster-2 · ${firstOf(lines)}`, ...lines];
}

/** The headline repeats the first line and counts the others. */
function firstOf([first = "", ...others]: readonly string[]): string {
  return `${first.slice(2)}${others.length === 0 ? "" : ` (and ${others.length} more)`}`;
}

/** The plan of a healthy registration, with a caveat where there is one. */
export function nothingToDo(unless = ""): readonly string[] {
  return [
    `up to date: cluster-2${unless} · agent 1.0.4 · relay 172.18.0.2:31179 · client certificate until 2027-11-22`,
  ];
}

/** The first 8 bytes of each fingerprint, as the plan shows them. */
export function short(pem: string): string {
  return fingerprintsOf(pem)
    .map((fingerprint) => `${fingerprint.slice(0, 23)}…`)
    .join(" + ");
}
