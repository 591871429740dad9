import { type Problem, type ProblemCode, problemsOf } from "../../base/problems";
import {
  type AgentCount,
  countOf,
  metricsCommand,
  metricsPlace,
  metricsRight,
  readMetrics,
} from "../../glooMesh/connectedAgents";
import { generationOf } from "../../glooMesh/generation";
import type { KubernetesClient } from "../../kubernetes/client";
import type { ClientCertificateInputs } from "../shared/inputs";
import { hubOf, openCluster } from "../shared/openCluster";
import { pause } from "../shared/report";
import type { ProofRun, Stage } from "./proofRun";

/** Seconds between two reads: the gauge is no object of the API, so it cannot be watched. */
const readEverySeconds = 1;

/** Consecutive reads that must count the agent: a connection that is refused right away is counted for a moment too. */
const readsNeeded = 2;

/**
 * Waits until the relay server counts the agent as connected, by its metrics, which the management cluster's API server passes on.
 *
 * Its limits: the gauge counts names, so an earlier connection under the same name looks the same until the server drops it. The wait comes after
 * the newest pod is available and every older one is gone, which leaves only connections of a lost node. Of several relay servers behind a
 * Service one answers; a later read may find an agent at another one.
 *
 * A problem that can pass (rights that are being granted, a Service without endpoints) is waited out until the limit, and is then the reason: GMR509;
 * an agent that is never counted is GMR508. Throws any other problem at once, such as a context that leads to another cluster.
 */
export async function awaitConnection(run: ProofRun): Promise<void> {
  const { inputs, signal } = run;
  run.stage = notCounted(inputs, {
    words: "the count has not been read yet",
    waiting: "reading the relay server's count",
  });
  let client: KubernetesClient | undefined;
  for (let seen = 0; ; ) {
    try {
      client ??= await openCluster(hubOf(inputs), signal);
      const { managementNamespace, generation, clusterName } = inputs;
      const metrics = await readMetrics(client, managementNamespace, generationOf(generation), signal);
      const count = countOf(metrics, clusterName);
      seen = count.connected ? seen + 1 : 0;
      if (seen >= readsNeeded) return;
      run.stage = notCounted(inputs, count, client);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      seen = 0;
      run.stage = notReadable(inputs, passingProblem(error));
    }
    await pause(readEverySeconds, signal);
  }
}

function notCounted(
  inputs: ClientCertificateInputs,
  { words, waiting }: Omit<AgentCount, "connected">,
  client?: KubernetesClient,
): Stage {
  return {
    code: "GMR508",
    what: "The relay server does not count the agent as connected",
    where: serverPlace(inputs, client),
    waiting,
    cause: words,
    next: `check that the agent's relay address ${inputs.serverAddress} leads to this relay server, and look at the agent's log`,
  };
}

function notReadable(inputs: ClientCertificateInputs, problem: Problem): Stage {
  const { management, managementNamespace: namespace } = inputs;
  const generation = generationOf(inputs.generation);
  const isRight = problem.code === "GMR116";
  return {
    code: "GMR509",
    what: "The relay server's count of connected agents cannot be read",
    where: serverPlace(inputs),
    waiting: `the relay server's count is not readable: ${problem.what}`,
    cause: isRight || !problem.cause ? problem.what : `${problem.what}: ${problem.cause}`,
    next: isRight
      ? `grant ${metricsRight(namespace, generation)}, or set [proof.level] to agent`
      : `try: ${metricsCommand(management, namespace, generation)}`,
  };
}

function serverPlace(inputs: ClientCertificateInputs, client?: KubernetesClient): string {
  const place = metricsPlace(inputs.managementNamespace, generationOf(inputs.generation));
  return `${client?.where ?? "management cluster"}, ${place}`;
}

const passing: ReadonlySet<ProblemCode> = new Set(["GMR111", "GMR112", "GMR113", "GMR116", "GMR117", "GMR118"]);

/** The problem of an error that may pass; throws any other error. */
function passingProblem(error: unknown): Problem {
  const [problem] = problemsOf(error) ?? [];
  if (!problem || !passing.has(problem.code)) throw error;
  return problem;
}
