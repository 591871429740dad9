import { judgeClientCertificate } from "../certificate/clientCertificate";
import type { CertificateFacts } from "../certificate/x509";
import { type Deployment, isAvailable, readAgentState } from "../diagnosis/agentState";
import { type Diagnosis, diagnose } from "../diagnosis/diagnosis";
import { describeAccess } from "../kubernetes/access";
import type { KubernetesClient } from "../kubernetes/client";
import { findLatestRevision, markRecorded } from "../kubernetes/helmRelease";
import { paths, type Secret } from "../kubernetes/objects";
import { RegistrationError } from "../problems";
import { findLentToken, removeLentToken } from "./bootstrapToken";
import type { ClientCertificateInputs } from "./clientCertificate";
import { interruptionError } from "./interruption";
import { beginAnew } from "./newBeginning";
import { openRemote } from "./remoteCluster";
import { pause, report } from "./report";
import { followUntil } from "./waiting";

/** What was proven, and how long it took. */
export interface Proof {
  /** `agent`: the certificate is verified and the agent is available. */
  readonly proof: "agent";
  readonly tokenExposureSeconds: number;
  /** Seconds until the certificate was there. */
  readonly waitSeconds: number;
  /** Seconds from the certificate to the end of the proof. */
  readonly proofSeconds: number;
}

/** What the state knows of the run before. */
export interface EarlierProof {
  readonly tokenExposureSeconds?: number;
  readonly rootCertificate: string;
}

/** The seconds between two looks for the cause while waiting. */
const lookEverySeconds = 3;

/**
 * The proof of a registration: release deployed → certificate there and good → agent available → token gone.
 * Throws GMR501 to GMR505 and GMR507, with the cause.
 */
export async function prove(
  inputs: ClientCertificateInputs,
  /** What an earlier run of this registration found; undefined for the first one. */
  earlier: EarlierProof | undefined,
  interruption: AbortSignal,
): Promise<Proof & { facts: CertificateFacts }> {
  const started = Date.now();
  const limit = AbortSignal.timeout(inputs.timeoutSeconds * 1000);
  const over = new AbortController();
  const signal = AbortSignal.any([interruption, limit, over.signal]);
  let diagnosis: Diagnosis | undefined;
  let stage: Stage = { code: "GMR501", what: "The relay agent got no client certificate" };
  try {
    const client = await openRemote(inputs, signal);
    await checkRelease(client, inputs, signal);
    await beginAnew(client, inputs, earlier, signal);
    const watching = followCauses(client, inputs, signal, (found) => {
      diagnosis = found;
    });
    const facts = await awaitCertificate(client, inputs, signal, (fault) => {
      stage = { code: "GMR502", what: `The client certificate is not acceptable: ${fault}` };
    });
    const issued = Date.now();
    stage = { code: "GMR503", what: "The client certificate is good, but the relay agent is not available" };
    await awaitAgent(client, inputs, signal);
    over.abort();
    await watching;
    const exposure = inputs.removeToken ? await removeToken(client, inputs) : undefined;
    return {
      facts,
      proof: "agent",
      tokenExposureSeconds: exposure ?? earlier?.tokenExposureSeconds ?? 0,
      waitSeconds: seconds(issued - started),
      proofSeconds: seconds(Date.now() - issued),
    };
  } catch (error) {
    if (interruption.aborted) throw interrupted(inputs, interruption);
    if (limit.aborted) throw timedOut(inputs, stage, diagnosis);
    throw error;
  } finally {
    over.abort();
  }
}

interface Stage {
  readonly code: "GMR501" | "GMR502" | "GMR503";
  readonly what: string;
}

/** Helm must call the release deployed: one that hangs would block the next run although the agent works. */
async function checkRelease(
  client: KubernetesClient,
  inputs: ClientCertificateInputs,
  signal: AbortSignal,
): Promise<void> {
  const revision = await findLatestRevision(client, inputs.namespace, inputs.releaseName, signal);
  if (revision?.status !== "deployed") {
    throw new RegistrationError({
      code: "GMR504",
      what: `The Helm release ${inputs.releaseName} is ${revision ? revision.status : "not there"}`,
      where: `${client.where}, namespace ${inputs.namespace}`,
      cause: "somebody changed or removed it behind Pulumi's back",
      next: "run: pulumi up --refresh",
    });
  }
  await markRecorded(client, revision);
}

