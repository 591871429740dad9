import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { isTakeOver, reasonIdOf } from "../../../../components/glooMesh/reasons";
import type { CurrentState } from "../../../../components/plan/currentState";
import { type Decisions, decide } from "../../../../components/plan/decisions";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { describePlan } from "../../../../components/plan/plan";
import { isReissued } from "../../../../components/plan/rootChanges";
import { deleted } from "../preflight/remote/world";
import { currentStates, desiredStates, secretValue } from "./arbitraries";
import {
  absent,
  createPlanWorld,
  type Example,
  nothingThere,
  type PlanWorld,
  previousCluster,
  rejected,
  release,
  thisCluster,
  withRelease,
} from "./example";

let world: PlanWorld;

before(async () => {
  world = await createPlanWorld();
});

/** A state of the README's healing table, as it differs from a healthy registration, and the reasons that it gives; left out: none. */
interface Damage {
  readonly title: string;
  readonly desired?: () => Partial<DesiredState>;
  readonly current: () => Partial<CurrentState>;
  readonly reasons: Partial<Decisions>;
}

const none: Decisions = { preparation: "", bootstrapToken: "", clientCertificate: "" };
const clientCertificate: PlanWorld["certificate"] = (verdict) => world.certificate(verdict);
const secret = "Secret gloo-mesh/relay-client-tls-secret";
const isMissing = `certificate-missing: ${secret} does not exist`;
const notInstalled = "release-missing: the agent's Helm release is not installed";
/** A release that Helm has to run again for has to be proven again too. */
const again = (reason: string) => ({ preparation: reason, clientCertificate: reason });
const failed = again("release-failed: the Helm release enterprise-agent failed in an earlier run");

const badCertificates: readonly Damage[] = [
  "the certificate expired on 2026-01-01T00:00:00.000Z",
  "the Secret lacks tls.key, ca.crt",
  "the certificate was issued by another root CA than the relay's present one",
  "the certificate does not chain to its own ca.crt",
  "the certificate is for cluster-9",
  "tls.key does not belong to tls.crt",
].map((fault) => ({
  title: `client certificate: ${fault}`,
  current: () => clientCertificate(rejected(fault)),
  reasons: { bootstrapToken: `certificate-not-acceptable: ${secret}: ${fault}` },
}));

const unfinishedReleases: readonly Damage[] = [
  "pending-install",
  "pending-upgrade",
  "pending-rollback",
  "uninstalling",
].flatMap((status) =>
  [true, false].map((recorded) => ({
    title: `Helm release left ${status} by a killed run, ${recorded ? "" : "not "}in Pulumi's state`,
    current: () => withRelease({ status, recorded }),
    reasons: again(`release-pending: an earlier run left the Helm release enterprise-agent ${status}`),
  })),
);

