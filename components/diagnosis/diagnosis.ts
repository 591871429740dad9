import { count } from "../base/text";
import { kubectl } from "../kubernetes/commands";
import type { ContainerStatus } from "../kubernetes/workloads";
import { type CauseId, causes, nextStep, type RegistrationPlace } from "./causes";
import type { RelayContext } from "./counterpart";
import { type Evidence, judgeLog, type Quotation, quoteLog } from "./logEvidence";
import { endOf, judgeAdmission, judgePod } from "./podEvidence";
import { type AgentState, agentContainer, newestPod } from "./readAgent";

/** The reason why a registration has no client certificate yet, with its evidence. */
export interface Diagnosis extends Quotation {
  readonly id: CauseId;
  /** A short sentence; two diagnoses with the same cause are the same. */
  readonly cause: string;
  /** What the user does next, with commands that name their cluster. */
  readonly next: string;
}

/**
 * Finds the root cause in the agent's state. The status of Deployment and pod comes first, since an agent that does not run logs nothing new;
 * then its log; then its exit. A state without a known sign is `unknown`, never guessed.
 */
export function diagnose(state: AgentState, place: RegistrationPlace, subject: RelayContext = {}): Diagnosis {
  const { deployment } = state;
  if (!deployment) return conclude({ id: "deployment-missing" }, place);
  if (deployment.spec?.replicas === 0) return conclude({ id: "scaled-to-zero" }, place);
  const refused = judgeAdmission(state);
  if (refused) return conclude(refused, place);
  const pod = newestPod(state.pods, deployment);
  if (!pod) return conclude({ id: "no-pod" }, place);
  const { agentName } = place;
  const finding = judgePod(pod, agentName, state.events) ?? judgeLog(state.log, subject);
  if (finding) return conclude(finding, place);
  const crash = judgeCrash(agentContainer(pod, agentName), state.log);
  if (!crash) return conclude({ id: "unknown", ...quoteLog(state.log.at(-1)) }, place);
  const logs = kubectl(place.remote, place.namespace, "logs", "--previous", pod.metadata.name);
  return { ...conclude(crash, place), next: `read the log: ${logs}` };
}

/** The diagnosis for a cause with its evidence. */
export function conclude(found: Evidence, place: RegistrationPlace): Diagnosis {
  return { ...found, cause: causes[found.id].cause, next: nextStep(found.id, place) };
}

/** A crash whose log has no known sign: the last line of the log is the evidence. */
function judgeCrash(container: ContainerStatus | undefined, log: readonly string[]): Evidence | undefined {
  const ended = endOf(container);
  if (!ended) return undefined;
  const end = `exit code ${ended.exitCode}, ${count(container?.restartCount ?? 0, "restart")}`;
  const lastLine = quoteLog(log.at(-1) ?? ended.message).evidence;
  return { id: "crash", evidence: lastLine === undefined ? end : `${end}: ${lastLine}` };
}
