import { readProvidedAgent, workloadOf } from "../../glooMesh/agentWorkload";
import { generationOf } from "../../glooMesh/generation";
import type { ProofRun } from "./proofRun";

/** Notes where a provided agent runs; returns whether there is one. The registration knows where the agent that it installs runs. */
export async function locateAgent(run: ProofRun): Promise<boolean> {
  const { client, inputs, signal } = run;
  if (!inputs.agentProvided) return true;
  const generation = generationOf(inputs.generation);
  const found = await readProvidedAgent(client, inputs.namespace, generation, signal);
  if (found) run.workload = workloadOf(found, generation);
  return found !== undefined;
}
