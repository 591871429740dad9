import { type Diagnosis, diagnose } from "../../diagnosis/diagnosis";
import { type AgentState, readAgentState } from "../../diagnosis/readAgent";
import { isForTheHub, readHubState, withHub } from "../../diagnosis/readHub";
import { stickyDiagnosis } from "../../diagnosis/stickyDiagnosis";
import { enterpriseAgent } from "../../glooMesh/generation";
import { KubernetesClient } from "../../kubernetes/client";
import { pause, report } from "../shared/report";
import { restartCrashLooping } from "./crashLoopRestart";
import type { ProofRun } from "./proofRun";

/** The seconds between two looks for the cause while waiting. */
const lookEverySeconds = 3;

/**
 * Looks at the agent while the wait lasts, says the cause whenever it changes, and restarts an agent once that need not wait any
 * longer. Ends with the signal.
 */
export async function watchCauses(run: ProofRun, onDiagnosis: (diagnosis: Diagnosis) => void): Promise<void> {
  const { client, inputs, signal } = run;
  let told = "";
  let diagnosis: Diagnosis | undefined;
  let before: Diagnosis | undefined;
  const started = Date.now();
  while (!signal.aborted) {
    try {
      await pause(lookEverySeconds, signal);
      const state = await readAgentState(client, inputs.namespace, inputs.agentName, signal);
      const found = await findCause(run, state);
      diagnosis = stickyDiagnosis(diagnosis, found, before);
      before = found;
      onDiagnosis(diagnosis);
      if (state.pods.some(isCrashLooping)) await restartCrashLooping(run);
      // An agent that is available has nothing to say of what is still to come that would be worth a line each time.
      if (diagnosis.cause === told || ["GMR505", "GMR508", "GMR509"].includes(run.stage.code)) continue;
      told = diagnosis.cause;
      const evidence = diagnosis.evidence === undefined ? "" : ` (${diagnosis.evidence})`;
      report(
        `${inputs.clusterName}: waiting, ${Math.round((Date.now() - started) / 1000)} of ${inputs.timeoutSeconds} s: ` +
          `${diagnosis.cause}${evidence}`,
      );
    } catch {
      // What cannot be looked at now is looked at again; the wait itself ends on real errors.
    }
  }
}

/** What the agent cannot tell itself has its reason at the hub. */
async function findCause({ inputs, stage, signal }: ProofRun, state: AgentState): Promise<Diagnosis> {
  const { clientSecret, managementNamespace, clusterName } = inputs;
  const certificatePresent =
    inputs.certificate === "none" || ["GMR503", "GMR505", "GMR508", "GMR509"].includes(stage.code);
  const diagnosis = diagnose(state, inputs, { ...inputs, clientSecretName: clientSecret.name, certificatePresent });
  if (!isForTheHub(diagnosis)) return diagnosis;
  const hub = await KubernetesClient.open(inputs.management);
  const hubState = await readHubState(hub, managementNamespace, enterpriseAgent, clusterName, signal);
  return withHub(diagnosis, hubState, inputs);
}

type Pods = Awaited<ReturnType<typeof readAgentState>>["pods"];

function isCrashLooping({ status }: Pods[number]): boolean {
  return status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === "CrashLoopBackOff") ?? false;
}
