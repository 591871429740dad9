import { type Diagnosis, diagnose } from "../../diagnosis/diagnosis";
import { type AgentState, readAgentState } from "../../diagnosis/readAgent";
import { isForTheHub, readHubState, withHub } from "../../diagnosis/readHub";
import { isConfirmed, stickyDiagnosis } from "../../diagnosis/stickyDiagnosis";
import { enterpriseAgent } from "../../glooMesh/generation";
import type { KubernetesClient } from "../../kubernetes/client";
import type { Pod } from "../../kubernetes/workloads";
import { hubOf, openCluster } from "../shared/openCluster";
import { pause, report } from "../shared/report";
import { restartCrashLooping } from "./crashLoopRestart";
import type { ProofRun } from "./proofRun";

/** Seconds between two diagnoses during the wait. */
const lookEverySeconds = 3;

/** The stages that follow once the agent is available. */
const afterAgent: readonly string[] = ["GMR505", "GMR508", "GMR509"];

/**
 * Diagnoses the agent during the wait, reports the cause whenever it changes, and restarts once an agent that waits in CrashLoopBackOff for no
 * reason. Ends when the signal aborts.
 */
export async function watchCauses(run: ProofRun, onDiagnosis: (diagnosis: Diagnosis) => void): Promise<void> {
  const { client, inputs, signal } = run;
  let reported = "";
  let diagnosis: Diagnosis | undefined;
  let before: Diagnosis | undefined;
  let unknowns = 0;
  const openHub = openedOnce(() => openCluster(hubOf(inputs), signal));
  const started = Date.now();
  while (!signal.aborted) {
    try {
      await pause(lookEverySeconds, signal);
      const state = await readAgentState({ ...inputs, client, signal });
      const found = await findCause(run, state, openHub);
      diagnosis = stickyDiagnosis(diagnosis, found, before);
      before = found;
      unknowns = diagnosis.id === "unknown" ? unknowns + 1 : 0;
      onDiagnosis(diagnosis);
      if (state.pods.some(isCrashLooping)) await restartCrashLooping(run);
      // Once the agent is available, its own state does not explain what the later steps wait for.
      const isLate = afterAgent.includes(run.stage.code);
      if (diagnosis.cause === reported || !isConfirmed(diagnosis, unknowns) || isLate) continue;
      reported = diagnosis.cause;
      const evidence = diagnosis.evidence === undefined ? "" : ` (${diagnosis.evidence})`;
      const time = `${Math.round((Date.now() - started) / 1000)} of ${inputs.timeoutSeconds} s`;
      report(`${inputs.clusterName}: waiting, ${time}: ${diagnosis.cause}${evidence}`);
    } catch {
      // A diagnosis that fails is repeated; the wait itself ends on real errors.
    }
  }
}

/** The cause by the agent's state, and by the management cluster's where the agent's does not show it. */
async function findCause(
  { inputs, stage, signal }: ProofRun,
  state: AgentState,
  openHub: () => Promise<KubernetesClient>,
): Promise<Diagnosis> {
  const { clientSecret, managementNamespace, clusterName } = inputs;
  const certificatePresent = inputs.certificate === "none" || ["GMR503", ...afterAgent].includes(stage.code);
  const diagnosis = diagnose(state, inputs, { ...inputs, clientSecretName: clientSecret.name, certificatePresent });
  if (!isForTheHub(diagnosis)) return diagnosis;
  const hubState = await readHubState(await openHub(), managementNamespace, enterpriseAgent, clusterName, signal);
  return withHub(diagnosis, hubState, inputs);
}

/** The management cluster, opened when a look first needs it and kept: opening reads the identity, and may run a credential plugin. */
function openedOnce(open: () => Promise<KubernetesClient>): () => Promise<KubernetesClient> {
  let opened: KubernetesClient | undefined;
  return async () => {
    opened ??= await open();
    return opened;
  };
}

function isCrashLooping({ status }: Pod): boolean {
  return status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === "CrashLoopBackOff") ?? false;
}
