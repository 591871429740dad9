import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findingsOf } from "../../../../cli/report/findings";
import type { ClusterReport, ClusterState, ReportCommand, ReportedProblem } from "../../../../cli/report/fleetReport";
import { toHtml } from "../../../../cli/report/html";
import { judge } from "../../../../cli/report/judgement";
import { toMarkdown } from "../../../../cli/report/markdown";
import { toJunit } from "../../../../cli/report/reportJunit";
import { summary } from "../../../../cli/report/summary";
import { cluster, fleet } from "./fleet";

const quiet = { problems: [], changes: [], plan: [], certificates: [] } as const;

/** A report of clusters in these states, each with nothing else to say. */
const inStates = (
  command: ReportCommand,
  states: readonly ClusterState[],
  parts: (state: ClusterState) => Partial<ClusterReport> = () => ({}),
) =>
  fleet(states.length, {
    command,
    cluster: (index) => {
      const state = states[index] ?? "proven";
      return cluster(index, { state, ...quiet, ...parts(state) });
    },
  });

const refused = (context: string): ReportedProblem => ({
  severity: "error",
  code: "GMR112",
  what: "The API server refuses the connection",
  where: `context "${context}" of kubeconfig.yaml`,
  next: `kubectl --context ${context} version`,
});

describe("the verdict", () => {
  for (const [command, states, verdict, tone] of [
    ["preview", ["unchanged"], "Ready", "good"],
    ["preview", ["changes"], "Ready", "good"],
    ["preview", ["unhealthy"], "Ready", "attention"],
    ["preview", ["leaves", "changes", "leaves"], "Deregisters cluster-0, cluster-2", "attention"],
    ["preview", ["hands-over"], "Hands over cluster-0", "attention"],
    ["preview", ["hands-over", "leaves"], "Deregisters cluster-1, hands over cluster-0", "attention"],
    ["preview", ["failed", "leaves"], "Cannot be applied", "bad"],
    ["apply", ["proven"], "Done", "good"],
    ["apply", ["proven", "left"], "Done, deregistered cluster-1", "attention"],
    ["apply", ["handed-over", "left"], "Done, deregistered cluster-1, handed over cluster-0", "attention"],
    ["apply", ["proven", "unfinished"], "Action needed", "bad"],
    ["drift", ["unchanged"], "No drift", "good"],
    ["drift", ["changes"], "Action needed", "bad"],
    ["drift", ["unknown"], "Action needed", "bad"],
    ["drift", ["hands-over"], "Action needed", "bad"],
    ["drift", ["leaves"], "Action needed", "bad"],
  ] as const) {
    test(`of a ${command} with ${states.join(", ")} is "${verdict}" in every form`, () => {
      const report = inStates(command, states);
      assert.deepEqual([judge(report).verdict, judge(report).tone], [verdict, tone]);
      assert.equal(report.good, tone !== "bad");
      for (const form of [summary, toMarkdown, toHtml, toJunit]) assert.ok(form(report).includes(verdict), form.name);
    });
  }
});

