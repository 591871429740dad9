import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { ClusterReport, ReportCommand } from "../../../../cli/report/fleetReport";
import { RunRecord } from "../../../../cli/report/runRecord";
import { describePlan } from "../../../../components/plan/plan";
import { absent, nothingThere, registered, rejected } from "../../components/plan/example";

const started = new Date("2026-01-01T00:00:00Z");
const ended = new Date("2026-01-01T00:01:00Z");
const registration = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const fingerprint = "AA:BB";
const notAfter = "2027-01-01T00:00:00.000Z";

const proven = {
  proof: "agent",
  agentVersion: "1.0.4",
  relayServerAddress: "relay:9900",
  certificateFingerprint: fingerprint,
  certificateNotAfter: notAfter,
  tokenExposureSeconds: 2,
};

/** The engine of a run, as far as it tells events; each comes one second after the one before. */
class Engine {
  readonly record: RunRecord;
  private seconds = 0;

  constructor(readonly command: ReportCommand) {
    this.record = new RunRecord({ command, project: "p", stack: "dev", leadDays: 30, startedAt: started });
  }

  tell(event: object): this {
    this.record.take({ sequence: 0, timestamp: 0, ...event } as EngineEvent, this.seconds);
    this.seconds += 1;
    return this;
  }

  urn(name: string, type: string): string {
    return `urn:pulumi:dev::p::${type}::${name}`;
  }

  begin(name: string, type: string, op = "create", diffs: string[] = []): this {
    return this.tell({ resourcePreEvent: { metadata: { op, urn: this.urn(name, type), diffs } } });
  }

  end(name: string, type: string, op = "create", outputs = {}): this {
    return this.tell({ resOutputsEvent: { metadata: { op, urn: this.urn(name, type), new: { outputs } } } });
  }

  fail(name: string, type: string, op = "create"): this {
    return this.tell({ resOpFailedEvent: { metadata: { op, urn: this.urn(name, type) } } });
  }

  say(severity: string, message: string, name?: string, type = registration): this {
    return this.tell({ diagnosticEvent: { severity, message, ...(name ? { urn: this.urn(name, type) } : {}) } });
  }

  step(cluster: string, step: string, op = "create"): this {
    const [name, type] = [`${cluster}-${step}`, `${registration}$kubernetes:x:Y`];
    return this.begin(name, type, op).end(name, type, op);
  }

  /** A registration that goes through all its steps. */
  registers(cluster: string, op = "create", outputs: object = proven): this {
    this.begin(cluster, registration, op).end(cluster, registration, op);
    for (const step of ["preparation", "kubernetes-cluster", "bootstrap-token", "agent", "client-certificate"]) {
      this.step(cluster, step, op);
    }
    return this.end(cluster, registration, op, outputs);
  }

  report() {
    return this.record.report(ended);
  }

  only() {
    const [cluster, ...others] = this.report().clusters;
    assert.ok(cluster);
    assert.deepEqual(others, []);
    return cluster;
  }
}

