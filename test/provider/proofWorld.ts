import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type DynamicProvider, ProviderFailure } from "../support/dynamicProvider";
import type { FakeKubeApi } from "../support/fakeKubeApi";
import { agentDeployment, releaseName } from "../support/remoteObjects";
import { deploymentPath, installAgent, namespacePath, sharedProvider, type World, world } from "./world";

/** A start that is after any token of these tests. */
export const later = "2999-01-01T00:00:00Z";

export interface ProofWorld extends World {
  readonly process: DynamicProvider;
}

/** Two clusters with the agent installed, and the process of the proof. */
export async function proofWorld(context: TestContext): Promise<ProofWorld> {
  const found = await world(context);
  installAgent(found.remote, found.token);
  replacePods(found.remote);
  return { ...found, process: await sharedProvider("clientCertificate") };
}

/** What the controllers do: for a pod that is deleted a ready one is made, from the same template. */
function replacePods(remote: FakeKubeApi): void {
  let made = 0;
  remote.store.follow(podsPath, remote.store.currentVersion, ({ type, object: { metadata } }) => {
    made += 1;
    if (type === "DELETED") remote.store.put(`${podsPath}/made-${made}`, readyPod(metadata.labels));
  });
}

export const podsPath = `${namespacePath}/pods`;
export const replicaSetsPath = "/apis/apps/v1/namespaces/gloo-mesh/replicasets";

/** A pod of the agent. */
export function readyPod(labels: object = { app: releaseName }, creationTimestamp = new Date().toISOString()): object {
  return { metadata: { labels, creationTimestamp }, status: { conditions: [{ type: "Ready", status: "True" }] } };
}

/** Puts a pod there whose agent waits in CrashLoopBackOff, just after it ended. */
export function putCrashingPod(remote: FakeKubeApi, backOff: string, restartCount = 6): void {
  remote.store.put(`${podsPath}/crashing`, {
    metadata: { labels: { app: releaseName }, creationTimestamp: later },
    status: {
      containerStatuses: [
        {
          name: releaseName,
          ready: false,
          restartCount,
          state: {
            waiting: { reason: "CrashLoopBackOff", message: `back-off ${backOff} restarting failed container=x pod=y` },
          },
          lastState: { terminated: { exitCode: 1, finishedAt: new Date().toISOString() } },
        },
      ],
    },
  });
}

/** The Deployment as its controller sees it after a new revision: the ReplicaSets `old` and `new`, the second the present one. */
export function rollOut(remote: FakeKubeApi): void {
  const revision = (number: string) => ({ "deployment.kubernetes.io/revision": number });
  const deployment = agentDeployment(true) as { metadata: object };
  remote.store.put(deploymentPath, {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: revision("2") },
  });
  for (const [hash, number] of [
    ["old", "1"],
    ["new", "2"],
  ] as const) {
    const metadata = { labels: podLabels(hash), annotations: revision(number) };
    remote.store.put(`${replicaSetsPath}/agent-${hash}`, { metadata });
  }
}

export const podLabels = (hash: string) => ({ app: releaseName, "pod-template-hash": hash });

/** Resolves when the proof watches the Secret for the n-th time. */
export const watching = (remote: FakeKubeApi, times = 1) =>
  remote.until(() => remote.count("watch", "/secrets") >= times);

export async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ProviderFailure);
    return error;
  }
  return assert.fail("it succeeded");
}