const damages: readonly Damage[] = [
  { title: "nothing", current: () => ({}), reasons: {} },
  {
    title: "no release, of a provided agent",
    desired: () => ({ installAgent: false }),
    current: () => ({ release: undefined }),
    reasons: {},
  },
  {
    title: "no client certificate, of a provided agent",
    desired: () => ({ installAgent: false }),
    current: () => ({ release: undefined, ...clientCertificate(absent) }),
    reasons: { bootstrapToken: isMissing },
  },
  {
    title: "client certificate deleted",
    current: () => clientCertificate(absent),
    reasons: { bootstrapToken: isMissing },
  },
  ...badCertificates,
  {
    title: "client certificate deleted, with a retained token",
    desired: () => ({ token: "retained" }),
    current: () => clientCertificate(absent),
    reasons: { bootstrapToken: isMissing, clientCertificate: isMissing },
  },
  {
    title: "client certificate that the user provides deleted",
    desired: () => ({ certificate: "provided", rootCertificate: "", token: "provided" }),
    current: () => ({ ...clientCertificate(absent), rootFingerprints: undefined }),
    reasons: { bootstrapToken: isMissing, clientCertificate: isMissing },
  },
  {
    title: "client certificate of a self-registration not acceptable",
    desired: () => ({ selfRegistration: true, rootCertificate: "", token: "provided" }),
    current: () => ({ ...clientCertificate(rejected("the certificate is for hub")), rootFingerprints: undefined }),
    reasons: {
      bootstrapToken: `certificate-not-acceptable: ${secret}: the certificate is for hub`,
      clientCertificate: `certificate-not-acceptable: ${secret}: the certificate is for hub`,
    },
  },
  {
    title: "no client certificate, as there is none without TLS",
    desired: () => ({ certificate: "none", tls: "none", rootCertificate: "", token: "provided" }),
    current: () => ({ ...clientCertificate(absent), rootFingerprints: undefined, ...withRelease({ insecure: true }) }),
    reasons: {},
  },
  {
    title: "client certificate due, and another value of clientCertificate.reissue, which is an input itself",
    desired: () => ({ reissue: "2027" }),
    current: () => ({}),
    reasons: {},
  },
  {
    title: "root CA of the hub replaced at once",
    desired: () => ({ rootCertificate: world.newRoot }),
    current: () =>
      clientCertificate(rejected("the certificate was issued by another root CA than the relay's present one")),
    reasons: {
      bootstrapToken: `certificate-not-acceptable: ${secret}: the certificate was issued by another root CA than the relay's present one`,
    },
  },
  {
    title: "root CA of the hub replaced in stages, which is an input itself",
    desired: () => ({ rootCertificate: world.oldRoot + world.newRoot }),
    current: () => ({}),
    reasons: {},
  },
  {
    title: "bootstrap token left behind by a run that failed",
    current: () => ({ temporaryTokenPresent: true }),
    reasons: { bootstrapToken: "token-left-behind: an earlier run left the bootstrap token on the remote cluster" },
  },
  {
    title: "bootstrap token left behind before the certificate was issued",
    current: () => ({ temporaryTokenPresent: true, ...clientCertificate(absent) }),
    reasons: { bootstrapToken: isMissing },
  },
  ...unfinishedReleases,
  {
    title: "Helm release installed but not in Pulumi's state",
    current: () => withRelease({ recorded: false }),
    reasons: again(
      "release-not-recorded: a run that ended before Pulumi recorded it installed the Helm release enterprise-agent",
    ),
  },
  ...[true, false].map((recorded) => ({
    title: `Helm release that failed, ${recorded ? "" : "not "}in Pulumi's state`,
    current: () => withRelease({ status: "failed", recorded }),
    reasons: failed,
  })),
  {
    title: "Helm release uninstalled by someone else with its history kept",
    current: () => ({ release: undefined, uninstalled: "enterprise-agent" }),
    reasons: again(
      "release-uninstalled: someone else uninstalled the Helm release enterprise-agent and kept its history",
    ),
  },
  {
    title: "root CA Secret deleted by someone else",
    current: () => ({ rootFingerprints: undefined, missing: [deleted.rootCertificate] }),
    reasons: {},
  },
  {
    title: "KubernetesCluster deleted by someone else",
    current: () => ({ registered: [], missing: [deleted.kubernetesCluster] }),
    reasons: {},
  },
  {
    title: "Helm release deleted by someone else",
    current: () => ({ release: undefined, missing: [deleted.release] }),
    reasons: { clientCertificate: "release-missing: someone else deleted the Helm release enterprise-agent" },
  },
  {
    title: "namespace deleted by someone else",
    current: () => ({
      ...nothingThere,
      registered: world.healthy.current.registered,
      missing: [deleted.namespace],
    }),
    reasons: { bootstrapToken: isMissing, clientCertificate: notInstalled },
  },
  {
    title: "the context now leads to another cluster",
    current: () => ({
      ...nothingThere,
      registered: [{ name: "cluster-2", clusterIdentity: previousCluster, clusterDomain: "cluster.local" }],
    }),
    reasons: { bootstrapToken: isMissing, clientCertificate: notInstalled },
  },
  {
    title: "label against sidecars missing in a namespace that someone else made",
    desired: () => ({ disableIstioInjection: true, createNamespace: false }),
    current: () => ({}),
    reasons: {
      preparation: "label-missing: the namespace gloo-mesh lacks the label istio-injection=disabled",
    },
  },
  {
    title: "label of a namespace that this registration made, which is an input itself",
    desired: () => ({ disableIstioInjection: true }),
    current: () => ({}),
    reasons: {},
  },
  ...(["disabled", "enabled"] as const).map((namespaceLabel) => ({
    title: `label ${namespaceLabel} in a namespace that someone else made`,
    desired: () => ({ disableIstioInjection: true, createNamespace: false }),
    current: () => ({ namespaceLabel }),
    reasons: {},
  })),
  {
    title: "label missing and Helm release failed",
    desired: () => ({ disableIstioInjection: true, createNamespace: false }),
    current: () => withRelease({ status: "failed" }),
    reasons: failed,
  },
  {
    title: "client certificate deleted and Helm release deleted, with a retained token",
    desired: () => ({ token: "retained" }),
    current: () => ({ ...clientCertificate(absent), release: undefined }),
    reasons: { bootstrapToken: isMissing, clientCertificate: notInstalled },
  },
];

