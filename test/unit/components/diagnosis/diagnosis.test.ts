import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type CauseId, causes, nextStep } from "../../../../components/diagnosis/causes";
import { diagnose } from "../../../../components/diagnosis/diagnosis";
import { generations } from "../../../../components/glooMesh/generation";
import type { Pod } from "../../../../components/kubernetes/workloads";
import { cluster } from "./fixtures/cluster";
import { crashing, deployment, type Fixture, place, pod, stateOf, waiting } from "./fixtures/fixture";
import { identity } from "./fixtures/identity";
import { misleading } from "./fixtures/misleading";
import { network } from "./fixtures/network";
import { platform } from "./fixtures/platform";
import { printedFixtures } from "./fixtures/printed";

const groups: Readonly<Record<string, readonly Fixture[]>> = {
  "on the way to the relay server": network,
  "as the sandbox prints it": printedFixtures,
  "certificates, token and registration": identity,
  "the cluster": cluster,
  "agents of 2.x": platform,
  "what misleads": misleading,
};
const fixtures = Object.values(groups).flat();

for (const [group, members] of Object.entries(groups)) {
  describe(`the root cause: ${group}`, () => {
    for (const fixture of members) {
      test(`${fixture.name}: ${fixture.expected}`, () => {
        const diagnosis = diagnose(stateOf(fixture), place, fixture.subject);
        assert.equal(diagnosis.id, fixture.expected, diagnosis.evidence);
        assert.ok(diagnosis.cause.startsWith(causes[fixture.expected].cause));
        assert.notEqual(diagnosis.next, "");
      });
    }
  });
}

describe("the fixtures", () => {
  test("are at least 80, 15 of them misleading, each with a name of its own and a source", () => {
    assert.ok(fixtures.length >= 80 && misleading.length >= 15, `${fixtures.length}, ${misleading.length}`);
    assert.equal(new Set(fixtures.map(({ name }) => name)).size, fixtures.length);
    for (const { name, source } of fixtures) assert.notEqual(source, "", name);
  });

  test("have one for each cause that an agent can show; the hub's own is tested with the hub", () => {
    const expected = new Set(fixtures.map((fixture) => fixture.expected));
    const missing = (Object.keys(causes) as CauseId[]).filter((id) => !expected.has(id) && id !== "hub-not-running");
    assert.deepEqual(missing, []);
  });

  test("give evidence wherever a text was the reason", () => {
    for (const fixture of [...network, ...identity]) {
      assert.ok(diagnose(stateOf(fixture), place, fixture.subject).evidence, fixture.name);
    }
  });
});

test("an event whose reason is a word of JavaScript is no cause", () => {
  const event = { metadata: { name: "valueOf" }, type: "Warning", reason: "valueOf" };
  const found = diagnose({ deployment, pods: [waiting("ContainerCreating")], log: [], events: [event] }, place);
  assert.equal(found.id, "starting");
});

test("a crash reports exit code, restarts, the last line of the log and a command for it", () => {
  const diagnosis = diagnose({ deployment, pods: [crashing({ exitCode: 3 })], log: ["last words"], events: [] }, place);
  assert.equal(diagnosis.evidence, "exit code 3, 3 restarts: last words");
  assert.equal(
    diagnosis.next,
    "read the log: kubectl --context cluster-2 -n gloo-mesh logs --previous enterprise-agent-7d9f8b6c54-x2x7k",
  );
});

test("a continuing crash keeps its cause, so that it is reported once", () => {
  const looks = [3, 4]
    .map((restartCount) => ({ ...crashing({ exitCode: 3 }), restartCount }))
    .map((one) => {
      const [container] = one.status?.containerStatuses ?? [];
      const status = {
        ...one.status,
        containerStatuses: container ? [{ ...container, restartCount: one.restartCount }] : [],
      };
      return diagnose({ deployment, pods: [{ ...one, status }], log: [], events: [] }, place);
    });
  assert.notEqual(looks[0]?.evidence, looks[1]?.evidence);
  assert.equal(looks[0]?.cause, looks[1]?.cause);
});

test("every command in a next step names its cluster, and a namespace for an object with one", () => {
  const clusterScoped =
    /get nodes|describe nodes|get crds|get kubernetesclusters -A|get validatingwebhookconfigurations|get priorityclasses|wait --for=delete namespace/;
  const commands = (Object.keys(causes) as CauseId[]).flatMap((id) =>
    [...nextStep(id, place).matchAll(/\b(?:kubectl|helm) [^;,]*/g)].map(([command]) => command),
  );
  assert.equal(commands.length, 29);
  for (const command of commands) {
    assert.match(command, /^(?:kubectl --context|helm --kube-context) (?:cluster-2|management) /);
    assert.notEqual(command.includes(" -n gloo-mesh "), clusterScoped.test(command), command);
  }
});

