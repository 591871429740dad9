import { type Diagnosis, diagnose } from "../../diagnosis/diagnosis";
import { type AgentState, readAgentState } from "../../diagnosis/readAgent";
import { isForTheHub, readHubState, withHub } from "../../diagnosis/readHub";
import { stickyDiagnosis } from "../../diagnosis/stickyDiagnosis";
import { generationOf } from "../../glooMesh/generation";
import type { KubernetesClient } from "../../kubernetes/client";
import type { Pod } from "../../kubernetes/workloads";
import { hubOf, openCluster } from "../shared/openCluster";
import { pause } from "../shared/report";
import { restartCrashLooping } from "./crashLoopRestart";
import { locateAgent } from "./locateAgent";
import type { ProofRun } from "./proofRun";

/** Seconds between two diagnoses during the wait. */
const lookEverySeconds = 3;

/** Diagnoses the agent during the wait, and restarts once an agent that waits in CrashLoopBackOff for no reason. Ends when the signal aborts. */
export async function watchCauses(run: ProofRun): Promise<void> {
  const { client, inputs, signal } = run;
  let before: Diagnosis | undefined;
  const openHub = openedOnce(() => openCluster(hubOf(inputs), signal));
  while (!signal.aborted) {
    try {
      await pause(lookEverySeconds, signal);
      await locateAgent(run);
      const state = await readAgentState({ ...inputs, workload: run.workload, client, signal });
      const found = await findCause(run, state, openHub);
      run.diagnosis = stickyDiagnosis(run.diagnosis, found, before);
      before = found;
      if (run.diagnosis.id !== "unknown") run.shownAt = Date.now();
      if (state.pods.some(isCrashLooping)) await restartCrashLooping(run);
    } catch {
      // A diagnosis that fails is repeated; the wait itself ends on real errors.
    }
  }
}

/** The stages that begin once the certificate is good. */
const stagesAfterCertificate: readonly string[] = ["GMR503", "GMR505", "GMR508", "GMR509"];

/** The cause by the agent's state, and by the management cluster's where the agent's does not show it. */
async function findCause(
  { inputs, workload, stage, signal }: ProofRun,
  state: AgentState,
  openHub: () => Promise<KubernetesClient>,
): Promise<Diagnosis> {
  const { clientSecret, managementNamespace, clusterName } = inputs;
  const certificatePresent = inputs.certificate === "none" || stagesAfterCertificate.includes(stage.code);
  const place = { ...inputs, workload };
  const diagnosis = diagnose(state, place, { ...inputs, clientSecretName: clientSecret.name, certificatePresent });
  if (!isForTheHub(diagnosis)) return diagnosis;
  const generation = generationOf(inputs.generation);
  const hubState = await readHubState(await openHub(), managementNamespace, generation, clusterName, signal);
  return withHub(diagnosis, hubState, place);
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