function stateOf({ desired, current }: Damage): Example {
  return {
    desired: { ...world.healthy.desired, ...desired?.() },
    current: { ...world.healthy.current, ...current() },
  };
}

/** The reasons that reach a resource: only a one-time token has one of its own. */
function effective(desired: DesiredState, current: CurrentState): readonly string[] {
  const { bootstrapToken, ...others } = decide(desired, current);
  return [...Object.values(others), ...(desired.token === "temporary" ? [bootstrapToken] : [])].filter(
    (reason) => reason !== "",
  );
}

/** The reasons whose sentence the plan does not say. A plan that registers lists what it creates instead. */
function unsaid(desired: DesiredState, current: CurrentState): readonly string[] {
  const { action, lines } = describePlan(desired, current);
  const texts = lines.map(({ text }) => text);
  const isIn = (part: string) => texts.some((text) => text.includes(part));
  const namesOf = (reason: string) => reason.split(": ").at(-1)?.split("; ") ?? [];
  // What is taken over has a line for each object.
  const isSaid = (reason: string) =>
    isTakeOver(reason) ? namesOf(reason).every(isIn) : isIn(reason.slice(reason.indexOf(": ") + 2));
  return action === "register" ? [] : effective(desired, current).filter((reason) => !isSaid(reason));
}

describe("the reasons for the dynamic resources", () => {
  for (const damage of damages) {
    test(`${damage.title}: decided, and said by the plan`, () => {
      const { desired, current } = stateOf(damage);
      assert.deepEqual(decide(desired, current), { ...none, ...damage.reasons });
      assert.deepEqual(unsaid(desired, current), []);
    });
  }

  test("before the first run say that nothing is there", () => {
    const reasons = { bootstrapToken: isMissing, clientCertificate: notInstalled };
    assert.deepEqual(decide(world.healthy.desired, nothingThere), { ...none, ...reasons });
  });

  test("do not depend on the name, which is an input itself", () => {
    const registered = [{ name: "old", clusterIdentity: thisCluster, clusterDomain: "cluster.local" }];
    assert.deepEqual(decide(world.healthy.desired, { ...world.healthy.current, registered }), none);
  });
});

describe("over all registrations and clusters", () => {
  test("a reason has a known id and one sentence without a full stop and without values", () => {
    fc.assert(
      fc.property(desiredStates(world), currentStates(world), (desired, current) => {
        for (const reason of Object.values(decide(desired, current))) {
          if (reason === "") continue;
          assert.notEqual(reasonIdOf(reason), undefined, reason);
          assert.match(reason, /^[a-z-]+: \S.*[^\s.]$/);
          assert.doesNotMatch(reason, /undefined|\[object|\n|-----/);
          assert.ok(!reason.includes(secretValue), reason);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("a plan says the sentence of each reason, but of a token left behind that a reissue needs", () => {
    fc.assert(
      fc.property(desiredStates(world), currentStates(world), (desired, current) => {
        const needed = isReissued(desired, current) ? ["token-left-behind"] : [];
        const reasons = unsaid(desired, current).map(reasonIdOf);
        assert.deepEqual(
          reasons.filter((id) => !needed.includes(id ?? "")),
          [],
        );
      }),
      { numRuns: 2000 },
    );
  });

  test("a plan without a line leaves every resource without a reason", () => {
    fc.assert(
      fc.property(desiredStates(world), currentStates(world), (desired, current) => {
        const [wanted, found] = alike(desired, current);
        if (describePlan(wanted, found).lines.length === 0) assert.deepEqual(effective(wanted, found), []);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The healthy registration with the flags and the state of the release of these, since two arbitrary states seldom agree. */
function alike(desired: DesiredState, current: CurrentState): readonly [DesiredState, CurrentState] {
  const { createNamespace, disableIstioInjection, token, reissue, chartArguments } = desired;
  const { namespaceLabel, temporaryTokenPresent } = current;
  const { status, recorded } = current.release ?? release;
  return [
    { ...world.healthy.desired, createNamespace, disableIstioInjection, token, reissue, chartArguments },
    { ...world.healthy.current, namespaceLabel, temporaryTokenPresent, ...withRelease({ status, recorded }) },
  ];
}