test("no next step names an object of another generation", () => {
  const [other, own] = [generations["1.x"], generations["2.x"]];
  const names = [other.agentName, other.relayServer.name, other.releaseName];
  for (const id of Object.keys(causes) as CauseId[]) {
    const ofOther = nextStep(id, place);
    const ofOwn = nextStep(id, {
      ...place,
      agentName: own.agentName,
      releaseName: own.releaseName,
      relayServerName: own.relayServer.name,
    });
    for (const name of names) assert.ok(!ofOwn.includes(name), `${id}: ${ofOwn}`);
    assert.equal(
      names.some((name) => ofOther.includes(name)),
      ofOther !== ofOwn,
      id,
    );
  }
});

test("commands for the management cluster name the management cluster", () => {
  assert.deepEqual(
    [nextStep("cluster-unknown", place), nextStep("hub-not-running", place)],
    [
      "check on the management cluster: kubectl --context management get kubernetesclusters -A",
      "check on the management cluster: kubectl --context management -n gloo-mesh get deployment,pods -l app=enterprise-networking",
    ],
  );
});

test("a long text of a registry is cut around the words that show the cause", () => {
  const image = "registry.example.com/a-long-path/of-a-mirror/gloo-mesh/enterprise-agent:1.0.4";
  const message =
    `Back-off pulling image "${image}": ErrImagePull: rpc error: code = Unknown desc = failed to pull and unpack image ` +
    `"${image}": failed to resolve reference "${image}": failed to do request: Head "https://${image}": ` +
    "dial tcp: lookup registry.example.com on 10.96.0.10:53: no such host";
  const pods = [waiting("ImagePullBackOff", message)];
  assert.match(diagnose({ deployment, pods, log: [], events: [] }, place).evidence ?? "", /no such host/);
});

test("a diagnosis never carries a token of the log", () => {
  const token = "123e4567-e89b-12d3-a456-426614174000";
  const log = [`rpc error: code = Unauthenticated desc = token ${token} rejected`];
  assert.ok(!JSON.stringify(diagnose({ deployment, pods: [pod()], log, events: [] }, place)).includes(token));
});

test("over all states: a diagnosis with a cause and a next step, and never a throw", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("CrashLoopBackOff", "ErrImagePull", "ContainerCreating", "not found", "FailedMount"),
  );
  const ended = fc.record({ exitCode: fc.integer(), reason: text, message: text }, { requiredKeys: ["exitCode"] });
  const containerState = fc.record(
    {
      waiting: fc.record({ reason: text, message: text }, { requiredKeys: [] }),
      terminated: ended,
      running: fc.constant({}),
    },
    { requiredKeys: [] },
  );
  const containers = fc.array(
    fc.record(
      { name: text, ready: fc.boolean(), restartCount: fc.nat(), state: containerState, lastState: containerState },
      { requiredKeys: ["name", "ready", "restartCount"] },
    ),
  );
  const conditions = fc.array(
    fc.record({
      type: fc.constantFrom("PodScheduled", "Ready"),
      status: fc.constantFrom("True", "False"),
      message: text,
    }),
  );
  const pods = fc.array(
    fc.record(
      {
        metadata: fc.record({ name: text }),
        status: fc.record(
          {
            phase: text,
            reason: text,
            message: text,
            conditions,
            containerStatuses: containers,
            initContainerStatuses: containers,
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["metadata"] },
    ),
  );
  const events = fc.array(
    fc.record({ metadata: fc.record({ name: text }), reason: text, message: text }, { requiredKeys: ["metadata"] }),
  );
  const subject = fc.record(
    { serverAddress: text, authority: text, certificatePresent: fc.boolean() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(pods, fc.array(fc.string({ unit: "binary" })), events, subject, (found, log, seen, about) => {
      const diagnosis = diagnose({ deployment, pods: found as Pod[], log, events: seen }, place, about);
      assert.ok(diagnosis.id in causes && diagnosis.cause !== "" && diagnosis.next !== "");
    }),
  );
});

test("docs/reference/root-causes.md lists every cause, with its sentence and next step", () => {
  const document = readFileSync(join(process.cwd(), "docs/reference/root-causes.md"), "utf8");
  for (const id of Object.keys(causes) as CauseId[]) {
    const row = document.split("\n").find((line) => line.startsWith(`| \`${id}\` |`)) ?? "";
    assert.ok(row.includes(` ${causes[id].cause} |`) && row.endsWith(`| ${nextStep(id, place)} |`), id);
  }
});

test("the cut of a long line leaves no half of a secret", () => {
  const words = "dial tcp 172.18.0.2:31179: connect: connection refused ";
  const line = `${words.padStart(4090)}Xb9aQz81KpW7tymN4cRf2LsV0eHgU61oJdI3xk`;
  const diagnosis = diagnose(stateOf({ name: "", source: "", expected: "refused", log: [line] }), place);
  assert.equal(diagnosis.id, "refused");
  assert.doesNotMatch(diagnosis.evidence ?? "", /Xb9/);
});