async function awaitCertificate(
  client: KubernetesClient,
  inputs: ClientCertificateInputs,
  signal: AbortSignal,
  onFault: (fault: string) => void,
): Promise<CertificateFacts> {
  let told = "";
  return followUntil<Secret, CertificateFacts>(
    client,
    paths.secrets(inputs.clientSecret.namespace),
    inputs.clientSecret.name,
    (secret) => {
      const verdict = judgeClientCertificate(secret, { ...inputs, now: new Date() });
      if (verdict.accepted) return verdict.facts;
      if (!verdict.missing && verdict.fault !== told) {
        told = verdict.fault;
        onFault(told);
        report(`${inputs.clusterName}: waiting: the client certificate is not acceptable: ${told}`);
      }
      return undefined;
    },
    signal,
  );
}

async function awaitAgent(
  client: KubernetesClient,
  inputs: ClientCertificateInputs,
  signal: AbortSignal,
): Promise<void> {
  await followUntil<Deployment, true>(
    client,
    paths.deployments(inputs.namespace),
    inputs.agentName,
    (deployment) => (isAvailable(deployment) ? true : undefined),
    signal,
  );
}

/** Looks for the cause while the wait lasts, and says it whenever it changes. */
async function followCauses(
  client: KubernetesClient,
  inputs: ClientCertificateInputs,
  signal: AbortSignal,
  onDiagnosis: (diagnosis: Diagnosis) => void,
): Promise<void> {
  let told = "";
  const started = Date.now();
  while (!signal.aborted) {
    try {
      await pause(lookEverySeconds, signal);
      const diagnosis = diagnose(await readAgentState(client, inputs.namespace, inputs.agentName, signal), inputs);
      onDiagnosis(diagnosis);
      if (diagnosis.cause === told) continue;
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

/** Removes the token and makes sure that it is gone; returns the seconds it was there, or undefined when none was ours. */
async function removeToken(client: KubernetesClient, inputs: ClientCertificateInputs): Promise<number | undefined> {
  const lent = await findLentToken(client, inputs);
  if (!lent) return undefined;
  await removeLentToken(client, inputs);
  const left = await findLentToken(client, inputs);
  if (left) {
    throw new RegistrationError({
      code: "GMR505",
      what: "The bootstrap token is still on the remote cluster",
      where: `${client.where}, Secret ${inputs.tokenSecret.namespace}/${inputs.tokenSecret.name}`,
      cause: left.metadata.deletionTimestamp === undefined ? "somebody put it back" : "a finalizer holds it",
      next: `remove it: kubectl -n ${inputs.tokenSecret.namespace} delete secret ${inputs.tokenSecret.name}`,
    });
  }
  // From the Secret's own age: a token that was written again after a failed run has been there since the first time.
  const since = new Date(lent.metadata.creationTimestamp ?? client.clock);
  return seconds(Math.max(0, client.clock.getTime() - since.getTime()));
}

function timedOut(inputs: ClientCertificateInputs, stage: Stage, diagnosis: Diagnosis | undefined): RegistrationError {
  const evidence = diagnosis?.evidence === undefined ? "" : `: ${diagnosis.evidence}`;
  return new RegistrationError({
    code: stage.code,
    what: `${stage.what} within ${inputs.timeoutSeconds} s`,
    where: `${describeAccess(inputs.remote)}, cluster ${inputs.clusterName}, namespace ${inputs.namespace}`,
    cause: diagnosis ? `${diagnosis.cause}${evidence}` : "unknown: the agent could not be looked at",
    next: `${diagnosis?.next ?? "look at the agent's log"}; then run pulumi up again, which goes on from here`,
  });
}

function interrupted(inputs: ClientCertificateInputs, interruption: AbortSignal): RegistrationError {
  return interruptionError(`the wait for the client certificate of ${inputs.clusterName}`, interruption.reason);
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
