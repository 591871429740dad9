import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeHealth, repairOf, rootProblems } from "../../../../components/health/health";
import type { HealthView } from "../../../../components/health/healthView";
import { absent, accepted, rejected } from "../plan/example";
import { deployment, manifest, template, view } from "./view";

const edited = deployment({ ...template, spec: { ...template.spec, serviceAccountName: "other" } });
const crashing = { ...deployment(), status: { replicas: 1, availableReplicas: 0 } };
const counted = { connected: true, words: "", waiting: "" };
const notCounted = { connected: false, words: "it counts no agent", waiting: "" };
const { release } = view();
const provided = { isAgentInstalled: false, release: undefined };
const isMissing = (step: "namespace" | "root-certificate") => [
  { step, name: "gloo-mesh", where: "cluster-2", evidence: "it was there", certain: true } as const,
];

interface State {
  readonly title: string;
  readonly seen: Partial<HealthView>;
  readonly why: string;
  /** The codes of all faults, each with the part that it follows from. */
  readonly faults: Readonly<Record<string, string>>;
}

/** Each state has one cause; what follows from it is listed behind it. */
const states: readonly State[] = [
  {
    title: "scaled to 0",
    seen: { deployment: deployment(template, 0), pods: [] },
    why: "the agent's Deployment is scaled to 0",
    faults: { "agent GMR503": "" },
  },
  {
    title: "with a provided agent that its owner scaled to 0",
    seen: { ...provided, deployment: deployment(template, 0), pods: [] },
    why: "the agent's Deployment is scaled to 0",
    faults: { "agent GMR503": "" },
  },
  {
    title: "edited",
    seen: { deployment: edited },
    why: "the agent's Deployment was edited: it differs from its Helm release",
    faults: { "pod template GMR319": "" },
  },
  {
    title: "edited and scaled to 0",
    seen: { deployment: { ...edited, spec: { ...edited.spec, replicas: 0 }, status: {} } },
    why: "the agent's Deployment was edited: it differs from its Helm release",
    faults: { "pod template GMR319": "", "agent GMR503": "pod template" },
  },
  {
    title: "without a relay server, so that the agent crashes and gets no certificate",
    seen: { relayServer: "not available", answers: false, deployment: crashing, certificate: absent },
    why: "the relay server is not available",
    faults: {
      "relay server GMR227": "",
      "agent GMR503": "relay server",
      "client certificate GMR501": "relay server",
    },
  },
  {
    title: "without its KubernetesCluster, so that the agent crashes",
    seen: { hasKubernetesCluster: false, deployment: crashing },
    why: "the KubernetesCluster gloo-mesh/cluster-2 of this registration is gone",
    faults: { "KubernetesCluster GMR312": "", "agent GMR503": "KubernetesCluster" },
  },
  {
    title: "without its release",
    seen: { release: undefined, deployment: undefined, pods: [], certificate: absent },
    why: "the Helm release enterprise-agent does not exist",
    faults: { "Helm release GMR504": "", "agent GMR503": "Helm release", "client certificate GMR501": "Helm release" },
  },
  {
    title: "without its namespace",
    seen: { missing: isMissing("namespace"), release: undefined, deployment: undefined, pods: [], certificate: absent },
    why: "the namespace gloo-mesh of this registration is gone",
    faults: {
      "namespace and root CA GMR312": "",
      "Helm release GMR504": "namespace and root CA",
      "agent GMR503": "Helm release",
      "client certificate GMR501": "Helm release",
    },
  },
  {
    title: "without its root CA, so that the agent crashes",
    seen: { missing: isMissing("root-certificate"), deployment: crashing },
    why: "the Secret gloo-mesh of this registration is gone",
    faults: { "namespace and root CA GMR312": "", "agent GMR503": "namespace and root CA" },
  },
  {
    title: "with a release that failed",
    seen: { release: release && { ...release, status: "failed" } },
    why: "the Helm release enterprise-agent is failed",
    faults: { "Helm release GMR504": "" },
  },
  {
    title: "with a certificate that expired",
    seen: { certificate: rejected("the certificate expired") },
    why: "the client certificate is not acceptable",
    faults: { "client certificate GMR502": "" },
  },
  {
    title: "with a relay server that does not count the agent",
    seen: { count: notCounted },
    why: "the relay server does not count the agent as connected",
    faults: { "relay connection GMR508": "" },
  },
  {
    title: "scaled to 0, and not counted",
    seen: { deployment: deployment(template, 0), count: notCounted },
    why: "the agent's Deployment is scaled to 0",
    faults: { "agent GMR503": "", "relay connection GMR508": "agent" },
  },
];

