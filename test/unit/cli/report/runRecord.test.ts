import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { ClusterReport, ReportCommand } from "../../../../cli/report/fleetReport";
import { factsIn, registrationsIn } from "../../../../cli/report/registrationFacts";
import { toJunit } from "../../../../cli/report/reportJunit";
import { RunRecord } from "../../../../cli/report/runRecord";
import { formatPlan, type PlanAction } from "../../../../components/plan/planMessage";

const started = new Date("2026-01-01T00:00:00Z");
const ended = new Date("2026-01-01T00:01:00Z");
const registration = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const fingerprint = "AA:BB";
const notAfter = "2027-01-01T00:00:00.000Z";

const proven = {
  proof: "agent",
  agentVersion: "1.0.4",
  relayServerAddress: "relay:9900",
  clientCertificate: { fingerprint, notAfter, serialNumber: "1", dnsNames: ["one"] },
  tokenExposureSeconds: 2,
};

/** A plan of one line, as the component logs it. */
const planned = (action: PlanAction, headline = "one") =>
  formatPlan({ action, headline, lines: [{ sign: "~", text: "agent 1.0.4" }] });

/** The engine of a run, as far as events go; each comes one second after the one before. */
class Engine {
  readonly record: RunRecord;
  private seconds = 0;

  constructor(readonly command: ReportCommand) {
    this.record = new RunRecord({ command, project: "p", stack: "dev", leadDays: 30, startedAt: started });
  }

  take(event: object): this {
    this.record.take({ sequence: 0, timestamp: 0, ...event } as EngineEvent, this.seconds);
    this.seconds += 1;
    return this;
  }

  urn(name: string, type: string): string {
    return `urn:pulumi:dev::p::${type}::${name}`;
  }

  begin(name: string, type: string, op = "create", diffs: string[] = [], inputs = {}): this {
    const state = op === "delete" ? { old: { inputs } } : { new: { inputs } };
    return this.take({ resourcePreEvent: { metadata: { op, urn: this.urn(name, type), diffs, ...state } } });
  }

  end(name: string, type: string, op = "create", outputs = {}): this {
    return this.take({ resOutputsEvent: { metadata: { op, urn: this.urn(name, type), new: { outputs } } } });
  }

  fail(name: string, type: string, op = "create"): this {
    return this.take({ resOpFailedEvent: { metadata: { op, urn: this.urn(name, type) } } });
  }

  say(severity: string, message: string, name?: string, type = registration): this {
    return this.take({ diagnosticEvent: { severity, message, ...(name ? { urn: this.urn(name, type) } : {}) } });
  }

  step(cluster: string, step: string, op = "create", inputs = {}): this {
    const [name, type] = [`${cluster}-${step}`, `${registration}$kubernetes:x:Y`];
    return this.begin(name, type, op, [], inputs).end(name, type, op);
  }

