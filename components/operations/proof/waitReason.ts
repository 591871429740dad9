import type { Problem } from "../../base/problems";
import type { Diagnosis } from "../../diagnosis/diagnosis";
import type { Stage } from "./proofRun";

/** Why a proof waits, for the line that it reports. */
export interface WaitReason {
  /** Two reasons of one kind are the same, whatever their words: an agent that crashes again has restarted once more. */
  readonly kind: string;
  /** The longest form first. */
  readonly forms: readonly [string, ...string[]];
  /** Seconds after which the reason is reported by itself. Infinity: only with the next repetition. */
  readonly settleSeconds: number;
}

/** What is known of a wait at one moment. */
export interface WaitState {
  readonly stage: Stage;
  /** The present problem with the API server. */
  readonly trouble: Problem | undefined;
  /** Undefined before the first look at the agent. */
  readonly diagnosis: Diagnosis | undefined;
  /** Seconds since the agent showed a cause; since the start, if it has shown none. */
  readonly silentSeconds: number;
}

/** The stages that the agent's state explains, unless the step itself knows why it waits. */
const stagesOfAgent: readonly Stage["code"][] = ["GMR501", "GMR503"];

/** An agent that has just started has logged no reason yet: until then what it waits for has a name, and no cause. */
const unknownAfterSeconds = 30;

/** Steps of a working registration pass within a few seconds, and are not worth a line. */
const stepSeconds = 3;

/** Why a proof waits now: the connection to the API server, the step itself, or what the agent shows. */
export function waitReason({ stage, trouble, diagnosis, silentSeconds }: WaitState): WaitReason {
  if (trouble) return step(trouble.code, `${trouble.code} ${trouble.what}`);
  if (stage.cause !== undefined || !stagesOfAgent.includes(stage.code)) return step(stage.waiting, stage.waiting);
  if (diagnosis && diagnosis.id !== "unknown") {
    const { id, cause, evidence = cause, error = evidence } = diagnosis;
    return { kind: id, forms: [`${id}: ${evidence}`, `${id}: ${error}`], settleSeconds: 0 };
  }
  const name = silentSeconds < unknownAfterSeconds ? stage.waiting : "unknown";
  const { evidence = "the agent has logged nothing", error = evidence } = diagnosis ?? {};
  return {
    kind: name,
    forms: diagnosis ? [`${name}: ${evidence}`, `${name}: ${error}`] : [stage.waiting],
    settleSeconds: Number.POSITIVE_INFINITY,
  };
}

function step(kind: string, text: string): WaitReason {
  return { kind, forms: [text], settleSeconds: stepSeconds };
}
