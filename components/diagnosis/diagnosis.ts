import { mask } from "../base/mask";
import { count } from "../base/text";
import { type CauseId, causes } from "./causes";
import type { RelayContext } from "./counterpart";
import { type Evidence, judgeLog } from "./logEvidence";
import { endOf, judgeAdmission, judgePod } from "./podEvidence";
import { type AgentState, agentContainer, newestPod, type Pod } from "./readAgent";

/** Why there is no certificate yet, with the evidence for it. */
export interface Diagnosis {
  readonly id: CauseId;
  /** A short sentence; two diagnoses with the same cause are the same. */
  readonly cause: string;
  /** A line of the agent's log, status or events, masked. */
  readonly evidence?: string | undefined;
  readonly next: string;
}

/**
 * Finds the cause in what can be seen of the agent. What the cluster says of the pod comes first, since an agent that does not run
 * says nothing new; then its log; then how it ended. What is not recognised is said to be unknown, never guessed.
 */
export function diagnose(state: AgentState, subject: RelayContext = {}): Diagnosis {
  const { deployment } = state;
  if (!deployment) return conclude({ id: "deployment-missing", evidence: undefined });
  if (deployment.spec?.replicas === 0) return conclude({ id: "scaled-to-zero", evidence: undefined });
  const refused = judgeAdmission(state);
  if (refused) return conclude(refused);
  const pod = newestPod(state.pods, deployment);
  if (!pod) return conclude({ id: "no-pod", evidence: undefined });
  const agentName = deployment.metadata.name;
  const finding = judgePod(pod, agentName, state.events) ?? judgeLog(state.log, subject);
  return finding
    ? conclude(finding)
    : (judgeCrash(pod, agentName, state.log) ?? conclude({ id: "unknown", evidence: mask(state.log.at(-1)) }));
}

/** A finding in words. */
export function conclude({ id, evidence }: Evidence): Diagnosis {
  return { id, ...causes[id], evidence };
}

/** A crash whose log says nothing known is told with its last words. */
function judgeCrash(pod: Pod, agentName: string, log: readonly string[]): Diagnosis | undefined {
  const container = agentContainer(pod, agentName);
  const ended = endOf(container);
  if (!ended) return undefined;
  const end = `exit code ${ended.exitCode}, ${count(container?.restartCount ?? 0, "restart")}`;
  const words = mask(log.at(-1) ?? ended.message);
  return {
    ...conclude({ id: "crash", evidence: words === undefined ? end : `${end}: ${words}` }),
    next: `look at: kubectl logs --previous ${pod.metadata.name}`,
  };
}