describe("the record of a run", () => {
  it("knows a proven registration with its facts, and the seconds of each phase", () => {
    const cluster = new Engine("apply").registers("one").only();
    assert.equal(cluster.state, "proven");
    assert.deepEqual(
      [cluster.proof, cluster.agentVersion, cluster.certificateNotAfter, cluster.tokenExposureSeconds],
      ["agent", "1.0.4", notAfter, 2],
    );
    // Begin and end of the component, then two events for each step.
    assert.deepEqual(cluster.seconds, { checks: 2, preparation: 1, agent: 6, certificate: 1 });
  });

  it("takes no time for steps with nothing to do, and knows no changes then", () => {
    const cluster = new Engine("apply").registers("one", "same").only();
    assert.deepEqual(cluster.seconds, { checks: 2 });
    assert.deepEqual(cluster.changes, []);
    assert.equal(cluster.state, "proven");
  });

  it("tells the client certificate from its facts where the list of certificates is missing", () => {
    const { certificates } = new Engine("apply").registers("one").only();
    assert.deepEqual(certificates, [{ kind: "client", subject: "one", fingerprint, notAfter, where: "cluster one" }]);
  });

  it("takes the list of certificates where it is there, and what is no certificate out of it", () => {
    const root = { kind: "root", subject: "CN=root", fingerprint: "CC", notAfter, where: "hub" };
    const outputs = { ...proven, certificates: [root, { ...root, notAfter: "soon" }, "[secret]", { kind: "other" }] };
    assert.deepEqual(new Engine("apply").registers("one", "create", outputs).only().certificates, [root]);
  });

  it("tells problems of ours in their parts, each once", () => {
    const line = "GMR501 no certificate came — context one — it: refused — look; then run pulumi up again\n";
    const engine = new Engine("apply").registers("one");
    engine.say("error", line, "one").say("error", line, "one-agent", `${registration}$kubernetes:helm.sh/v3:Release`);
    assert.equal(engine.only().state, "failed");
    assert.deepEqual(engine.only().problems, [
      {
        severity: "error",
        code: "GMR501",
        what: "no certificate came",
        where: "context one",
        cause: "it: refused",
        next: "look; then run pulumi up again",
      },
    ]);
    assert.equal(engine.report().good, false);
  });

  it("tells several problems of one message, in the words that the engine puts around them", () => {
    const message =
      "<{%reset%}>2 errors occurred:\n\t* GMR507 ended — this run — up\n\t* GMR103 none — there — see\n<{%reset%}>";
    const { problems } = new Engine("apply").say("error", message, "one").only();
    assert.deepEqual(
      problems.map(({ code, what, where, next }) => [code, what, where, next]),
      [
        ["GMR507", "ended", "this run", "up"],
        ["GMR103", "none", "there", "see"],
      ],
    );
  });

  it("masks what others say", () => {
    const secret = "password=hunter2 and 0123456789abcdef0123456789abcdef";
    const [problem] = new Engine("apply").say("error", `helm says ${secret}`, "one").only().problems;
    assert.match(problem?.what ?? "", /^helm says password=\*\*\* and \*\*\*$/);
  });

  it("takes no messages for debugging and no passing ones, whatever they say", () => {
    const engine = new Engine("apply").registers("one").say("debug", "GMR501 x — y — z", "one");
    engine.tell({ diagnosticEvent: { severity: "error", ephemeral: true, message: "GMR501 x — y — z" } });
    engine.say("info#err", "(node:1) Warning: x");
    assert.deepEqual([engine.report().problems, engine.only().problems, engine.only().notes], [[], [], []]);
  });

  it("gives a problem of a cluster's access to its registration, and one of the hub's to the stack", () => {
    const type = "gloo-mesh-relay:index:Cluster";
    const engine = new Engine("apply").say("error", "GMR103 no context — file — see", "one", type);
    engine.say("error", "GMR112 refused — hub — see", "management", type);
    engine.begin("one", registration).end("one", registration);
    assert.equal(engine.only().state, "failed");
    const engineReport = engine.report();
    assert.deepEqual(
      [engineReport.problems.map(({ code }) => code), engineReport.clusters[0]?.problems.map(({ code }) => code)],
      [["GMR112"], ["GMR103"]],
    );
  });

  it("leaves out what is said only because something else failed", () => {
    const engine = new Engine("apply").say("error", "update failed").say("error", "GMR501 x — y — z", "one");
    assert.deepEqual(engine.report().problems, []);
    const alone = new Engine("apply").say("error", "update failed");
    assert.equal(alone.report().problems[0]?.what, "update failed");
  });

  it("is good with warnings alone", () => {
    const engine = new Engine("apply").registers("one").say("warning", "GMR212 near its end — hub — replace it", "one");
    assert.equal(engine.report().good, true);
    assert.equal(engine.only().problems[0]?.severity, "warning");
  });

  it("does not call proven what has lost an object that this run does not put back", () => {
    const gone = "GMR312 The KubernetesCluster gloo-mesh/one of this registration is gone — hub — up --refresh";
    const engine = new Engine("apply").registers("one", "same").say("warning", gone, "one");
    assert.deepEqual([engine.only().state, engine.only().proof, engine.report().good], ["failed", undefined, false]);
    const refreshed = new Engine("apply").registers("one").say("warning", gone, "one");
    assert.deepEqual([refreshed.only().state, refreshed.report().good], ["proven", true]);
  });

  it("takes no other object that is made for the one that is gone", () => {
    const gone = "GMR312 The KubernetesCluster gloo-mesh/one of this registration is gone — hub — up --refresh";
    const engine = new Engine("apply").registers("one", "same").step("one", "validation", "create");
    assert.deepEqual(engine.say("warning", gone, "one").only().state, "failed");
    assert.equal(engine.report().good, false);
  });

  it("calls a registration unfinished when the run ends before its proof", () => {
    const engine = new Engine("apply").begin("one", registration).step("one", "preparation");
    assert.equal(engine.only().state, "unfinished");
    assert.equal(engine.report().good, false);
  });

  it("calls a registration failed when the engine failed at one of its resources, whatever the reason", () => {
    const name = "one-client-certificate";
    const engine = new Engine("apply").begin("one", registration).begin(name, `${registration}$x:y:Z`);
    assert.equal(engine.fail(name, `${registration}$x:y:Z`).only().state, "failed");
  });

  it("believes the stack's outputs of this run that a registration failed, not those of the run before", () => {
    const outputs = { registrations: { one: { ...proven, state: "failed" } } };
    const stackType = "pulumi:pulumi:Stack";
    assert.equal(new Engine("apply").registers("one").end("p-dev", stackType, "same", outputs).only().state, "failed");
    const later = new Engine("apply");
    later.record.takeOutputs(outputs);
    assert.equal(later.registers("one").only().state, "proven");
  });

  it("takes plan and notes of a preview, and the names of what changes, without values", () => {
    const engine = new Engine("preview").say("info", "plan:\n  First.\n  Second.\n", "one");
    engine.say("info", "apiVersion: v1\nkind: Role\n", "one").begin("one", registration);
    engine.begin("one-agent", `${registration}$kubernetes:helm.sh/v3:Release`, "update", ["values", "__inputs"]);
    engine.step("one", "client-certificate", "same");
    const { plan, notes, changes, state } = engine.only();
    assert.deepEqual(plan, ["First.", "Second."]);
    assert.deepEqual(notes, ["apiVersion: v1\nkind: Role"]);
    assert.deepEqual(changes, [
      { resource: "kubernetes:helm.sh/v3:Release one-agent", operation: "update", properties: ["values"] },
    ]);
    assert.equal(state, "changes");
    assert.equal(engine.report().good, true);
  });

  it("knows who leaves, in a preview and after an apply", () => {
    for (const [command, state] of [
      ["preview", "leaves"],
      ["apply", "left"],
    ] as const) {
      const engine = new Engine(command).step("one", "client-certificate", "delete");
      engine.begin("one", registration, "delete").end("one", registration, "delete");
      engine.say("info", "plan:\n  one is no longer declared.", "management", "gloo-mesh-relay:index:Cluster");
      assert.equal(engine.only().state, state);
      assert.deepEqual(engine.report().plan, ["one is no longer declared."]);
    }
  });

  it("finds a drift where anything would change, and none where a refresh alone looks", () => {
    const refreshed = new Engine("drift").step("one", "agent", "refresh").registers("one", "same");
    assert.equal(refreshed.only().state, "unchanged");
    assert.equal(refreshed.report().good, true);
    const changed = new Engine("drift").registers("one", "update");
    assert.equal(changed.report().good, false);
  });

  it("finds a drift of resources that are no registration's, and none of a provider, a read or a refresh", () => {
    const engine = new Engine("drift").registers("one", "same");
    engine.begin("settings", "kubernetes:core/v1:ConfigMap", "refresh");
    engine.begin("settings", "kubernetes:core/v1:ConfigMap", "same");
    engine.begin("others", "pulumi:pulumi:StackReference", "read");
    engine.begin("default_4_34_2", "pulumi:providers:kubernetes", "update");
    assert.equal(engine.report().good, true);
    const changed = new Engine("drift").registers("one", "same").begin("cm", "kubernetes:core/v1:ConfigMap", "update");
    const { good, problems, clusters } = changed.report();
    assert.deepEqual([good, clusters.map(({ state }) => state)], [false, ["unchanged"]]);
    assert.deepEqual(
      problems.map(({ what }) => what),
      ["differs from what the stack declares: update kubernetes:core/v1:ConfigMap cm"],
    );
    const applied = new Engine("apply").registers("one", "same").begin("cm", "kubernetes:core/v1:ConfigMap", "update");
    assert.equal(applied.report().good, true);
  });

  it("keeps the facts of the run before where a cluster cannot be looked at", () => {
    const engine = new Engine("drift");
    engine.record.takeOutputs({ registrations: { one: proven } });
    engine.begin("one", registration, "same").say("error", "GMR112 refused — one — see", "one");
    const { state, certificateNotAfter, certificates, proof } = engine.only();
    assert.deepEqual([state, certificateNotAfter, certificates.length], ["failed", notAfter, 1]);
    assert.equal(proof, undefined, "what was proven once does not hold now");
  });

  describe("knows that the certificate of the run before is lost", () => {
    const root = { kind: "root", subject: "CN=root", fingerprint: "CC", notAfter, where: "the hub" };
    const client = { kind: "client", subject: "CN=one", fingerprint, notAfter, where: "a Secret on one" };
    const signing = { ...client, kind: "intermediate", fingerprint: "DD" };
    const outputs = { registrations: { one: { ...proven, certificates: [root, client, signing] } } };
    const { wanted, situation } = registered("");

    /** A run that finds the cluster with what the one before had proven. */
    const after = (command: ReportCommand) => {
      const engine = new Engine(command);
      engine.record.takeOutputs(outputs);
      return engine;
    };
    const told = ({
      certificateLoss,
      certificateNotAfter,
      certificateFingerprint,
      proof,
      certificates,
    }: ClusterReport) => ({
      certificateLoss,
      facts: [certificateNotAfter, certificateFingerprint, proof].filter((fact) => fact !== undefined),
      certificates: certificates.map(({ kind }) => kind),
    });
    const lost = (certificateLoss: string) => ({ certificateLoss, facts: [], certificates: ["root"] });

    for (const command of ["preview", "drift"] as const) {
      for (const [title, stands, loss] of [
        ["is gone", { ...situation, certificate: { ...situation.certificate, verdict: absent } }, "missing"],
        [
          "is bad",
          { ...situation, certificate: { ...situation.certificate, verdict: rejected("the certificate expired") } },
          "not acceptable",
        ],
        ["went with all of the registration", nothingThere, "missing"],
      ] as const) {
        it(`from the plan of a ${command}: it ${title}`, () => {
          const lines = describePlan(wanted, stands);
          // The component's outputs are those of its last proof.
          const engine = after(command)
            .registers("one", "update")
            .say("info", ["plan:", ...lines].join("\n  "), "one");
          assert.deepEqual(told(engine.only()), lost(loss));
          assert.equal(engine.only().state, "changes");
          assert.equal(engine.report().good, command === "preview");
        });
      }

      it(`not from a ${command} in which it holds`, () => {
        const lines = describePlan(wanted, situation);
        const engine = after(command)
          .registers("one", "same")
          .say("info", ["plan:", ...lines].join("\n  "), "one");
        assert.deepEqual(told(engine.only()), {
          certificateLoss: undefined,
          facts: [notAfter, fingerprint, "agent"],
          certificates: ["root", "client", "intermediate"],
        });
      });
    }

    it("from the problem of an apply that got none", () => {
      for (const [code, loss] of [
        ["GMR501", "missing"],
        ["GMR502", "not acceptable"],
      ] as const) {
        const engine = after("apply").begin("one", registration).say("error", `${code} x — y — z`, "one");
        assert.deepEqual(told(engine.only()), lost(loss));
      }
    });

    it("from a bootstrap in an apply that did not come to its end", () => {
      const engine = after("apply").begin("one", registration).step("one", "bootstrap-token", "update");
      engine.say("error", "GMR507 interrupted — one — up", "one");
      assert.deepEqual(told(engine.only()), lost("missing"));
      assert.equal(told(after("apply").registers("one", "update").only()).certificateLoss, undefined);
    });

    it("from a registration that has left, of which nothing holds", () => {
      const engine = after("apply").step("one", "client-certificate", "delete");
      engine.begin("one", registration, "delete").end("one", registration, "delete");
      assert.deepEqual(told(engine.only()), { certificateLoss: undefined, facts: [], certificates: [] });
    });

    it("and calls none lost that was never known", () => {
      const lines = describePlan(wanted, nothingThere);
      const engine = new Engine("preview").registers("one", "create", {});
      assert.equal(engine.say("info", ["plan:", ...lines].join("\n  "), "one").only().certificateLoss, undefined);
    });
  });

  it("does not take for a fact what is secret or not known yet", () => {
    const outputs = {
      proof: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      agentVersion: "[secret]",
      tokenExposureSeconds: "?",
    };
    const { proof, agentVersion, tokenExposureSeconds } = new Engine("preview")
      .registers("one", "create", outputs)
      .only();
    assert.deepEqual([proof, agentVersion, tokenExposureSeconds], [undefined, undefined, undefined]);
  });

  it("finds a certificate that is due in a drift alone", () => {
    const soon = { ...proven, certificateNotAfter: "2026-01-20T00:00:00.000Z" };
    assert.equal(new Engine("drift").registers("one", "same", soon).report().good, false);
    assert.equal(new Engine("apply").registers("one", "same", soon).report().good, true);
  });

  it("is bad when pulumi itself could not run", () => {
    const engine = new Engine("apply");
    engine.record.fail("error: no stack named 'x' found");
    assert.equal(engine.report().good, false);
  });
});
