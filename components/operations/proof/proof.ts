import { type Problem, RegistrationError } from "../../base/problems";
import type { Verdict } from "../../certificates/clientCertificate";
import type { Diagnosis } from "../../diagnosis/diagnosis";
import { type HelmRelease, markRecorded, readRelease } from "../../glooMesh/helmRelease";
import { readLiveCertificate } from "../../glooMesh/liveCertificate";
import type { ProofLevel, ProofSeconds } from "../../glooMesh/proofFacts";
import { describeAccess } from "../../kubernetes/access";
import { contentChangedAt, type Secret } from "../../kubernetes/objects";
import { causeOf } from "../deregistration/unreachable";
import type { ClientCertificateInputs } from "../shared/inputs";
import { interruptionError } from "../shared/interruption";
import { openCluster } from "../shared/openCluster";
import { pause } from "../shared/report";
import { untilAnswered } from "../shared/waiting";
import { awaitAgent } from "./agentWait";
import { watchCauses } from "./causeWatch";
import { awaitCertificate } from "./certificateWait";
import { awaitConnection } from "./hubCount";
import type { EarlierProof, Progress, ProofRun, Stage } from "./proofRun";
import { followProvided, rebootstrap } from "./rebootstrap";
import { removeToken } from "./tokenRemoval";

/** What was proven, and how long it took. */
export interface Proof {
  readonly proof: ProofLevel;
  readonly tokenExposureSeconds: number;
  readonly seconds: ProofSeconds;
}

/** The certificate that is good; undefined where the relay works without TLS. */
type Good = Extract<Verdict, { accepted: true }> | undefined;

/**
 * The proof of a registration: release deployed → certificate there and good → agent available → token gone → if asked for, the relay
 * server counts the agent. The token goes before the last step, which may take longer and needs it no more.
 * Throws GMR501 to GMR505 and GMR507 to GMR509, with the cause.
 */
