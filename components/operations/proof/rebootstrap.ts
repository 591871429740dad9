import type { HelmRelease } from "../../glooMesh/helmRelease";
import { readLiveCertificate } from "../../glooMesh/liveCertificate";
import { isIssuedAfter, reasonToReissue } from "../../glooMesh/reissue";
import { contentChangedAt, paths, type Secret } from "../../kubernetes/objects";
import { report } from "../shared/report";
import { untilAnswered } from "../shared/waiting";
import { createdAt, readSecretsAt, restartPods } from "./agentPods";
import type { ProofRun } from "./proofRun";

/**
 * Lets an agent begin anew that has no good certificate. It reads its Secrets only when it starts, and uses a certificate that it
 * finds, whatever it is worth: a bad one is removed, and pods that started without what they need are restarted.
 *
 * Comes after the agent's release, so that what is restarted has its present values.
 */
export async function rebootstrap(run: ProofRun, release: HelmRelease): Promise<void> {
  const { client, inputs, earlier, signal } = run;
  if (inputs.certificate !== "issued") return;
  const { secret, verdict } = await untilAnswered(() => readLiveCertificate(client, inputs, signal), run);
  const trustsAnother = earlier !== undefined && earlier.rootCertificate !== inputs.rootCertificate;
  if (verdict.accepted) {
    const isReissued = await reissue(run, secret);
    if (isReissued || trustsAnother) await restartPods(run, () => true);
    return;
  }
  // On the management cluster itself nothing is ever deleted that the hub may own.
  if (secret && inputs.removeOnDelete) {
    report(`${inputs.clusterName}: removing a client certificate that is no good: ${verdict.fault}`);
    await removeAsSeen(run, secret);
  }
  const tokenWritten = inputs.tokenWrittenAt === "" ? undefined : new Date(inputs.tokenWrittenAt);
  await restartPods(run, (pod) => {
    if (!verdict.missing) return true;
    if (tokenWritten) return createdAt(pod) < tokenWritten;
    // In the first run an agent can be there already whose state was lost; Helm makes the revision before the pods that come with it.
    return earlier !== undefined || createdAt(pod) < release.created;
  });
}

/** Removes a good certificate that is to be issued anew. Not one that came for the token: a run that was killed had got so far. */
async function reissue(run: ProofRun, secret: Secret | undefined): Promise<boolean> {
  const { inputs, earlier } = run;
  const reason = reasonToReissue(earlier, inputs, secret);
  if (!secret || reason === undefined || !inputs.removeOnDelete || isIssuedAfter(secret, inputs.tokenWrittenAt))
    return false;
  report(`${inputs.clusterName}: removing a good client certificate, to have it issued anew: ${reason}`);
  await removeAsSeen(run, secret);
  return true;
}

/** The most certificates of another name that are removed in one run: an agent that goes on writing them needs a person. */
const mostRemovals = 2;

/** Whether a certificate that came meanwhile for another name may be removed: nobody's own, nothing of the hub's, and not for ever. */
export function mayRemove({ inputs, removals }: ProofRun): boolean {
  return inputs.certificate === "issued" && inputs.removeOnDelete && removals < mostRemovals;
}

/**
 * Removes a certificate for another name that came while the proof waited: a pod of the agent from before a rename was restarted by
 * its kubelet, and bootstrapped under its former name. The present agent may have read it.
 */
export async function removeForeignCertificate(run: ProofRun, secret: Secret, fault: string): Promise<void> {
  run.removals += 1;
  report(`${run.inputs.clusterName}: removing a client certificate that came meanwhile: ${fault}`);
  await removeAsSeen(run, secret);
  await restartPods(run, () => true);
}

/** Restarts the pods that started before the provided certificate had its present content. */
export async function followProvided(run: ProofRun, secret: Secret): Promise<void> {
  const changed = contentChangedAt(secret);
  await restartPods(
    run,
    // Times are whole seconds: in the same second it may have read either.
    (pod) => readSecretsAt(pod, run.inputs.agentName) <= changed,
    () => "restarted the agent, which started before the provided certificate was there and reads it only at start",
  );
}

/** Removes what was judged. What has been written since stays: the wait that follows judges it. */
async function removeAsSeen(run: ProofRun, { metadata }: Secret): Promise<void> {
  const { client, inputs, signal } = run;
  const path = paths.secret(inputs.clientSecret.namespace, metadata.name);
  await untilAnswered(() => client.remove(path, metadata, { signal }), run);
}
