import { type Problem, type ProblemCode, problemsOf } from "../../base/problems";
import type { KubernetesClient } from "../../kubernetes/client";
import { ApiError } from "../../kubernetes/errors";
import { paths } from "../../kubernetes/objects";
import type { ClientCertificateInputs } from "../shared/inputs";
import { hubOf, openCluster } from "../shared/openCluster";
import { pause, report } from "../shared/report";
import { parseSamples } from "./prometheus";
import type { ProofRun, Stage } from "./proofRun";

/** The agents that the relay server holds a connection to, by the name of their cluster (its help: "Relay push clients (Relay Agents)"). */
const gauge = "relay_push_clients_connected";

/** Seconds between two reads: it is a number in the server's memory and no object of the API, so there is nothing to watch. */
const readEverySeconds = 1;

/** Reads one after the other that must count the agent: a connection that is refused right away is counted for a moment too. */
const readsNeeded = 2;

/**
 * Waits until the relay server counts the agent among its connected ones, read from its metrics through the hub's API server.
 *
 * What it cannot tell: the gauge counts names, so the remains of an earlier connection under the same name look the same until the
 * server gives them up. It comes after the newest pod is available and every older one is gone, which leaves only those of a node
 * that was lost. Of several relay servers behind the Service one answers; an agent at another one is found by a later read, or not.
 *
 * Whatever passes (rights that are being granted, a Service without endpoints) is waited out until the limit, and is the reason then:
 * GMR509; a count that stays away is GMR508. Throws at once what does not pass, such as a context that leads to another cluster.
 */
export async function awaitConnection(run: ProofRun): Promise<void> {
  const { inputs, signal } = run;
  run.stage = notCounted(inputs, "it was not read yet");
  let client: KubernetesClient | undefined;
  let told = "";
  for (let seen = 0; ; ) {
    try {
      client ??= await openCluster(hubOf(inputs), signal);
      const count = countOf(await client.readText(metricsPath(inputs), { signal }), inputs.clusterName);
      seen = count.connected ? seen + 1 : 0;
      if (seen >= readsNeeded) return;
      run.stage = notCounted(inputs, count.words, client);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      seen = 0;
      run.stage = notReadable(inputs, passingProblem(error));
    }
    if (run.stage.cause !== told && seen === 0) {
      told = run.stage.cause ?? "";
      report(`${inputs.clusterName}: waiting until the relay server counts the agent as connected: ${told}`);
    }
    await pause(readEverySeconds, signal);
  }
}

/** Path of the relay server's metrics on the hub's API server. */
export function metricsPath({
  managementNamespace,
  relayServerName,
  metricsPort,
}: Pick<ClientCertificateInputs, "managementNamespace" | "relayServerName" | "metricsPort">): string {
  return `${paths.serviceProxy(managementNamespace, relayServerName, metricsPort)}/metrics`;
}

/** What the metrics say of one cluster. */
export function countOf(metrics: string, clusterName: string): { readonly connected: boolean; readonly words: string } {
  const samples = parseSamples(metrics, gauge);
  const of = (name: string) => samples.filter(({ labels }) => labels["cluster"] === name);
  const own = of(clusterName).reduce((sum, { value }) => sum + value, 0);
  if (own >= 1) return { connected: true, words: `${gauge} has counted ${clusterName} for a moment only` };
  if (samples.length === 0)
    return { connected: false, words: `its metrics have no ${gauge}, so no agent has connected since it started` };
  const counted = samples.filter(({ value }) => value >= 1).map(({ labels }) => labels["cluster"] ?? "");
  const others = [...new Set(counted)].filter((name) => name !== "").sort();
  const known = of(clusterName).length > 0;
  const words = known ? `${gauge} is 0 for ${clusterName}` : `${gauge} does not know ${clusterName}`;
  return { connected: false, words: `${words}; it counts ${listOf(others)}` };
}

/** A hub may have many agents; the first few tell whether it is the right hub. */
function listOf(names: readonly string[]): string {
  if (names.length === 0) return "no agent";
  const rest = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return `${names.slice(0, 10).join(", ")}${rest}`;
}

function notCounted(inputs: ClientCertificateInputs, words: string, client?: KubernetesClient): Stage {
  return {
    code: "GMR508",
    what: "The relay server does not count the agent as connected",
    where: serverPlace(inputs, client),
    cause: words,
    next: `check that ${inputs.serverAddress}, which the agent is given, leads to this relay server, and look at the agent's log`,
  };
}

function notReadable(inputs: ClientCertificateInputs, problem: Problem): Stage {
  const { managementNamespace: namespace, relayServerName: name } = inputs;
  const isRight = problem.code === "GMR116";
  return {
    code: "GMR509",
    what: "The relay server's count of connected agents cannot be read",
    where: serverPlace(inputs),
    cause: [problem.what, isRight ? undefined : problem.cause].filter(Boolean).join(": "),
    next: isRight
      ? `grant get on services/proxy of ${name}:${inputs.metricsPort} in the namespace ${namespace}, or set [proof.level] to agent`
      : `try: kubectl get --raw '${metricsPath(inputs)}' on the management cluster`,
  };
}

function serverPlace(inputs: ClientCertificateInputs, client?: KubernetesClient): string {
  const service = `Service ${inputs.managementNamespace}/${inputs.relayServerName}, port ${inputs.metricsPort}`;
  return `${client?.where ?? "management cluster"}, ${service}`;
}

const passing: ReadonlySet<ProblemCode> = new Set(["GMR111", "GMR112", "GMR113", "GMR116", "GMR117", "GMR118"]);

/** Throws what does not pass by waiting. */
function passingProblem(error: unknown): Problem {
  const [problem] = problemsOf(error instanceof ApiError ? error.coded() : error) ?? [];
  if (!problem || !passing.has(problem.code)) throw error;
  return problem;
}
