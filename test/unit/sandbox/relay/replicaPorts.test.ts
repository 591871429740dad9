import { strict as assert } from "node:assert";
import { once } from "node:events";
import { test } from "node:test";
import * as k8s from "@kubernetes/client-node";
import type { PodContext, PodProgram } from "../../../sandbox/pods";
import { ReplicaPorts } from "../../../sandbox/relay";

test("each replica takes the first free port and leaves it with its run, and there are no more than planned", async () => {
  const ports = new ReplicaPorts([101, 102]);
  const program = ports.program((port) => untilAborted(port));
  const first = new AbortController();
  const second = new AbortController();
  const runs = [program.run(pod("one", first.signal)), program.run(pod("two", second.signal))];
  assert.deepEqual([ports.first, ports.of("one"), ports.of("two")], [101, 101, 102]);
  await assert.rejects(program.run(pod("three", first.signal)), /no port of this machine is planned/);
  first.abort();
  assert.equal(await runs[0], 101);
  assert.equal(ports.of("one"), undefined);
  const successor = new AbortController();
  runs.push(program.run(pod("four", successor.signal)));
  assert.equal(ports.of("four"), 101);
  second.abort();
  successor.abort();
  assert.deepEqual(await Promise.all(runs), [101, 102, 101]);
});

/** Its exit code is its port. */
function untilAborted(port: number): PodProgram {
  return { run: ({ signal }) => once(signal, "abort").then(() => port) };
}

function pod(podName: string, signal: AbortSignal): PodContext {
  return {
    ...{ namespace: "gloo-mesh", podName, podIp: "10.0.0.2", args: [], env: {}, image: "server:1", signal },
    kubeConfig: new k8s.KubeConfig(),
    log: () => undefined,
    ready: () => undefined,
    listen: () => undefined,
  };
}
