import { judgeClientCertificate } from "../../certificates/clientCertificate";
import type { HelmRelease } from "../../glooMesh/helmRelease";
import { expectationOf } from "../../glooMesh/liveCertificate";
import { isIssuedAfter, reasonToReissue } from "../../glooMesh/reissue";
import { contentChangedAt, type ObjectList, paths, type Secret } from "../../kubernetes/objects";
import { report } from "../shared/report";
import { listOne, untilAnswered } from "../shared/waiting";
import { createdAt, readSecretsAt, restartPods } from "./agentPods";
import type { ProofRun } from "./proofRun";

/**
 * Has an agent without a good certificate bootstrap again. The agent reads its Secrets only at its start, and uses any certificate that it finds:
 * a bad one is removed, and pods that started without the Secrets they need are restarted.
 *
 * It comes after the agent's release, so that the restarted pods have its present values. Returns the Secret as it was read, unless it was removed.
 */
export async function rebootstrap(
  run: ProofRun,
  /** Undefined for a provided agent. */
  release: HelmRelease | undefined,
): Promise<ObjectList<Secret> | undefined> {
  const { inputs, earlier } = run;
  if (inputs.certificate !== "issued") return undefined;
  const { namespace, name } = inputs.clientSecret;
  const live = await untilAnswered(() => listOne<Secret>(run, paths.secrets(namespace), name), run);
  const [secret] = live.items;
  const verdict = judgeClientCertificate(secret, expectationOf(inputs));
  const trustsAnother = earlier !== undefined && earlier.rootCertificate !== inputs.rootCertificate;
  if (verdict.accepted) {
    const isReissued = await reissue(run, secret);
    if (isReissued || trustsAnother) await restartPods(run, () => true);
    return isReissued || trustsAnother ? undefined : live;
  }
  // With self-registration the Secret may be the management cluster's own, which is never deleted.
  if (secret && inputs.removeOnDelete) {
    report(`${inputs.clusterName}: removing an unusable client certificate: ${verdict.fault}`);
    await removeAsSeen(run, secret);
  }
  const tokenWritten = await tokenWrittenAt(run);
  await restartPods(run, (pod) => {
    if (!verdict.missing) return true;
    if (tokenWritten) return createdAt(pod) < tokenWritten;
    // In the first run an agent may exist already whose state was lost; Helm creates the revision before its pods.
    return earlier !== undefined || (release !== undefined && createdAt(pod) < release.created);
  });
  return secret ? undefined : live;
}

/** When the token was written; for a provided agent, which may have started long before, also one that was not copied by this registration's own resource. */
async function tokenWrittenAt(run: ProofRun): Promise<Date | undefined> {
  const { client, inputs, signal } = run;
  if (inputs.tokenWrittenAt !== "") return new Date(inputs.tokenWrittenAt);
  if (!inputs.agentProvided) return undefined;
  const { namespace, name } = inputs.tokenSecret;
  const secret = await untilAnswered(() => client.find<Secret>(paths.secret(namespace, name), { signal }), run);
  return secret && contentChangedAt(secret);
}

/** Removes a good certificate that must be reissued, unless it was issued for this token already, in a run that was killed later. */
async function reissue(run: ProofRun, secret: Secret | undefined): Promise<boolean> {
  const { inputs, earlier } = run;
  const reason = reasonToReissue(earlier, inputs, secret);
  if (!secret || reason === undefined || !inputs.removeOnDelete || isIssuedAfter(secret, inputs.tokenWrittenAt))
    return false;
  report(`${inputs.clusterName}: removing a good client certificate to have it reissued: ${reason}`);
  await removeAsSeen(run, secret);
  return true;
}

/** Most certificates of another name that one run removes: an agent that keeps writing them needs a person. */
const mostRemovals = 2;

/** Whether the run may remove a certificate for another name: not a provided one, not the management cluster's, and not without end. */
export function mayRemove({ inputs, removals }: ProofRun): boolean {
  return inputs.certificate === "issued" && inputs.removeOnDelete && removals < mostRemovals;
}

/**
 * Removes a certificate for another name that was stored during the wait: the kubelet restarted a pod from before a rename, and it bootstrapped under
 * its previous name. The present agent may have read that certificate, so it is restarted.
 */
export async function removeForeignCertificate(run: ProofRun, secret: Secret, fault: string): Promise<void> {
  run.removals += 1;
  report(`${run.inputs.clusterName}: removing a client certificate that was stored during the wait: ${fault}`);
  await removeAsSeen(run, secret);
  await restartPods(run, () => true);
}

/** Restarts the pods that started before the provided certificate had its present content. */
export async function followProvided(run: ProofRun, secret: Secret): Promise<void> {
  const changed = contentChangedAt(secret);
  await restartPods(
    run,
    // Times are whole seconds: within the same second the agent may have read either content.
    (pod) => readSecretsAt(pod, run.inputs.agentName) <= changed,
    () => "restarted the agent, which started before the provided certificate existed and reads it only at start",
  );
}

/** Removes the Secret as it was judged. A later version of it stays: the wait that follows judges it. */
async function removeAsSeen(run: ProofRun, { metadata }: Secret): Promise<void> {
  const { client, inputs, signal } = run;
  const path = paths.secret(inputs.clientSecret.namespace, metadata.name);
  await untilAnswered(() => client.remove(path, metadata, { signal }), run);
}
