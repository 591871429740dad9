import { count } from "../../base/text";
import { agentContainer } from "../../diagnosis/readAgent";
import { readLiveCertificate } from "../../glooMesh/liveCertificate";
import { paths } from "../../kubernetes/objects";
import type { Pod } from "../../kubernetes/workloads";
import { restartPods } from "./agentPods";
import type { ProofRun } from "./proofRun";

/** Seconds of back-off that are worth a new pod: creating one takes a few itself, and only one restart is allowed. */
const worthSeconds = 15;

/**
 * Restarts an agent that waits in CrashLoopBackOff although what it needs exists now: the kubelet would let it wait for up to 5 minutes. A proof
 * restarts it once only, and not after another restart: if it crashes again, the crash has another cause, which the diagnosis reports.
 */
export async function restartCrashLooping(run: ProofRun): Promise<void> {
  if (run.restarted || !(await hasWhatItNeeds(run))) return;
  const { agentName } = run.inputs;
  await restartPods(
    run,
    (pod) => backOffLeft(pod, agentName, run.client.clock) >= worthSeconds,
    (pods) => {
      const most = Math.max(...pods.map((pod) => agentContainer(pod, agentName)?.restartCount ?? 0));
      const crashes = `in CrashLoopBackOff (${count(most, "restart")})`;
      return `restarted the agent once, which was ${crashes}, because what it needs exists now`;
    },
  );
}

/** Whether the agent has a good certificate (solo-io/gloo-mesh#1622), or the token to get one. The root CA's Secret is declared before. */
async function hasWhatItNeeds({ client, inputs, signal }: ProofRun): Promise<boolean> {
  if (inputs.certificate === "none") return true;
  if ((await readLiveCertificate(client, inputs, signal)).verdict.accepted) return true;
  if (inputs.certificate === "provided") return false;
  const { namespace, name } = inputs.tokenSecret;
  return (await client.find(paths.secret(namespace, name), { signal })) !== undefined;
}

/**
 * The seconds until the kubelet starts the agent again, from the kubelet's message; 0 when the agent does not wait. Without a message the
 * kubelet's rule applies: 10 s, doubled with each crash, at most 5 minutes.
 */
function backOffLeft(pod: Pod, agentName: string, now: Date): number {
  const container = agentContainer(pod, agentName);
  const waiting = container?.state?.waiting;
  if (!container || waiting?.reason !== "CrashLoopBackOff") return 0;
  const duration = /back-off (\S+) restarting/.exec(waiting.message ?? "")?.[1];
  const whole = goSeconds(duration ?? "") ?? Math.min(300, 10 * 2 ** Math.max(0, container.restartCount - 1));
  const ended = container.lastState?.terminated?.finishedAt;
  return ended === undefined ? whole : whole - (now.getTime() - Date.parse(ended)) / 1000;
}

/** `2m40s` → 160, as Go's time.Duration writes it. */
function goSeconds(duration: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(duration);
  if (!match || duration === "") return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}
