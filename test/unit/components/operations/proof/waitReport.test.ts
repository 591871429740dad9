import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { CauseId } from "../../../../../components/diagnosis/causes";
import { diagnose } from "../../../../../components/diagnosis/diagnosis";
import { noCertificate } from "../../../../../components/operations/proof/certificateWait";
import { type ReportedRun, reportWait } from "../../../../../components/operations/proof/waitReport";
import { Troubles } from "../../../../../components/operations/shared/waiting";
import { deployment, grpc, place, pod, waiting, zap } from "../../diagnosis/fixtures/fixture";

type Look = readonly [
  second: number,
  state: { readonly log?: readonly string[]; readonly pods?: ReturnType<typeof pod>[] },
];

/** The lines of a wait of so many seconds, in which each look finds a state. */
async function linesOf(context: TestContext, seconds: number, looks: readonly Look[]): Promise<string[]> {
  const { timers } = context.mock;
  timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const over = new AbortController();
  const run = {
    inputs: { clusterName: "cluster-2", timeoutSeconds: 300 },
    stage: noCertificate,
    troubles: new Troubles(),
    signal: over.signal,
    startedAt: Date.now(),
    shownAt: Date.now(),
    diagnosis: undefined as ReportedRun["diagnosis"],
  };
  const lines: string[] = [];
  const reporting = reportWait(run, (line) => lines.push(line));
  for (let second = 1; second <= seconds; second++) {
    for (const [, { log = [], pods = [pod()] }] of looks.filter(([at]) => at === second)) {
      run.diagnosis = diagnose({ deployment, pods, log, events: [] }, place);
      if (run.diagnosis.id !== ("unknown" satisfies CauseId)) run.shownAt = Date.now();
    }
    timers.tick(1000);
    await setImmediate();
  }
  over.abort();
  await reporting;
  return lines;
}

const dial = zap(grpc("Error while dialing: dial tcp 172.18.0.2:31179: connect: connection refused"));
const starting = '{"level":"info","ts":1615993413.23,"msg":"starting relay agent"}';

describe("the lines of a wait", () => {
  test("whose agent cannot connect", async (context) => {
    assert.deepEqual(await linesOf(context, 125, [[3, { log: [dial] }]]), [
      "cluster-2 3/300 s: refused: dial tcp 172.18.0.2:31179: connect: connection…",
      "cluster-2 10/300 s: refused: dial tcp 172.18.0.2:31179: connect: connection…",
      "cluster-2 30/300 s: refused: dial tcp 172.18.0.2:31179: connect: connection…",
      "cluster-2 60/300 s: refused: dial tcp 172.18.0.2:31179: connect: connection…",
      "cluster-2 120/300 s: refused: dial tcp 172.18.0.2:31179: connect: connectio…",
    ]);
  });

  test("whose agent gives no reason: its newest words, and no name for the cause before 30 s", async (context) => {
    assert.deepEqual(
      await linesOf(context, 65, [
        [3, { log: [starting] }],
        [12, { log: [starting, "2026/11/30 08:20:13 something new"] }],
        [33, { log: [] }],
      ]),
      [
        "cluster-2 10/300 s: no certificate yet: starting relay agent",
        "cluster-2 30/300 s: unknown: something new",
        "cluster-2 60/300 s: unknown: the agent has logged nothing",
      ],
    );
  });

  test("whose cause changes", async (context) => {
    assert.deepEqual(
      await linesOf(context, 35, [
        [3, { pods: [waiting("ContainerCreating")] }],
        [6, { pods: [waiting("ImagePullBackOff", 'Back-off pulling image "a/b:1": not found')] }],
        [15, { log: [starting] }],
      ]),
      [
        "cluster-2 3/300 s: starting: ContainerCreating",
        'cluster-2 6/300 s: image-not-found: "a/b:1": not found',
        'cluster-2 10/300 s: image-not-found: "a/b:1": not found',
        "cluster-2 30/300 s: no certificate yet: starting relay agent",
      ],
    );
  });
});