describe("what to know", () => {
  const said = (report: Parameters<typeof findingsOf>[0]) =>
    findingsOf(report).map(({ severity, kind, what }) => `${severity} ${kind}: ${what}`);

  test("begins with failures, then what does not work, what is unknown, unfinished or different, and what is due", () => {
    const states = ["changes", "unfinished", "unknown", "unhealthy", "failed", "unchanged"] as const;
    const report = inStates("drift", states, (state) => {
      if (state === "failed") return { problems: [refused("a")] };
      if (state === "unhealthy") return { health: { verdict: "unhealthy", why: "the agent crashes" } };
      if (state === "unknown") return { health: { verdict: "unknown", why: "relay server not looked at" } };
      return state === "unchanged" ? { certificates: cluster(0).certificates } : {};
    });
    assert.deepEqual(said(report), [
      "error failure: The API server refuses the connection",
      "error unhealthy: unhealthy: the agent crashes",
      "error unknown: unknown: relay server not looked at",
      "error unfinished: the run ended before this cluster was done",
      "error differs: differs from what the stack declares",
      "error due: client certificate expires on 2026-01-10, in 9 days, act by 2025-12-11",
    ]);
  });

  test("has the cause of a bad health once, with the code and the next step of its warning", () => {
    const warning = {
      severity: "warning",
      code: "GMR503",
      what: "The relay agent is not available",
      where: "here",
      cause: "the agent's Deployment is scaled to 0",
      next: "scale it",
    } as const;
    const health = { verdict: "unhealthy", why: warning.cause } as const;
    const report = inStates("preview", ["unhealthy"], () => ({ health, problems: [warning] }));
    assert.deepEqual(findingsOf(report), [
      {
        severity: "warning",
        kind: "unhealthy",
        code: "GMR503",
        what: "unhealthy: the agent's Deployment is scaled to 0",
        where: "here",
        next: "scale it",
        clusters: ["cluster-0"],
      },
    ]);
  });

  test("has an error for a missing object that makes a cluster fail, which the engine reports as a warning", () => {
    const problems = [{ severity: "warning", code: "GMR312", what: "The namespace is gone" }] as const;
    assert.deepEqual(said(inStates("apply", ["failed"], () => ({ problems }))), [
      "error failure: The namespace is gone",
    ]);
    assert.deepEqual(said(inStates("apply", ["failed"])), ["error failure: it failed; see the log of the run"]);
  });

  test("has once what several clusters have, without the name of one of them", () => {
    const report = fleet(3, {
      command: "preview",
      cluster: (index) => cluster(index, { ...quiet, state: "failed", problems: [refused(`cluster-${index}`)] }),
    });
    assert.deepEqual(findingsOf(report), [
      {
        ...refused("<cluster>"),
        kind: "failure",
        clusters: ["cluster-0", "cluster-1", "cluster-2"],
      },
    ]);
    assert.match(
      toJunit(report),
      /name="cluster-1" [^>]*>\s*<failure message="The API server refuses the connection" type="GMR112">/,
    );
  });

  test("has the place of one cluster as an example where places differ in more than the name", () => {
    const problem = (index: number) => ({ ...refused("x"), where: `https://10.0.0.${index}`, next: "wait" });
    const report = fleet(2, {
      command: "preview",
      cluster: (index) => cluster(index, { ...quiet, state: "failed", problems: [problem(index)] }),
    });
    assert.deepEqual(
      findingsOf(report).map(({ where, next }) => [where, next]),
      [["cluster-0: https://10.0.0.0", "wait"]],
    );
  });

  test("takes no name for a part of a longer one", () => {
    const what = (name: string) => ({ severity: "error", what: `${name} and cluster-10` }) as const;
    const report = fleet(2, {
      command: "preview",
      cluster: (index) => cluster(index, { ...quiet, state: "failed", problems: [what(`cluster-${index}`)] }),
    });
    assert.deepEqual(said(report), ["error failure: <cluster> and cluster-10"]);
  });

  test("has what most clusters have before what one has", () => {
    const rare = { ...refused("a"), code: "GMR115", what: "rare" };
    const report = fleet(3, {
      command: "preview",
      cluster: (index) => cluster(index, { ...quiet, state: "failed", problems: [index === 0 ? rare : refused("b")] }),
    });
    assert.deepEqual(
      findingsOf(report).map(({ code }) => code),
      ["GMR112", "GMR115"],
    );
  });

  test("has all client certificates that are due together, with the day on which an unreachable one was seen", () => {
    const report = fleet(2, {
      command: "drift",
      cluster: (index) =>
        cluster(index, {
          ...quiet,
          state: "unchanged",
          certificates: cluster(index).certificates.map((one) => ({
            ...one,
            remembered: true,
            seenAt: "2025-11-02T10:00:00.000Z",
          })),
        }),
    });
    assert.deepEqual(said(report), [
      "error due: 2 client certificates are due; the first expires on 2026-01-10, in 9 days, act by 2025-12-11 (seen 2025-11-02)",
    ]);
    for (const form of [summary, toMarkdown, toHtml]) assert.match(form(report), /seen 2025-11-02/);
  });
});

describe("the order of clusters", () => {
  const names = (clusters: readonly ClusterReport[]) => clusters.map(({ name }) => name);

  test("folds those with which nothing happens, if they are many", () => {
    const states = [...Array.from({ length: 6 }, () => "unchanged" as const), "failed" as const, "changes" as const];
    const { shown, folded } = judge(inStates("preview", states));
    assert.deepEqual(names(shown), ["cluster-6", "cluster-7"]);
    assert.deepEqual(names(folded), ["cluster-0", "cluster-1", "cluster-2", "cluster-3", "cluster-4", "cluster-5"]);
    const text = summary(inStates("preview", states));
    assert.match(text, /^ {2}6 unchanged: cluster-0, .*cluster-4 and 1 more$/m);
    assert.doesNotMatch(text, /^ {2}cluster-0 /m);
    assert.match(toMarkdown(inStates("preview", states)), /<details><summary>6 unchanged<\/summary>/);
    assert.match(toHtml(inStates("preview", states)), /<details><summary>6 unchanged<\/summary>/);
  });

  test("folds nothing that was proven with changes, or set apart, nor a few", () => {
    const changes = [{ resource: "r", operation: "update", properties: [] }];
    const states = Array.from({ length: 8 }, () => "proven" as const);
    assert.deepEqual(judge(inStates("apply", states, () => ({ changes }))).folded, []);
    assert.deepEqual(judge(inStates("apply", states, () => ({ setApart: true }))).folded, []);
    assert.deepEqual(judge(inStates("apply", states.slice(3))).folded, []);
  });
});

test("a cluster that was set apart is said to be neither refreshed nor planned, in every form", () => {
  const report = inStates("drift", ["failed"], () => ({ setApart: true, problems: [refused("a")] }));
  for (const form of [summary, toMarkdown, toHtml, toJunit]) {
    assert.match(form(report), /set apart: neither refreshed nor planned/, form.name);
  }
});

test("only an apply has seconds of phases and the exposure of the token", () => {
  for (const command of ["preview", "drift", "apply"] as const) {
    const report = inStates(command, ["proven", "changes"]);
    for (const form of [summary, toMarkdown, toHtml]) {
      assert.equal(/1\.2/.test(form(report)), command === "apply", `${form.name} of ${command}`);
    }
    assert.equal(toHtml(report).includes("token exposed"), command === "apply");
  }
});
