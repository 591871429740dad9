import { mask } from "../base/mask";
import { count } from "../base/text";
import { kubectl } from "../kubernetes/commands";
import { type CauseId, causes, nextStep, type RegistrationPlace } from "./causes";
import type { RelayContext } from "./counterpart";
import { type Evidence, judgeLog } from "./logEvidence";
import { endOf, judgeAdmission, judgePod } from "./podEvidence";
import { type AgentState, agentContainer, newestPod, type Pod } from "./readAgent";

/** The reason why a registration has no client certificate yet, with its evidence. */
export interface Diagnosis {
  readonly id: CauseId;
  /** A short sentence; two diagnoses with the same cause are the same. */
  readonly cause: string;
  /** A line of the agent's log, status or events, masked. */
  readonly evidence?: string | undefined;
  /** What the user does next, with commands that name their cluster. */
  readonly next: string;
}

/**
 * Finds the root cause in the agent's state. The status of Deployment and pod comes first, since an agent that does not run logs nothing new;
 * then its log; then its exit. A state without a known sign is `unknown`, never guessed.
 */
export function diagnose(state: AgentState, place: RegistrationPlace, subject: RelayContext = {}): Diagnosis {
  const { deployment } = state;
  if (!deployment) return conclude({ id: "deployment-missing", evidence: undefined }, place);
  if (deployment.spec?.replicas === 0) return conclude({ id: "scaled-to-zero", evidence: undefined }, place);
  const refused = judgeAdmission(state);
  if (refused) return conclude(refused, place);
  const pod = newestPod(state.pods, deployment);
  if (!pod) return conclude({ id: "no-pod", evidence: undefined }, place);
  const agentName = deployment.metadata.name;
  const finding = judgePod(pod, agentName, state.events) ?? judgeLog(state.log, subject);
  if (finding) return conclude(finding, place);
  const crash = judgeCrash(pod, agentName, state.log, place);
  return crash ?? conclude({ id: "unknown", evidence: mask(state.log.at(-1)) }, place);
}

/** The diagnosis for a cause with its evidence. */
export function conclude({ id, evidence }: Evidence, place: RegistrationPlace): Diagnosis {
  return { id, cause: causes[id].cause, next: nextStep(id, place), evidence };
}

/** A crash whose log has no known sign: the last line of the log is the evidence. */
function judgeCrash(
  pod: Pod,
  agentName: string,
  log: readonly string[],
  place: RegistrationPlace,
): Diagnosis | undefined {
  const container = agentContainer(pod, agentName);
  const ended = endOf(container);
  if (!ended) return undefined;
  const end = `exit code ${ended.exitCode}, ${count(container?.restartCount ?? 0, "restart")}`;
  const lastLine = mask(log.at(-1) ?? ended.message);
  return {
    ...conclude({ id: "crash", evidence: lastLine === undefined ? end : `${end}: ${lastLine}` }, place),
    next: `read the log: ${kubectl(place.remote, place.namespace, "logs", "--previous", pod.metadata.name)}`,
  };
}
