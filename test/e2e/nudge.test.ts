import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { auditEvents } from "../sandbox/controlplane";
import { secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import { agentPods, becomes } from "./support/agents";
import { deleteSecret, registeredOn } from "./support/clusters";
import { Gate } from "./support/gate";
import { duringRun } from "./support/killing";
import { agentImage, oddImages } from "./support/oddAgents";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const token = { name: secretNames.identityToken, namespace };
/** The first back-off is as long as the kubelet's fourth, so that it is not over before a run looks at it. */
const backOff = { initialSeconds: 80, maximumSeconds: 300 };
const nudged =
  /restarted the agent once, which was in CrashLoopBackOff \(\d+ restarts?\), because what it needs exists now/;

describe("an agent that crash-loops", () => {
  let world: World;

  before(async () => {
    const images = (image: string) => oddImages(image, () => assert.fail("no agent forges here"));
    world = await World.start(["remote-1", "remote-2", "remote-3"], { backOff, images });
  });

  after(() => world?.stop());

  it("is restarted once when what it needs is there, instead of waiting for the kubelet", async () => {
    const remote = world.sandbox.remote("remote-1");
    const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
    const stack = await world.stack("met", { clusters: { "remote-1": {} } });
    const gate = await Gate.forNewDeployments(remote);
    const run = stack.start("up", ["--skip-preview"]);
    await duringRun(run, gate.arrived);
    const { metadata, ...content } = await core.readNamespacedSecret(token);
    await deleteSecret(remote, token.name);
    await gate.open();
    const crashing = await duringRun(run, inBackOff(remote));
    const { name, annotations } = metadata ?? {};
    await core.createNamespacedSecret({
      namespace,
      // Restored by Velero with its mark, which another program's write would make a copy.
      fieldManager: "velero-server",
      body: { ...content, metadata: { name, annotations } } as k8s.V1Secret,
    });

    const up = await run.result;
    assertSucceeded(up);
    assert.match(textOf(up), nudged);
    await assertRegistered(world, stack, "remote-1", remote);
    assert.deepEqual(await deletedPods(remote), [crashing], "the kubelet had not started it again");
    const starts = (await agentPods(remote)).map(({ status }) => status?.containerStatuses?.[0]?.restartCount);
    assert.deepEqual(starts, [0]);
  });

  it("since its KubernetesCluster was deleted is restarted by the up --refresh that puts it back", async () => {
    const remote = world.sandbox.remote("remote-3");
    const stack = await world.stack("unknown", { clusters: { "remote-3": {} } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await registeredOn(world.sandbox.management).delete("remote-3");
    const crashing = await inBackOff(remote);

    const up = await stack.up(["--skip-preview", "--refresh"]);
    assertSucceeded(up);
    assert.match(textOf(up), nudged);
    await assertRegistered(world, stack, "remote-3", remote);
    assert.deepEqual(await deletedPods(remote), [crashing]);
    assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
  });

  it("for a reason of its own is restarted once, and not again", async () => {
    const remote = world.sandbox.remote("remote-2");
    const values = agentImage("failing-agent");
    const stack = await world.stack("unmet", { clusters: { "remote-2": { agent: { values } } } });
    const run = stack.start("up", ["--skip-preview"]);
    const first = await duringRun(run, inBackOff(remote));
    await duringRun(run, run.untilOutput(/restarted the agent once/));
    await duringRun(run, inBackOff(remote, first));
    const looks = await looksAtPods(remote);
    await duringRun(
      run,
      becomes(async () => (await looksAtPods(remote)) >= looks + 3, true),
    );
    run.signal("SIGINT");
    const up = await run.result;
    assertFailed(up, "GMR507");
    assert.match(textOf(up), nudged);
    assert.deepEqual(await deletedPods(remote), [first]);
  });
});

/** Resolves with the pod's name when it, another than the former one, waits after its crash. */
async function inBackOff(cluster: SandboxCluster, former?: string): Promise<string> {
  let crashing: string | undefined;
  const look = async () => {
    const found = (await agentPods(cluster)).find(({ metadata, status }) => {
      const waiting = status?.containerStatuses?.[0]?.state?.waiting;
      return metadata?.name !== former && waiting?.reason === "CrashLoopBackOff";
    });
    crashing = found?.metadata?.name;
    return crashing !== undefined;
  };
  await becomes(look, true, 90);
  return crashing ?? "";
}

/** Names of the agent's pods that the user of the stack has deleted. */
async function deletedPods({ plane }: SandboxCluster): Promise<string[]> {
  const events = await auditEvents(
    plane,
    ({ user, verb, resource, code }) => user === "admin" && verb === "delete" && resource === "pods" && code === 200,
  );
  return events.map(({ name }) => name);
}

/** How often the pods were listed, which each look at the agent does. */
async function looksAtPods({ plane }: SandboxCluster): Promise<number> {
  return (await auditEvents(plane, ({ verb, resource }) => verb === "list" && resource === "pods")).length;
}