test("a provided agent has no release and no pod template to judge, and is healthy without", () => {
  const health = judgeHealth(view(provided));
  assert.deepEqual([health.verdict, health.why], ["healthy", ""]);
  const unseen = health.parts.flatMap((one) => (one.state === "not looked at" ? [[one.part, one.why]] : []));
  for (const part of ["Helm release", "pod template"]) {
    assert.deepEqual(
      unseen.find(([name]) => name === part),
      [part, "the agent is provided"],
    );
  }
});

describe("the health of a registration", () => {
  test("is good if every part is, with the connection or without it", () => {
    for (const count of [undefined, counted]) {
      const { verdict, why, parts } = judgeHealth(view({ count }));
      assert.deepEqual([verdict, why], ["healthy", ""]);
      assert.deepEqual(
        parts.filter(({ state }) => state === "bad"),
        [],
      );
    }
  });

  for (const { title, seen, why, faults } of states) {
    test(`is bad ${title}: one cause, and what follows from it`, () => {
      const health = judgeHealth(view(seen));
      assert.deepEqual([health.verdict, health.why], ["unhealthy", why]);
      const found = health.parts.flatMap((one) =>
        one.state === "bad" ? [[`${one.part} ${one.problem.code}`, one.follows ?? ""]] : [],
      );
      assert.deepEqual(Object.fromEntries(found), faults);
      assert.equal(rootProblems(health).length, 1);
      const advice = health.parts.flatMap((one) => (one.state === "bad" && one.follows ? [one] : []));
      for (const { problem, follows } of advice)
        assert.ok(problem.next.startsWith(`fix first: ${follows}`), problem.next);
    });
  }

  test("is unknown if neither the relay server nor its Deployment can be looked at", () => {
    const { verdict, why } = judgeHealth(view({ relayServer: "unknown", answers: false }));
    assert.equal(verdict, "unknown");
    assert.match(
      why,
      /^relay server not looked at: Deployment gloo-mesh\/enterprise-networking cannot be read \(grant get on it\)/,
    );
  });

  test("is unknown if the management cluster cannot be read", () => {
    const { verdict, why } = judgeHealth(view({ hasKubernetesCluster: undefined }));
    assert.deepEqual(
      [verdict, why],
      ["unknown", "KubernetesCluster not looked at: the management cluster cannot be read"],
    );
  });

  test("is bad rather than unknown if one part is bad and another cannot be looked at", () => {
    const seen = { hasKubernetesCluster: undefined, deployment: deployment(template, 0) };
    assert.equal(judgeHealth(view(seen)).verdict, "unhealthy");
  });

  test("takes a relay server that answers, or counts the agent, for available, whatever its Deployment says", () => {
    const seen = [
      { relayServer: "missing", answers: true },
      { relayServer: "not available", answers: false, count: counted },
    ] as const;
    for (const one of seen) assert.equal(judgeHealth(view(one)).verdict, "healthy");
  });

  test("does not ask for a certificate where there is no TLS, or for pods that nobody may list", () => {
    assert.equal(judgeHealth(view({ certificate: undefined, pods: undefined })).verdict, "healthy");
  });

  test("is not known to be good where the agent reports trouble and nobody may read the count", () => {
    const diagnosis = { id: "refused", cause: "the relay server refuses the connection", next: "check" } as const;
    const { verdict, why } = judgeHealth(view({ diagnosis, certificate: accepted }));
    assert.equal(verdict, "unknown");
    assert.match(why, /^relay connection not looked at: .*refuses the connection$/);
  });
});

describe("what up can repair", () => {
  const repair = (seen: Partial<HealthView>) => repairOf(judgeHealth(view(seen)))?.id;

  test("is an agent that someone scaled to 0 or edited, and nothing else", () => {
    assert.equal(repair({}), undefined);
    assert.equal(repair({ deployment: deployment(template, 0) }), "agent-scaled-to-zero");
    assert.equal(repair({ deployment: edited }), "release-edited");
    assert.equal(repair({ deployment: crashing }), undefined);
    assert.equal(repair({ release: undefined, deployment: undefined }), undefined);
  });

  test("names the fields that Helm restores", () => {
    const reason = repairOf(judgeHealth(view({ deployment: edited })));
    assert.match(reason?.sentence ?? "", /: serviceAccountName enterprise-agent → other$/);
    assert.ok(manifest.includes("serviceAccountName"));
  });
});
