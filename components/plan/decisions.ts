import { isPending } from "../glooMesh/helmRelease";
import { istioInjection } from "../glooMesh/ownership";
import { formatReason, type Reason } from "../glooMesh/reasons";
import { describeMissing, type MissingObject } from "../preflight/remote/missingObjects";
import type { CurrentState, InstalledRelease } from "./currentState";
import type { DesiredState } from "./desiredState";
import { isReissued } from "./rootChanges";
import { takeOverReason } from "./takenOver";

/**
 * Why the dynamic resources run again although no argument has changed: one formatted reason each, empty for none. Decided once, from the objects
 * that the checks have read: the reason is an input of the resource, so that Pulumi's own diff, the plan in words and the doctor cannot disagree.
 */
export interface Decisions {
  readonly preparation: string;
  readonly bootstrapToken: string;
  readonly clientCertificate: string;
}

/** `repair`: what is to be repaired of an agent that is not healthy. Default: nothing. */
export function decide(desired: DesiredState, current: CurrentState, repair?: Reason): Decisions {
  const release = current.release && releaseReason(current.release);
  const certificate = certificateReason(desired, current);
  return {
    preparation: formatReason(
      takeOverReason(current) ?? release ?? uninstalledReason(current) ?? repair ?? labelReason(desired, current),
    ),
    bootstrapToken: formatReason(certificate ?? (isReissued(desired, current) ? undefined : tokenReason(current))),
    // With a one-time token a bad certificate is its resource's reason; a proof follows from each bootstrap.
    clientCertificate: formatReason(
      proofReason(desired, current) ?? repair ?? (desired.token === "temporary" ? undefined : certificate),
    ),
  };
}

/** Why Helm must run again although none of its inputs has changed. */
export function releaseReason({ name, status, recorded, byOthers }: InstalledRelease): Reason | undefined {
  const who = byOthers ? "whoever installed it" : "an earlier run";
  if (isPending({ status }))
    return { id: "release-pending", sentence: `${who} left the Helm release ${name} ${status}` };
  if (status === "failed") {
    return {
      id: "release-failed",
      sentence: `the Helm release ${name} failed in ${byOthers ? "its last upgrade" : who}`,
    };
  }
  if (status !== "deployed" || recorded || byOthers) return undefined;
  const sentence = `a run that ended before Pulumi recorded it installed the Helm release ${name}`;
  return { id: "release-not-recorded", sentence };
}

/** Why Helm must run for a release of which only the history is left: Pulumi's state still has it, and Helm refuses to upgrade it. */
export function uninstalledReason({ uninstalled }: Pick<CurrentState, "uninstalled">): Reason | undefined {
  if (uninstalled === undefined) return undefined;
  const sentence = `someone else uninstalled the Helm release ${uninstalled} and kept its history`;
  return { id: "release-uninstalled", sentence };
}

/** Why a label is added to a namespace that this registration did not create. */
export function labelReason(
  desired: DesiredState,
  { namespacePresent, namespaceLabel }: CurrentState,
): Reason | undefined {
  const isToAdd = desired.disableIstioInjection && !desired.createNamespace;
  if (!isToAdd || !namespacePresent || namespaceLabel !== undefined) return undefined;
  const { label, disabled } = istioInjection;
  return { id: "label-missing", sentence: `the namespace ${desired.namespace} lacks the label ${label}=${disabled}` };
}

/** Why the client certificate does not prove this registration. */
export function certificateReason(
  { certificate }: Pick<DesiredState, "certificate">,
  { certificate: { secret, verdict } }: Pick<CurrentState, "certificate">,
): Reason | undefined {
  if (certificate === "none" || verdict.accepted) return undefined;
  return verdict.missing
    ? { id: "certificate-missing", sentence: `Secret ${secret} does not exist` }
    : { id: "certificate-not-acceptable", sentence: `Secret ${secret}: ${verdict.fault}` };
}

/** Why the temporary token is removed. */
export function tokenReason({ temporaryTokenPresent }: CurrentState): Reason | undefined {
  if (!temporaryTokenPresent) return undefined;
  return { id: "token-left-behind", sentence: "an earlier run left the bootstrap token on the remote cluster" };
}

/** A proof holds for a release that is deployed and that Pulumi has recorded, which the proof itself notes on the release. */
function proofReason(
  { installAgent }: DesiredState,
  { release, missing, ...current }: CurrentState,
): Reason | undefined {
  // What becomes of a provided agent, its health says.
  if (!installAgent) return undefined;
  if (release) return releaseReason(release);
  const uninstalled = uninstalledReason(current);
  if (uninstalled) return uninstalled;
  const deleted = missing.find(({ step, certain }) => step === "agent" && certain);
  return { id: "release-missing", sentence: deleted ? describeDeleted(deleted) : notInstalled };
}

/** The text of plan and reason for an agent that no run has installed. */
export const notInstalled = "the agent's Helm release is not installed";

export function describeDeleted(object: MissingObject): string {
  return `someone else deleted the ${describeMissing(object)}`;
}