export async function prove(
  inputs: ClientCertificateInputs,
  /** What an earlier run of this registration found; undefined for the first one. */
  earlier: EarlierProof | undefined,
  interruption: AbortSignal,
  /** Is told what has been done meanwhile that a failed proof must not forget. */
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<Proof & { certificate: Good }> {
  const lap = stopwatch();
  const limit = AbortSignal.timeout(inputs.timeoutSeconds * 1000);
  const ends = Date.now() + inputs.timeoutSeconds * 1000;
  const over = new AbortController();
  const signal = AbortSignal.any([interruption, limit, over.signal]);
  let diagnosis: Diagnosis | undefined;
  const begun = { stage: atFirst, trouble: undefined, restarted: false, removals: 0 };
  let run: ProofRun | undefined;
  try {
    const client = await openCluster(inputs, signal);
    run = { client, inputs, earlier, signal, ...begun };
    await rebootstrap(run, await checkRelease(run));
    onProgress({ rootCertificate: inputs.rootCertificate, reissue: inputs.reissue });
    const watching = watchCauses(run, (found) => {
      diagnosis = found;
    });
    const { certificate, issued } = await awaitIdentity(run);
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
    return { certificate, proof: inputs.level, tokenExposureSeconds, seconds };
  } catch (error) {
    if (interruption.aborted) throw interrupted(inputs, interruption);
    // The removal of the token has a limit of its own, and tells itself what kept it.
    if (limit.aborted && run?.stage.code !== "GMR505") throw timedOut(inputs, run ?? begun, diagnosis);
    throw error;
  } finally {
    over.abort();
  }
}

/** What the removal of the token may take at least, even if that is past the limit; a wait ends 5 s after its limit. */
const removalSeconds = 4;

const atFirst: Stage = { code: "GMR501", what: "The relay agent got no client certificate" };

/** Helm must call the release deployed: one that hangs would block the next run although the agent works. */
async function checkRelease({ client, inputs, signal }: ProofRun): Promise<HelmRelease> {
  const release = await readRelease(client, inputs.namespace, inputs.releaseName, signal);
  if (release?.status !== "deployed") {
    throw new RegistrationError({
      code: "GMR504",
      what: `The Helm release ${inputs.releaseName} is ${release ? release.status : "not there"}`,
      where: `${client.where}, namespace ${inputs.namespace}`,
      cause: "somebody changed or removed it behind Pulumi's back",
      next: "run: pulumi up --refresh",
    });
  }
  await markRecorded(client, release, signal);
  return release;
}

/** The certificate good and the agent available, both at the end: what happened to the one while the other was awaited counts. */
async function awaitIdentity(run: ProofRun): Promise<{ certificate: Good; issued: number }> {
  const { client, inputs, signal } = run;
  if (inputs.certificate === "none") {
    const issued = Date.now();
    await awaitAgent(run);
    return { certificate: undefined, issued };
  }
  let settled = "";
  for (;;) {
    const { secret, facts } = await awaitCertificate(run);
    const issued = Date.now();
    if (inputs.certificate === "provided") await followProvided(run, secret);
    await awaitAgent(run);
    const { secret: present, verdict } = await untilAnswered(() => readLiveCertificate(client, inputs, signal), run);
    // The agent writes a certificate and uses it; of a provided one it knows only what it read at its start.
    const isWhatItUses =
      verdict.accepted && (inputs.certificate === "issued" || verdict.facts.fingerprint === facts.fingerprint);
    if (!isWhatItUses) continue;
    const { fingerprint } = verdict.facts;
    const rest = present && fingerprint !== settled ? secondsToSettle(run, present) : 0;
    if (rest <= 0) return { certificate: verdict, issued };
    settled = fingerprint;
    await pause(rest, signal);
  }
}

/** A pod that starts has stored its certificate by then. */
const settleSeconds = 2;

/**
 * After a restart or a rollout two pods of the agent may each store a certificate, the one that ends and the one that stays. The last one
 * counts, so a new one must have lain there for a moment. In the first run of a registration there is one pod alone, and nothing to wait for.
 */
function secondsToSettle({ client, inputs, earlier, restarted }: ProofRun, secret: Secret): number {
  if (inputs.certificate !== "issued" || (earlier === undefined && !restarted)) return 0;
  const age = (client.clock.getTime() - contentChangedAt(secret).getTime()) / 1000;
  return Math.min(settleSeconds, settleSeconds - age);
}

function timedOut(
  inputs: ClientCertificateInputs,
  { stage, trouble }: Pick<ProofRun, "stage" | "trouble">,
  diagnosis: Diagnosis | undefined,
): RegistrationError {
  if (trouble) return unseen(inputs, stage, trouble);
  const evidence = diagnosis?.evidence === undefined ? "" : `: ${diagnosis.evidence}`;
  const shown = diagnosis ? `${diagnosis.cause}${evidence}` : undefined;
  const place = `${describeAccess(inputs.remote)}, cluster ${inputs.clusterName}, namespace ${inputs.namespace}`;
  const next = stage.next ?? diagnosis?.next ?? "look at the agent's log";
  return new RegistrationError({
    code: stage.code,
    what: `${stage.what} within ${inputs.timeoutSeconds} s`,
    where: stage.where === undefined ? place : `${stage.where}, cluster ${inputs.clusterName}`,
    cause:
      stage.cause === undefined
        ? (shown ?? "unknown: the agent could not be looked at")
        : [stage.cause, shown && isOfUse(diagnosis) ? `the agent: ${shown}` : undefined].filter(Boolean).join("; "),
    next: thenAgain(next),
  });
}

/** Some steps name the run that they need themselves. */
function thenAgain(next: string): string {
  return next.includes("pulumi up") ? next : `${next}; then run pulumi up again, which goes on from here`;
}

/** Whatever the agent has said before: nobody knows how it is now, and the API server comes first. */
function unseen(inputs: ClientCertificateInputs, stage: Stage, trouble: Problem): RegistrationError {
  return new RegistrationError({
    code: stage.code,
    what: `${stage.what} within ${inputs.timeoutSeconds} s, as far as could be seen`,
    where: `${trouble.where}, cluster ${inputs.clusterName}, namespace ${inputs.namespace}`,
    cause: causeOf(trouble),
    next: thenAgain(trouble.next),
  });
}

/** Beside a cause that is known, an agent that shows nothing adds nothing. */
function isOfUse(diagnosis: Diagnosis | undefined): boolean {
  return diagnosis !== undefined && diagnosis.id !== "unknown" && diagnosis.id !== "certificate-secret-gone";
}

function interrupted(inputs: ClientCertificateInputs, interruption: AbortSignal): RegistrationError {
  return interruptionError(`the wait for the client certificate of ${inputs.clusterName}`, interruption.reason);
}

/** Tells the seconds since the lap before, to a tenth. */
function stopwatch(): (now?: number) => number {
  let last = Date.now();
  return (now = Date.now()) => {
    const milliseconds = now - last;
    last = now;
    return Math.round(milliseconds / 100) / 10;
  };
}
