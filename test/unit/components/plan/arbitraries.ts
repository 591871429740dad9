import fc from "fast-check";
import { fingerprintsOf } from "../../../../components/certificates/x509";
import type { CurrentState, InstalledRelease } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { deleted } from "../preflight/remote/world";
import { absent, accepted, type PlanWorld, previousCluster, rejected, release, thisCluster } from "./example";

// All registrations and clusters that a plan may have to describe, for properties that hold for each of them.

/** In values of the chart; must never be shown. */
export const secretValue = "never-shown";

const name = fc.constantFrom("cluster-2", "old", "cluster-3");
const identity = fc.constantFrom(thisCluster, previousCluster);
const domain = fc.constantFrom("cluster.local", "corp.local");
const version = fc.constantFrom("1.0.4", "1.0.13", "1.1.0-beta1", "v1.0.4", "latest", "");
const serverAddress = fc.constantFrom("172.18.0.2:31179", "[::1]:9900");
const values = fc.constantFrom({}, release.values, { license: secretValue }, { relay: { x: [secretValue] }, a: null });

const releases: fc.Arbitrary<InstalledRelease> = fc.record({
  name: fc.constant("enterprise-agent"),
  status: fc.constantFrom("deployed", "failed", "pending-install", "superseded"),
  recorded: fc.boolean(),
  chartVersion: fc.option(version, { nil: undefined }),
  clusterName: fc.option(name, { nil: undefined }),
  serverAddress: fc.option(serverAddress, { nil: undefined }),
  insecure: fc.boolean(),
  usesRootSecret: fc.boolean(),
  byOthers: fc.boolean(),
  defaults: fc.constantFrom({}, { relay: { authority: "enterprise-networking.gloo-mesh" } }),
  values,
});

function roots({ oldRoot, newRoot }: PlanWorld): fc.Arbitrary<string> {
  return fc.constantFrom("", oldRoot, newRoot, oldRoot + newRoot, "garbage");
}

export function desiredStates(world: PlanWorld): fc.Arbitrary<DesiredState> {
  return fc
    .record({
      clusterName: name,
      clusterDomain: domain,
      namespace: fc.constant("gloo-mesh"),
      createNamespace: fc.boolean(),
      disableIstioInjection: fc.boolean(),
      installCrds: fc.boolean(),
      leaveRunning: fc.boolean(),
      installAgent: fc.constant(true),
      createKubernetesCluster: fc.constant(true),
      copyRoot: fc.constant(true),
      agentVersion: fc.record({ value: version, source: fc.constant("given as agent.version") }),
      serverAddress: fc.record({ value: serverAddress, source: fc.constant("given as relay.serverAddress") }),
      rootCertificate: roots(world),
      chainToRoot: fc.boolean(),
      reissue: fc.constantFrom("", "2027"),
      chartArguments: fc.subarray(["agent.chart", "agent.repository"]),
      certificate: fc.constantFrom("issued", "provided", "none"),
      selfRegistration: fc.boolean(),
      token: fc.constantFrom("temporary", "retained", "provided"),
      secrets: fc.constant(world.healthy.desired.secrets),
      remoteIdentity: identity,
      values: fc.option(values, { nil: undefined }),
    })
    .map((state) => ({ ...state, tls: state.certificate === "none" ? ("none" as const) : ("mutual" as const) }));
}

export function currentStates(world: PlanWorld): fc.Arbitrary<CurrentState> {
  const { secret } = world.healthy.current.certificate;
  const states = fc.record({
    namespacePresent: fc.boolean(),
    namespaceLabel: fc.constantFrom(undefined, "disabled", "enabled"),
    release: fc.option(releases, { nil: undefined }),
    uninstalled: fc.constantFrom(undefined, "enterprise-agent"),
    rootFingerprints: fc.option(roots(world).map(fingerprintsOf), { nil: undefined }),
    agentPresent: fc.boolean(),
    certificate: fc.record({
      authorities: roots(world).map(fingerprintsOf),
      secret: fc.constant(secret),
      verdict: fc.constantFrom(accepted, absent, rejected("the certificate is for cluster-9")),
    }),
    registered: fc.uniqueArray(
      fc.record({
        name,
        clusterIdentity: fc.option(identity, { nil: undefined }),
        clusterDomain: domain,
        isLeftRunning: fc.boolean(),
      }),
      { selector: (one) => one.name, maxLength: 3 },
    ),
    temporaryTokenPresent: fc.boolean(),
    missing: fc.subarray(Object.values(deleted)),
    otherMarks: fc.subarray(["project/stack/cluster-2"]),
    toTakeOver: fc.subarray([
      { name: "namespace gloo-mesh", owner: "it carries no mark of a registration", isRelease: false },
      { name: "Helm release gloo-mesh/enterprise-agent", owner: "Helm manages it", isRelease: true },
    ]),
  });
  return states
    .map((state) => ({ ...state, uninstalled: state.release ? undefined : state.uninstalled }))
    .map((state) => ({ ...state, missing: state.missing.filter(({ step }) => isAbsent(state, step)) }));
}

/** Only what does not exist can have been deleted. */
function isAbsent(state: Omit<CurrentState, "missing">, step: CurrentState["missing"][number]["step"]): boolean {
  if (step === "namespace") return !state.namespacePresent;
  if (step === "root-certificate") return state.rootFingerprints === undefined;
  return step === "agent" ? (state.release ?? state.uninstalled) === undefined : state.registered.length === 0;
}
