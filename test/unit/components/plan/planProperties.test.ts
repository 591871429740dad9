import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import type { CurrentState } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { describePlan } from "../../../../components/plan/plan";
import type { PlanAction } from "../../../../components/plan/planMessage";
import { deleted } from "../preflight/remote/world";
import { currentStates, desiredStates, secretValue } from "./arbitraries";
import { absent, createPlanWorld, type PlanWorld, previousCluster, withRelease } from "./example";

let world: PlanWorld;

before(async () => {
  world = await createPlanWorld();
});

describe("over all registrations and clusters", () => {
  test("a plan is a headline and short lines, each once, without full stops, keys and values", () => {
    fc.assert(
      fc.property(desiredStates(world), currentStates(world), (desired, current) => {
        const { headline, lines } = describePlan(desired, current);
        assert.ok(lines.length <= 15, `${lines.length} lines`);
        assert.equal(new Set(lines.map(({ text }) => text)).size, lines.length);
        for (const text of [headline, ...lines.map((line) => line.text)]) {
          assert.match(text, /^\S.*[^\s.]$/);
          assert.ok(text.length <= 440, text);
          assert.doesNotMatch(text, /undefined|\[object|\n|-----/);
          assert.ok(!text.includes(secretValue), text);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("the headline names the cluster, and the first line where it exists", () => {
    fc.assert(
      fc.property(desiredStates(world), currentStates(world), (desired, current) => {
        const { action, headline, lines } = describePlan(desired, current);
        assert.match(headline, new RegExp(`^${desired.clusterName}[ ,]`));
        if (action !== "register" && lines[0]) assert.ok(headline.includes(` · ${lines[0].text}`), headline);
      }),
      { numRuns: 1000 },
    );
  });

  test("a plan is unchanged exactly when no line has a sign", () => {
    fc.assert(
      fc.property(desiredStates(world), currentStates(world), (desired, current) => {
        const { action, lines } = describePlan(desired, current);
        const isChange = lines.some(({ sign }) => sign !== " ");
        assert.equal(action !== "unchanged", isChange);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("what differs from a healthy registration", () => {
  type Difference = readonly [string, PlanAction, Partial<DesiredState>, Partial<CurrentState>];
  const differences = (): readonly Difference[] => [
    ["version", "change", { agentVersion: { value: "1.0.13", source: "given as agent.version" } }, {}],
    ["address", "change", { serverAddress: { value: "[::1]:9900", source: "given as relay.serverAddress" } }, {}],
    ["root CA", "change", { rootCertificate: world.newRoot }, {}],
    ["TLS", "change", { certificate: "none", tls: "none" }, {}],
    ["values", "change", { values: { other: true } }, {}],
    ["cluster", "change", { remoteIdentity: previousCluster }, {}],
    ["name", "change", { clusterName: "cluster-3" }, {}],
    ["cluster domain", "change", { clusterDomain: "corp.local" }, {}],
    ["way to end", "change", { leaveRunning: true }, {}],
    ["label", "change", { disableIstioInjection: true }, {}],
    ["namespace", "unchanged", {}, { namespacePresent: false }],
    ["release", "change", {}, { release: undefined }],
    ["root CA Secret", "unchanged", {}, { rootFingerprints: undefined }],
    ["root CA to copy", "change", {}, { rootFingerprints: undefined, ...withRelease({ usesRootSecret: false }) }],
    ["certificate", "change", {}, world.certificate(absent)],
    ["KubernetesCluster", "unchanged", {}, { registered: [] }],
    ["deleted KubernetesCluster", "unchanged", {}, { registered: [], missing: [deleted.kubernetesCluster] }],
    ["token left", "change", {}, { temporaryTokenPresent: true }],
    ["unfinished release", "change", {}, withRelease({ status: "pending-install" })],
    ["failed release", "change", {}, withRelease({ status: "failed" })],
    ["release not recorded", "change", {}, withRelease({ recorded: false })],
  ];

  test("is a change where up changes something, and otherwise a line to know", () => {
    const actions = differences().map(([what, , desired, current]) => [
      what,
      describePlan({ ...world.healthy.desired, ...desired }, { ...world.healthy.current, ...current }).action,
    ]);
    assert.deepEqual(
      actions,
      differences().map(([what, action]) => [what, action]),
    );
  });

  test("is in the lines: a plan has none exactly when nothing differs", () => {
    fc.assert(
      fc.property(fc.subarray([...differences()]), (chosen) => {
        const desired = Object.assign({}, ...chosen.map(([, , change]) => change)) as Partial<DesiredState>;
        const current = Object.assign({}, ...chosen.map(([, , , change]) => change)) as Partial<CurrentState>;
        const [, ...lines] = world.plan(desired, current);
        assert.equal(lines.length === 0, chosen.length === 0, chosen.map(([what]) => what).join());
      }),
      { numRuns: 500 },
    );
  });
});