  /** A registration that goes through all its steps, some of which have inputs that matter here. */
  registers(
    cluster: string,
    op = "create",
    outputs: object = proven,
    inputs: Readonly<Record<string, object>> = {},
  ): this {
    this.begin(cluster, registration, op).end(cluster, registration, op);
    for (const step of ["preparation", "kubernetes-cluster", "bootstrap-token", "agent", "client-certificate"]) {
      const seen = step === "preparation" ? { health: { verdict: "healthy", why: "" } } : {};
      this.step(cluster, step, op, { ...seen, ...inputs[step] });
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

  it("lists the client certificate by its facts where the list of certificates is missing", () => {
    const { certificates } = new Engine("apply").registers("one").only();
    assert.deepEqual(certificates, [{ kind: "client", subject: "one", fingerprint, notAfter, where: "cluster one" }]);
  });

  it("takes the list of certificates from the outputs, without what is no certificate", () => {
    const root = { kind: "root", subject: "CN=root", fingerprint: "CC", notAfter, where: "hub" };
    const outputs = { ...proven, certificates: [root, { ...root, notAfter: "soon" }, "[secret]", { kind: "other" }] };
    assert.deepEqual(new Engine("apply").registers("one", "create", outputs).only().certificates, [root]);
  });

  it("lists problems of this package in their parts, each once", () => {
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

  it("takes no code from what a plugin quotes of a cluster", () => {
    const forged =
      "error: admission webhook says: no\nGMR304 The Secret is foreign — here — why — kubectl delete all\u202e";
    const { problems } = new Engine("apply")
      .registers("one")
      .say("error", forged, "one-agent", `${registration}$kubernetes:helm.sh/v3:Release`)
      .only();
    assert.deepEqual(
      problems.map(({ code, where }) => [code, where]),
      [[undefined, undefined]],
    );
    assert.doesNotMatch(problems[0]?.what ?? "", /\n|\u202e/);
  });

  it("finds several problems in one message of the engine", () => {
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

  it("masks the messages of others", () => {
    const secret = "password=hunter2 and 0123456789abcdef0123456789abcdef";
    const [problem] = new Engine("apply").say("error", `helm says ${secret}`, "one").only().problems;
    assert.match(problem?.what ?? "", /^helm says password=\*\*\* and \*\*\*$/);
  });

  it("takes no messages for debugging and no passing ones, whatever they say", () => {
    const engine = new Engine("apply").registers("one").say("debug", "GMR501 x — y — z", "one");
    engine.take({ diagnosticEvent: { severity: "error", ephemeral: true, message: "GMR501 x — y — z" } });
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

  it("leaves out messages that only repeat another failure", () => {
    const engine = new Engine("apply").say("error", "update failed").say("error", "GMR501 x — y — z", "one");
    assert.deepEqual(engine.report().problems, []);
    const alone = new Engine("apply").say("error", "update failed");
    assert.equal(alone.report().problems[0]?.what, "update failed");
  });

  it("is good with warnings alone", () => {
    const engine = new Engine("apply").registers("one").say("warning", "GMR212 expires soon — hub — replace it", "one");
    assert.equal(engine.report().good, true);
    assert.equal(engine.only().problems[0]?.severity, "warning");
  });

  it("does not call a registration proven whose missing object this run does not restore", () => {
    const missing = { preparation: { missing: ["kubernetes-cluster"] } };
    const engine = new Engine("apply").registers("one", "same", proven, missing);
    engine.say("warning", "GMR312 in whatever words — hub — up --refresh", "one");
    assert.deepEqual([engine.only().state, engine.only().proof, engine.report().good], ["failed", undefined, false]);
    assert.match(toJunit(engine.report()), /<failure message="in whatever words" type="GMR312">/);
    const refreshed = new Engine("apply").registers("one", "create", proven, missing);
    assert.deepEqual([refreshed.only().state, refreshed.report().good], ["proven", true]);
  });

  it("calls a registration proven that was unhealthy for want of an object which this run has created again", () => {
    const health = {
      verdict: "unhealthy",
      why: "the Secret gloo-mesh/relay-root-tls-secret of this registration is gone",
    };
    const missing = { preparation: { missing: ["root-certificate"], health } };
    const left = new Engine("apply").registers("one", "same", proven, missing);
    assert.equal(left.only().state, "failed");
    const restored = new Engine("apply")
      .registers("one", "same", proven, missing)
      .step("one", "root-certificate", "create");
    assert.equal(restored.only().state, "proven");
  });

  it("does not count another created object as the missing one", () => {
    const missing = { preparation: { missing: ["kubernetes-cluster"] } };
    const engine = new Engine("apply").registers("one", "same", proven, missing).step("one", "validation", "create");
    assert.equal(engine.only().state, "failed");
    assert.equal(engine.report().good, false);
  });

  it("takes inputs of another form, and names that are no step, for none that are missing", () => {
    for (const missing of [undefined, "kubernetes-cluster", [1, null, "other"], { agent: true }]) {
      const inputs = { preparation: { missing, reason: 7 } };
      assert.equal(new Engine("apply").registers("one", "same", proven, inputs).only().state, "proven");
    }
  });

  it("reads the registrations of a state, of any parent, and nothing of its secrets or of other resources", () => {
    const ciphertext = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };
    const resources = [
      { urn: "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", outputs: { registrations: { one: "proven" } } },
      {
        urn: `urn:pulumi:dev::p::my:own:Fleet$${registration}::one`,
        modified: "2026-01-01T10:00:00.5Z",
        outputs: { ...proven, agentVersion: ciphertext },
      },
      {
        urn: `urn:pulumi:dev::p::${registration}$pulumi-nodejs:dynamic:Resource::one-client-certificate`,
        modified: "2026-01-01T10:00:00.5Z",
        outputs: proven.clientCertificate,
      },
      { urn: `urn:pulumi:dev::p::${registration}::two`, modified: "then", outputs: { clientCertificate: ciphertext } },
      { urn: 1 },
    ];
    const {
      agentVersion: _,
      clientCertificate: { fingerprint, notAfter },
      ...facts
    } = proven;
    assert.deepEqual(
      [...registrationsIn({ version: 3, deployment: { resources } })],
      [
        [
          "one",
          {
            facts: { ...facts, certificateFingerprint: fingerprint, certificateNotAfter: notAfter },
            seenAt: new Map([[fingerprint, "2026-01-01T10:00:00.500Z"]]),
            urns: [resources[1]?.urn, resources[2]?.urn],
          },
        ],
        ["two", { facts: {}, seenAt: new Map(), urns: [resources[3]?.urn] }],
      ],
    );
    for (const none of [undefined, [], {}, { deployment: null }, { deployment: { resources: {} } }]) {
      assert.deepEqual([...registrationsIn(none)], []);
    }
  });

  describe("takes an earlier proof for a fact of the past", () => {
    const seen = (verdict: string, why = "") => ({ preparation: { health: { verdict, why } } });
    const unhealthy = seen("unhealthy", "the agent's Deployment is scaled to 0");
    const states: readonly [
      command: ReportCommand,
      op: string,
      inputs: Record<string, object>,
      state: string,
      good: boolean,
    ][] = [
      ["apply", "same", seen("healthy"), "proven", true],
      ["apply", "same", unhealthy, "unhealthy", true],
      ["apply", "same", seen("unknown", "the relay server"), "unknown", true],
      ["apply", "update", unhealthy, "proven", true],
      ["drift", "same", seen("healthy"), "unchanged", true],
      ["drift", "same", unhealthy, "unhealthy", false],
      ["drift", "same", seen("unknown", "the relay server"), "unknown", false],
      ["drift", "update", unhealthy, "changes", false],
      ["preview", "same", unhealthy, "unhealthy", true],
      ["preview", "same", { preparation: { health: "odd" } }, "unknown", true],
    ];
    for (const [command, op, inputs, state, good] of states) {
      it(`${command}, ${op}, ${JSON.stringify(inputs["preparation"])}: ${state}`, () => {
        const engine = new Engine(command).registers("one", op, proven, inputs);
        assert.deepEqual([engine.only().state, engine.report().good], [state, good]);
        assert.equal(
          engine.only().proof,
          state === "proven" || state === "unchanged" || state === "changes" ? "agent" : undefined,
        );
      });
    }
  });

  it("knows the registrations that ended the run before it came to others, and none if it came to all", () => {
    const ends = (engine: Engine) => engine.record.endedBy().map(({ name }) => name);
    const refused = (engine: Engine) => engine.say("error", "GMR112 refused — two — see", "two");
    const begun = new Engine("drift").begin("one", registration, "same").begin("two", registration, "same");
    assert.deepEqual(ends(begun), []);
    assert.deepEqual(ends(refused(begun)), ["two"]);
    assert.deepEqual(
      ends(refused(new Engine("drift").registers("one", "same").begin("two", registration, "same"))),
      [],
    );
    // An object that someone else deleted ends no run.
    const missing = { preparation: { missing: ["kubernetes-cluster"] } };
    assert.deepEqual(
      ends(new Engine("drift").begin("one", registration, "same").registers("two", "same", proven, missing)),
      [],
    );
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

  it("takes plan and notes of a preview, and the names of what changes, without values", () => {
    const engine = new Engine("preview").say("info", `<{%reset%}>${planned("change")}<{%reset%}>\n`, "one");
    engine.say("info", "apiVersion: v1\nkind: Role\n", "one").begin("one", registration);
    engine.begin("one-agent", `${registration}$kubernetes:helm.sh/v3:Release`, "update", ["values", "__inputs"]);
    engine.step("one", "client-certificate", "same");
    const { plan, notes, changes, state } = engine.only();
    assert.deepEqual(plan, ["change one", "~ agent 1.0.4"]);
    assert.deepEqual(notes, ["apiVersion: v1\nkind: Role"]);
    assert.deepEqual(changes, [
      { resource: "kubernetes:helm.sh/v3:Release one-agent", operation: "update", properties: ["values"] },
    ]);
    assert.equal(state, "changes");
    assert.equal(engine.report().good, true);
  });

  it("knows deregistrations in a preview and after an apply, and takes their warning for a plan", () => {
    for (const [command, state] of [
      ["preview", "leaves"],
      ["apply", "left"],
    ] as const) {
      const engine = new Engine(command).step("one", "client-certificate", "delete");
      engine.begin("one", registration, "delete").end("one", registration, "delete");
      engine.say("warning", planned("deregister"), "management", "gloo-mesh-relay:index:Cluster");
      assert.equal(engine.only().state, state);
      assert.deepEqual(engine.report().plan, ["deregister one", "~ agent 1.0.4"]);
      assert.deepEqual([engine.report().problems, engine.report().good], [[], true]);
    }
  });

  it("knows a hand-over by the state of the preparation, and drops the facts of a cluster that is handed over", () => {
    for (const [command, state, facts] of [
      ["preview", "hands-over", "1.0.4"],
      ["apply", "handed-over", undefined],
    ] as const) {
      const engine = new Engine(command);
      engine.record.takeState(new Map([["one", { facts: factsIn(proven), seenAt: new Map(), urns: [] }]]));
      engine.begin("one", registration, "delete").step("one", "client-certificate", "delete", { leaveRunning: true });
      engine.step("one", "preparation", "delete", { leaveRunning: true }).end("one", registration, "delete");
      engine.say("warning", planned("hand over"), "management", "gloo-mesh-relay:index:Cluster");
      assert.equal(engine.only().state, state);
      assert.equal(engine.only().agentVersion, facts);
      assert.deepEqual(engine.report().plan, ["hand over one", "~ agent 1.0.4"]);
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
    engine.record.takeState(new Map([["one", { facts: factsIn(proven), seenAt: new Map(), urns: [] }]]));
    engine.begin("one", registration, "same").say("error", "GMR112 refused — one — see", "one");
    const { state, certificateNotAfter, certificates, proof } = engine.only();
    assert.deepEqual([state, certificateNotAfter, certificates.length], ["failed", notAfter, 1]);
    assert.equal(proof, undefined, "what was proven once does not hold now");
  });

  describe("remembers certificates", () => {
    const moment = "2025-12-01T10:00:00.000Z";
    const client = { kind: "client", subject: "CN=one", fingerprint, notAfter, where: "a Secret on one" };
    const root = { kind: "root", subject: "CN=root", fingerprint: "CC", notAfter, where: "the hub" };
    const outputs = { ...proven, certificates: [client, root] };
    const after = (command: ReportCommand) => {
      const engine = new Engine(command);
      engine.record.takeState(
        new Map([["one", { facts: factsIn(outputs), seenAt: new Map([[fingerprint, moment]]), urns: [] }]]),
      );
      return engine;
    };
    const seen = (engine: Engine) =>
      engine.report().certificates.map(({ kind, remembered, seenAt }) => [kind, remembered, seenAt]);
    const fresh = [
      ["client", undefined, undefined],
      ["root", undefined, undefined],
    ];

    for (const command of ["preview", "drift", "apply"] as const) {
      it(`of a cluster that a ${command} cannot reach, with the time at which the client certificate was read`, () => {
        const engine = after(command).begin("one", registration, "same");
        engine.say("error", "GMR112 refused — one — see", "one");
        assert.deepEqual(
          [engine.only().state, seen(engine)],
          [
            "failed",
            [
              ["client", true, moment],
              ["root", true, undefined],
            ],
          ],
        );
      });
    }

    it("but marks none that this run has read", () => {
      assert.deepEqual(seen(after("drift").registers("one", "same", outputs)), fresh);
      assert.deepEqual(seen(after("preview").registers("one", "update", {})), fresh);
    });

    it("that another cluster of this run has read without a mark", () => {
      const engine = after("drift")
        .begin("one", registration, "same")
        .say("error", "GMR112 refused — one — see", "one");
      engine.registers("two", "same", outputs);
      assert.deepEqual(seen(engine), fresh);
      assert.deepEqual(engine.report().certificates[0]?.clusters, ["one", "two"]);
    });
  });

  it("leaves out a component without resources, which was never registered", () => {
    for (const command of ["preview", "apply", "drift"] as const) {
      const engine = new Engine(command).begin("one", registration, "delete").end("one", registration, "delete");
      assert.deepEqual(engine.report().clusters, []);
    }
  });

  describe("advises nothing that an apply has done", () => {
    const warns = (engine: Engine) => engine.only().problems.map(({ code }) => code);
    for (const code of ["GMR312", "GMR319", "GMR320", "GMR503"]) {
      const warned = (command: ReportCommand, op: string) =>
        new Engine(command).registers("one", op).say("warning", `${code} in whatever words — hub — do it`, "one");

      it(`of ${code}, if the steps that repair it worked and the proof succeeded`, () => {
        assert.deepEqual(warns(warned("apply", "update")), []);
      });

      it(`but of ${code} if they had nothing to do, or in a preview`, () => {
        assert.deepEqual(warns(warned("apply", "same")), [code]);
        assert.deepEqual(warns(warned("preview", "update")), [code]);
      });
    }

    it("but still of what no step repairs", () => {
      const engine = new Engine("apply")
        .registers("one")
        .say("warning", "GMR212 in whatever words — hub — do it", "one");
      assert.deepEqual(warns(engine), ["GMR212"]);
    });
  });

  describe("knows that the certificate of the run before is lost", () => {
    const root = { kind: "root", subject: "CN=root", fingerprint: "CC", notAfter, where: "the hub" };
    const client = { kind: "client", subject: "CN=one", fingerprint, notAfter, where: "a Secret on one" };
    const signing = { ...client, kind: "intermediate", fingerprint: "DD" };
    const outputs = { ...proven, certificates: [root, client, signing] };

    /** A run that finds the cluster with what the one before had proven. */
    const after = (command: ReportCommand) => {
      const engine = new Engine(command);
      engine.record.takeState(new Map([["one", { facts: factsIn(outputs), seenAt: new Map(), urns: [] }]]));
      return engine;
    };
    const remaining = ({
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

    const lostBy = (id: string) => ({ "bootstrap-token": { reason: `${id}: in whatever words` } });

    for (const command of ["preview", "drift"] as const) {
      for (const [id, loss] of [
        ["certificate-missing", "missing"],
        ["certificate-not-acceptable", "not acceptable"],
      ] as const) {
        it(`from the reason ${id} in a ${command}`, () => {
          // The component's outputs are those of its last proof.
          const engine = after(command).registers("one", "update", outputs, lostBy(id));
          assert.deepEqual(remaining(engine.only()), lost(loss));
          assert.equal(engine.only().state, "changes");
          assert.equal(engine.report().good, command === "preview");
        });
      }

      it(`from the plan of a ${command} that registers the cluster again`, () => {
        const engine = after(command).registers("one", "update", outputs).say("info", planned("register"), "one");
        assert.deepEqual(remaining(engine.only()), lost("missing"));
      });

      it(`not from a ${command} in which it holds`, () => {
        const engine = after(command).registers("one", "same", outputs, lostBy("release-failed"));
        assert.deepEqual(remaining(engine.say("info", planned("unchanged"), "one").only()), {
          certificateLoss: undefined,
          facts: [notAfter, fingerprint, "agent"],
          certificates: ["root", "client", "intermediate"],
        });
      });
    }

    it("not from an apply that replaced it", () => {
      const cluster = after("apply").registers("one", "update", outputs, lostBy("certificate-missing")).only();
      assert.deepEqual([cluster.state, cluster.certificateLoss], ["proven", undefined]);
    });

    it("from the problem of an apply that got none", () => {
      for (const [code, loss] of [
        ["GMR501", "missing"],
        ["GMR502", "not acceptable"],
      ] as const) {
        const engine = after("apply").begin("one", registration).say("error", `${code} x — y — z`, "one");
        assert.deepEqual(remaining(engine.only()), lost(loss));
      }
    });

    it("from a bootstrap in an apply that was interrupted", () => {
      const engine = after("apply").begin("one", registration).step("one", "bootstrap-token", "update");
      engine.say("error", "GMR507 interrupted — one — up", "one");
      assert.deepEqual(remaining(engine.only()), lost("missing"));
      assert.equal(remaining(after("apply").registers("one", "update").only()).certificateLoss, undefined);
    });

    it("from a deregistration, after which nothing holds", () => {
      const engine = after("apply").step("one", "client-certificate", "delete");
      engine.begin("one", registration, "delete").end("one", registration, "delete");
      assert.deepEqual(remaining(engine.only()), { certificateLoss: undefined, facts: [], certificates: [] });
    });

    it("but not of a certificate that was never known", () => {
      const engine = new Engine("preview").registers("one", "create", {}, lostBy("certificate-missing"));
      assert.equal(engine.say("info", planned("register"), "one").only().certificateLoss, undefined);
    });
  });

  it("leaves out facts that are secret or unknown", () => {
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
    const soon = { ...proven, clientCertificate: { fingerprint, notAfter: "2026-01-20T00:00:00.000Z" } };
    assert.equal(new Engine("drift").registers("one", "same", soon).report().good, false);
    assert.equal(new Engine("apply").registers("one", "same", soon).report().good, true);
  });

  it("is bad when pulumi itself could not run", () => {
    const engine = new Engine("apply");
    engine.record.fail("error: no stack named 'x' found");
    assert.equal(engine.report().good, false);
  });
});
