import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import type * as k8s from "@kubernetes/client-node";
import { ApiException } from "@kubernetes/client-node";
import { logContainerId } from "../../../sandbox/pods/logSelection";
import { type ContainerRecord, podPhase, podStatus, terminated } from "../../../sandbox/pods/podStatus";
import { StatusWriter } from "../../../sandbox/pods/statusWriter";

const now = new Date("2024-01-02T03:04:05Z");
const later = new Date("2024-01-02T03:05:05Z");
const placement = { hostIp: "10.128.0.1", podIp: "10.128.1.1", startTime: now };
const pod: k8s.V1Pod = { metadata: { name: "a", namespace: "n", uid: "u", generation: 1 }, spec: { containers: [] } };

function record(change: Partial<ContainerRecord> = {}): ContainerRecord {
  const waiting = { reason: "ContainerCreating" };
  return { name: "main", image: "i:1", state: { waiting }, ready: false, restartCount: 0, ...change };
}
const running = record({ state: { running: { startedAt: now } }, containerId: "sandbox://1", ready: true });
const crashed = terminated({ containerId: "sandbox://1", startedAt: now }, 3, later);
const completed = terminated({ containerId: "sandbox://1", startedAt: now }, 0, later);
const crashLoop = record({
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastTerminated: crashed,
  containerId: "sandbox://1",
  restartCount: 1,
});

describe("phase of a pod", () => {
  const cases: [string, ContainerRecord[], string, string][] = [
    ["while its container is created", [record()], "Always", "Pending"],
    ["when one of two containers runs", [running, record()], "Always", "Pending"],
    ["when it runs", [running], "Always", "Running"],
    ["in a crash loop", [crashLoop], "Always", "Running"],
    ["between crash and restart", [record({ state: { terminated: crashed } })], "Always", "Running"],
    ["after success that is not repeated", [record({ state: { terminated: completed } })], "OnFailure", "Succeeded"],
    ["after a failure that is repeated", [record({ state: { terminated: crashed } })], "OnFailure", "Running"],
    ["after a failure that is not repeated", [record({ state: { terminated: crashed } })], "Never", "Failed"],
  ];
  for (const [when, containers, policy, phase] of cases) {
    test(`${phase} ${when}`, () => assert.equal(podPhase(containers, policy), phase));
  }
});

describe("status of a pod", () => {
  test("unready containers are named in the conditions", () => {
    const status = podStatus(pod, [record()], placement, [], now);
    for (const type of ["Ready", "ContainersReady"]) {
      const condition = status.conditions?.find((one) => one.type === type);
      assert.equal(condition?.status, "False");
      assert.equal(condition?.reason, "ContainersNotReady");
      assert.equal(condition?.message, "containers with unready status: [main]");
    }
  });

  test("a condition keeps its time until it changes", () => {
    const before = podStatus(pod, [record()], placement, [], now).conditions ?? [];
    const after = podStatus(pod, [running], placement, before, later).conditions ?? [];
    const times = Object.fromEntries(after.map((one) => [one.type, one.lastTransitionTime]));
    assert.deepEqual(times["PodScheduled"], now);
    assert.deepEqual(times["Ready"], later);
    assert.equal(after.find((one) => one.type === "Ready")?.reason, undefined);
  });

  test("a crash loop tells the last run", () => {
    const [container] = podStatus(pod, [crashLoop], placement, [], now).containerStatuses ?? [];
    assert.equal(container?.lastState?.terminated?.exitCode, 3);
    assert.equal(container?.lastState?.terminated?.reason, "Error");
    assert.equal(container?.restartCount, 1);
    assert.equal(container?.started, false);
  });
});

describe("choice of the run whose log is shown", () => {
  const base = { name: "main", image: "i", imageID: "", ready: false, restartCount: 0 };
  const lastState = { terminated: { ...crashed, containerID: "old" } };

  test("the running one, or with --previous the one before", () => {
    const status = { ...base, containerID: "new", state: { running: {} }, lastState };
    assert.equal(logContainerId("p", status, false), "new");
    assert.equal(logContainerId("p", status, true), "old");
  });

  test("in a crash loop the last one", () => {
    assert.equal(
      logContainerId("p", { ...base, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState }, false),
      "old",
    );
  });

  test("when there is none, the kubelet's words", () => {
    const waiting = (reason: string) => ({ ...base, state: { waiting: { reason } } });
    const cases: [k8s.V1ContainerStatus, boolean, string][] = [
      [waiting("ErrImagePull"), false, `container "main" in pod "p" is waiting to start: image can't be pulled`],
      [
        waiting("ImagePullBackOff"),
        false,
        `container "main" in pod "p" is waiting to start: trying and failing to pull image`,
      ],
      [waiting("ContainerCreating"), false, `container "main" in pod "p" is waiting to start: ContainerCreating`],
      [waiting("ContainerCreating"), true, `previous terminated container "main" in pod "p" not found`],
    ];
    for (const [status, previous, message] of cases) {
      assert.throws(() => logContainerId("p", status, previous), { name: "LogUnavailableError", message });
    }
  });
});

describe("writing of the status", () => {
  const identity = { namespace: "n", name: "a", uid: "u" };

  function writer(patchStatus: (status: k8s.V1PodStatus) => Promise<void>) {
    let phase = "Pending";
    const reports: string[] = [];
    const gone = new AbortController();
    const statusWriter = new StatusWriter({
      access: { patchStatus: (_pod, status) => patchStatus(status) },
      pod: identity,
      compute: () => ({ phase }),
      signal: gone.signal,
      report: (line) => reports.push(line),
    });
    return { statusWriter, reports, gone, set: (next: string) => (phase = next) };
  }

  test("an unchanged status is not written again", async () => {
    const written: unknown[] = [];
    const { statusWriter, set } = writer(async (status) => void written.push(status.phase));
    await statusWriter.publish();
    await statusWriter.publish();
    set("Running");
    await statusWriter.publish();
    assert.deepEqual(written, ["Pending", "Running"]);
  });

  test("changes during a write lead to one more write, of the newest", async () => {
    const written: unknown[] = [];
    const { statusWriter, set } = writer(async (status) => void written.push(status.phase));
    const first = statusWriter.publish();
    set("Running");
    const second = statusWriter.publish();
    set("Failed");
    await Promise.all([first, second, statusWriter.publish()]);
    assert.deepEqual(written, ["Pending", "Failed"]);
  });

  test("a pod that is gone is not asked for again", async () => {
    let calls = 0;
    const { statusWriter, set } = writer(async () => {
      calls += 1;
      throw new ApiException(404, "not found", "", {});
    });
    await statusWriter.publish();
    set("Running");
    await statusWriter.publish();
    assert.equal(calls, 1);
  });

  test("a failed write is reported without the answer's body and tried again until the pod is gone", async () => {
    const { statusWriter, reports, gone } = writer(async () => {
      setImmediate(() => gone.abort());
      throw new ApiException(500, "body with a secret", "secret", {});
    });
    await statusWriter.publish();
    assert.deepEqual(reports, ["status of pod n/a not written: HTTP 500"]);
  });
});
