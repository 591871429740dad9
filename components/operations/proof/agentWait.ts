import { kubectl } from "../../kubernetes/commands";
import { paths } from "../../kubernetes/objects";
import { type Deployment, isAvailable, type Pod } from "../../kubernetes/workloads";
import { pause } from "../shared/report";
import { followUntil, untilAnswered } from "../shared/waiting";
import { type AgentPods, isReady, sortAgentPods } from "./agentPods";
import { locateAgent } from "./locateAgent";
import type { ProofRun, Stage } from "./proofRun";

/**
 * Waits until the agent's newest pods are available and no older one is left, not even one that is being deleted: while it runs it has earlier values,
 * and may be connected, or write a certificate, under a previous name.
 */
export async function awaitAgent(run: ProofRun): Promise<void> {
  const { signal } = run;
  for (;;) {
    run.stage = {
      code: "GMR503",
      what: sentence(run, "relay agent is not available"),
      waiting: "agent not available yet",
    };
    if (!(await untilAnswered(() => locateAgent(run), run))) {
      await pause(1, signal);
      continue;
    }
    const { deployment, newest, older } = await untilAnswered(() => untilAvailable(run), run);
    if (older.length > 0) {
      run.stage = olderPodsLeft(run, older);
    } else if (!run.restarted || newest.filter(isReady).length >= (deployment.spec?.replicas ?? 1)) {
      // The Deployment's status lags behind a restart: for a moment it still counts the deleted pods.
      return;
    }
    await pause(1, signal);
  }
}

/** Waits until the agent's Deployment is available; returns it with its pods at that moment. */
async function untilAvailable(run: ProofRun): Promise<AgentPods & { readonly deployment: Deployment }> {
  const { namespace } = run.inputs;
  const available = (found: Deployment | undefined) => (isAvailable(found) ? found : undefined);
  const deployment = await followUntil(run, paths.deployments(namespace), run.workload.deploymentName, available);
  return { deployment, ...(await sortAgentPods(run, deployment)) };
}

function sentence({ inputs }: ProofRun, what: string): string {
  return inputs.certificate === "none" ? `The ${what}` : `The client certificate is good, but the ${what}`;
}

function olderPodsLeft(run: ProofRun, older: readonly Pod[]): Stage {
  const { namespace } = run.inputs;
  const isBeingDeleted = older.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return {
    code: "GMR503",
    what: sentence(run, "older pods of the relay agent are not gone"),
    cause: `${namesOf(older)} ${isBeingDeleted ? "is being deleted; its node may be lost" : "is of an earlier revision of the Deployment"}`,
    next: `look at it: ${kubectl(run.client.access, namespace, "get", "pods", "-l", run.workload.selector, "-o", "wide")}`,
    waiting: `older pods not gone yet: ${namesOf(older)}`,
  };
}

function namesOf(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => metadata.name).join(", ");
}
