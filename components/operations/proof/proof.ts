import { type Problem, RegistrationError } from "../../base/problems";
import type { Verdict } from "../../certificates/clientCertificate";
import { installedWorkload } from "../../glooMesh/agentWorkload";
import { type HelmRelease, markRecorded, readRelease } from "../../glooMesh/helmRelease";
import { readLiveCertificate } from "../../glooMesh/liveCertificate";
import type { ProofLevel, ProofSeconds } from "../../glooMesh/proofFacts";
import { describeAccess } from "../../kubernetes/access";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { contentChangedAt, type ObjectList, type Secret } from "../../kubernetes/objects";
import { causeOf } from "../deregistration/unreachable";
import type { ClientCertificateInputs } from "../shared/inputs";
import { interruptionError, interruptionSignal } from "../shared/interruption";
import { openClusterAndRead } from "../shared/openCluster";
import { pause } from "../shared/report";
import { Troubles, untilAnswered } from "../shared/waiting";
import { awaitAgent } from "./agentWait";
import { watchCauses } from "./causeWatch";
import { awaitCertificate, noCertificate } from "./certificateWait";
import { awaitConnection } from "./hubCount";
import { locateAgent } from "./locateAgent";
import type { EarlierProof, Progress, ProofRun } from "./proofRun";
import { followProvided, rebootstrap } from "./rebootstrap";
import { removeToken } from "./tokenRemoval";
import { reportWait } from "./waitReport";

/** The result of a proof, and how long it took. */
export interface Proof {
  readonly proof: ProofLevel;
  readonly tokenExposureSeconds: number;
  readonly seconds: ProofSeconds;
}

/** The accepted certificate and its facts. */
export type GoodCertificate = Extract<Verdict, { accepted: true }>;

/**
 * Proves a registration: release deployed, unless the agent is provided → certificate good → agent available → token removed → for the level `connected`, agent counted by the relay
 * server. The token is removed before the last step, which may take longer and does not need it. Throws GMR501 to GMR505 and GMR507 to GMR509,
 * with the cause.
 */
export async function prove(
  inputs: ClientCertificateInputs,
  /** Findings of the previous run; undefined in the first run of this registration. */
  earlier: EarlierProof | undefined,
  /** Gets what a failed proof must keep for the next run. */
  onProgress: (progress: Progress) => void,
): Promise<Proof & { readonly certificate: GoodCertificate | undefined; readonly releaseUid: string }> {
  const lap = stopwatch();
  const interruption = interruptionSignal();
  const limit = AbortSignal.timeout(inputs.timeoutSeconds * 1000);
  const startedAt = Date.now();
  const ends = startedAt + inputs.timeoutSeconds * 1000;
  const over = new AbortController();
  const signal = AbortSignal.any([interruption, limit, over.signal]);
  const initial = {
    ...{ stage: noCertificate, troubles: new Troubles(), restarted: false, removals: 0 },
    ...{ diagnosis: undefined, startedAt, shownAt: startedAt, workload: installedWorkload(inputs.agentName) },
  };
  let run: ProofRun | undefined;
  try {
    const readRecord = async (client: KubernetesClient) =>
      inputs.agentProvided ? undefined : readRelease(client, inputs.namespace, inputs.releaseName, signal);
    const { client, found: release } = await openClusterAndRead(inputs, readRecord, signal);
    // Commands in messages name the context, also where it is the current one, which the reader may change.
    run = { client, inputs: { ...inputs, remote: client.access }, earlier, signal, ...initial };
    const deployed = inputs.agentProvided ? undefined : requireDeployed(run, release, inputs.releaseName);
    const proven = run;
    await untilAnswered(() => locateAgent(proven), run);
    if (inputs.crdsReleaseName !== undefined) await checkCrds(run, inputs.crdsReleaseName);
    const [live] = await Promise.all([
      rebootstrap(run, deployed),
      deployed && markRecorded(client, deployed, inputs.incarnation, signal),
    ]);
    onProgress({ rootCertificate: inputs.rootCertificate, reissue: inputs.reissue });
    const watching = Promise.all([watchCauses(run), reportWait(run)]);
    const { certificate, issued } = await awaitIdentity(run, live);
    const [untilCertificate, agent] = [lap(issued), lap()];
    const removalEnds = AbortSignal.timeout(Math.max(removalSeconds * 1000, ends - Date.now()));
    const exposure = inputs.removeToken
      ? await removeToken(run, AbortSignal.any([interruption, removalEnds]))
      : undefined;
    const tokenExposureSeconds = exposure ?? earlier?.tokenExposureSeconds ?? 0;
    const token = lap();
    onProgress({ tokenExposureSeconds });
    if (inputs.level === "connected") await awaitConnection(run);
    const seconds = { certificate: untilCertificate, agent, token, connection: lap() };
    over.abort();
    await watching;
    const releaseUid = inputs.releaseUid || (deployed?.secret.metadata.uid ?? "");
    return { certificate, releaseUid, proof: inputs.level, tokenExposureSeconds, seconds };
  } catch (error) {
    if (interruption.aborted) {
      throw interruptionError(`the wait for the client certificate of ${inputs.clusterName}`, interruption.reason);
    }
    // The removal of the token has its own limit and its own error.
    if (limit.aborted && run?.stage.code !== "GMR505") throw timedOut(run?.inputs ?? inputs, run ?? initial);
    throw error;
  } finally {
    over.abort();
  }
}

