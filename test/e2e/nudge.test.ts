import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { auditEvents } from "../sandbox/controlplane";
import { secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { agentPods, becomes } from "./support/agents";
import { deleteSecret, registeredOn } from "./support/clusters";
import { Gate } from "./support/gate";
import { duringRun } from "./support/killing";
import { assertRegistered } from "./support/proof";
import { assertSucceeded, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const token = { name: secretNames.identityToken, namespace };
/** The first back-off is as long as the kubelet's fourth, so that it is not over before a run looks at it. */
const backOff = { initialSeconds: 80, maximumSeconds: 300 };
const nudged =
  /restarted the agent once, which was in CrashLoopBackOff \(\d+ restarts?\), because what it needs exists now/;

describe("an agent that crash-loops", () => {
  let world: World;
  let stack: PulumiWorkspace;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"], { backOff });
    stack = await world.stack("nudged", { clusters: { "remote-1": {}, "remote-2": {} } });
  });

  after(() => world?.stop());

  it("is restarted once when what it needs is there, instead of waiting for the kubelet", async () => {
    const remote = world.sandbox.remote("remote-1");
    const core = remote.kubeConfig.makeApiClient(k8s.CoreV1Api);
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
    const remote = world.sandbox.remote("remote-2");
    await registeredOn(world.sandbox.management).delete("remote-2");
    const crashing = await inBackOff(remote);

    const up = await stack.up(["--skip-preview", "--refresh"]);
    assertSucceeded(up);
    assert.match(textOf(up), nudged);
    await assertRegistered(world, stack, "remote-2", remote);
    assert.deepEqual(await deletedPods(remote), [crashing]);
  });
});

/** Resolves with the pod's name when it waits after its crash. */
async function inBackOff(cluster: SandboxCluster): Promise<string> {
  let crashing: string | undefined;
  const look = async () => {
    const found = (await agentPods(cluster)).find(
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff",
    );
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