/** Seconds that the removal of the token may always take, even past the limit; a wait ends 5 s after its limit. */
const removalSeconds = 4;

/** Checks that Helm calls the release deployed: an unfinished one would block the next run although the agent works. */
function requireDeployed(
  { client, inputs }: ProofRun,
  release: HelmRelease | undefined,
  releaseName: string,
): HelmRelease {
  if (release?.status !== "deployed") {
    throw new RegistrationError({
      code: "GMR504",
      what: `The Helm release ${releaseName} ${release ? `is ${release.status}` : "does not exist"}`,
      where: `${client.where}, namespace ${inputs.namespace}`,
      cause: "somebody changed or removed it outside Pulumi",
      next: "run: pulumi up --refresh",
    });
  }
  return release;
}

/** Checks that the release of the CRDs is deployed, and notes on it that Pulumi has it. */
async function checkCrds(run: ProofRun, releaseName: string): Promise<void> {
  const { client, inputs, signal } = run;
  const release = await readRelease(client, inputs.namespace, releaseName, signal);
  await markRecorded(client, requireDeployed(run, release, releaseName), inputs.incarnation, signal);
}

/** Waits until the certificate is good and the agent available, both at the end: each may change while the other is awaited. */
async function awaitIdentity(
  run: ProofRun,
  /** The certificate's Secret as it was read at the beginning. */
  live: ObjectList<Secret> | undefined,
): Promise<{ certificate?: GoodCertificate; issued: number }> {
  const { client, inputs, signal } = run;
  if (inputs.certificate === "none") {
    const issued = Date.now();
    await awaitAgent(run);
    return { issued };
  }
  let settled = "";
  for (let seen = live; ; seen = undefined) {
    const { secret, facts } = await awaitCertificate(run, seen);
    const issued = Date.now();
    if (inputs.certificate === "provided") await followProvided(run, secret);
    await awaitAgent(run);
    const { secret: present, verdict } = await untilAnswered(() => readLiveCertificate(client, inputs, signal), run);
    // The agent uses each certificate that it stores; a provided one it reads only at its start.
    const isInUse =
      verdict.accepted && (inputs.certificate === "issued" || verdict.facts.fingerprint === facts.fingerprint);
    if (!isInUse) continue;
    const { fingerprint } = verdict.facts;
    const rest = present && fingerprint !== settled ? secondsToSettle(run, present) : 0;
    if (rest <= 0) return { certificate: verdict, issued };
    settled = fingerprint;
    await pause(rest, signal);
  }
}

/** Seconds after which a pod that has started has stored its certificate. */
const settleSeconds = 2;

/**
 * Seconds until a new certificate counts as the last one. After a restart or a rollout two pods of the agent may each store one, the pod that ends and
 * the pod that stays. In the first run of a registration there is one pod only, and nothing to wait for.
 */
function secondsToSettle({ client, inputs, earlier, restarted }: ProofRun, secret: Secret): number {
  if (inputs.certificate !== "issued" || (earlier === undefined && !restarted)) return 0;
  const age = (client.clock.getTime() - contentChangedAt(secret).getTime()) / 1000;
  return Math.min(settleSeconds, settleSeconds - age);
}

function timedOut(
  inputs: ClientCertificateInputs,
  { stage, troubles, diagnosis, workload }: Pick<ProofRun, "stage" | "troubles" | "diagnosis" | "workload">,
): RegistrationError {
  const { remote, clusterName, namespace, timeoutSeconds } = inputs;
  const what = `${stage.what} within ${timeoutSeconds} s`;
  const place = `cluster ${clusterName}, namespace ${namespace}`;
  const timeout = (problem: Omit<Problem, "code">) =>
    new RegistrationError({ code: stage.code, ...problem, next: thenRunAgain(problem.next) });
  const trouble = troubles.newest;
  if (trouble) {
    // The agent's present state is unknown, so the connection is the cause.
    const where = `${trouble.where}, ${place}`;
    return timeout({ what: `${what}, as far as could be seen`, where, cause: causeOf(trouble), next: trouble.next });
  }
  const shown = diagnosis && [diagnosis.cause, diagnosis.evidence].filter((part) => part !== undefined).join(": ");
  const isUseful = diagnosis && diagnosis.id !== "unknown" && diagnosis.id !== "certificate-secret-gone";
  const logs = kubectl(remote, namespace, "logs", `deployment/${workload.deploymentName}`);
  return timeout({
    what,
    where: stage.where === undefined ? `${describeAccess(remote)}, ${place}` : `${stage.where}, cluster ${clusterName}`,
    cause:
      stage.cause === undefined
        ? (shown ?? "unknown: the agent's state could not be read")
        : `${stage.cause}${isUseful ? `; the agent: ${shown}` : ""}`,
    next: stage.next ?? diagnosis?.next ?? `look at the agent's log: ${logs}`,
  });
}

/** Adds the next run to a step that does not name it itself. */
function thenRunAgain(next: string): string {
  return next.includes("pulumi up") ? next : `${next}; then run pulumi up again, which resumes from here`;
}

/** Returns the seconds since the previous lap, to a tenth. */
function stopwatch(): (now?: number) => number {
  let last = Date.now();
  return (now = Date.now()) => {
    const milliseconds = now - last;
    last = now;
    return Math.round(milliseconds / 100) / 10;
  };
}
