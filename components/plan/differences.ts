import { enumerate } from "../base/text";
import { istioInjection } from "../glooMesh/ownership";
import { agentChanges, describeAgent } from "./agentChanges";
import type { CurrentState } from "./currentState";
import {
  certificateReason,
  describeDeleted,
  labelReason,
  notInstalled,
  tokenReason,
  uninstalledReason,
} from "./decisions";
import type { DesiredState } from "./desiredState";
import { changed, created, known, of, type PlanLine, removed } from "./planMessage";
import { isReissued, rootChanges } from "./rootChanges";
import { takeOverLines } from "./takenOver";

// The lines of a plan on what differs from the desired state, one function for each kind of difference.

/** Lists the differences from the desired state, for a registration that has objects. */
export function changes(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  return [
    ...takeOverLines(current, desired),
    ...newMarks(current),
    ...deletedObjects(current),
    ...unfinishedObjects(desired, current),
    ...of("kubernetes-cluster", clusterDomain(desired, current)),
    ...of("kubernetes-cluster", wayToEnd(desired, current)),
    ...of("namespace", namespaceLabel(desired, current)),
    ...(current.release ? agentChanges(desired, current.release).map(changed) : []),
    ...of("root-certificate", rootChanges(desired, current, tokenPresence(desired))),
    ...certificateLine(desired, current),
    ...leftToken(desired, current),
  ];
}

/** The context leads to another cluster than before. */
export function otherCluster({ remoteIdentity }: DesiredState, { registered }: CurrentState): readonly PlanLine[] {
  const others = new Set(registered.flatMap(({ clusterIdentity }) => clusterIdentity ?? []));
  others.delete(remoteIdentity);
  if (others.size === 0) return [];
  const text = `another cluster: ${enumerate([...others])} was registered, the context leads to ${remoteIdentity}; this one is registered first, then the previous one is deregistered as far as its context still leads to it`;
  return [changed(text)];
}

/** The cluster gets another name, or still has a previous one on the management cluster. */
export function rename(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  const previous = previousNames(desired, current);
  if (previous.length === 0) return [];
  const names = enumerate(previous);
  const order = "the new registration is created first, the old name is removed at the end";
  return current.registered.some(({ name }) => name === desired.clusterName)
    ? [removed(`previous name ${names} on the management cluster`)]
    : [changed(`rename ${names} → ${desired.clusterName}: ${order}`)];
}

/** Other names of this registration, on the management cluster and in the agent's values. */
function previousNames({ clusterName }: DesiredState, { registered, release }: CurrentState): string[] {
  const names = new Set([...registered.map(({ name }) => name), release?.clusterName ?? clusterName]);
  names.delete(clusterName);
  return [...names].sort();
}

function newMarks({ otherMarks }: CurrentState): readonly PlanLine[] {
  if (otherMarks.length === 0) return [];
  return [changed(`marks on both clusters, which name ${enumerate(otherMarks)}: renewed without a restart`)];
}

function deletedObjects({ missing }: CurrentState): readonly PlanLine[] {
  const certain = missing.filter((object) => object.certain);
  return certain.map((object) => known(`${describeDeleted(object)}; only \`pulumi up --refresh\` restores it`));
}

/** Lists objects that are missing after an interrupted run, which resumes by itself, or after a deletion by someone else. */
function unfinishedObjects(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  const { release, registered, missing } = current;
  const isNamed =
    registered.some(({ name }) => name === desired.clusterName) || previousNames(desired, current).length > 0;
  const isDeleted = (step: string) => missing.some((object) => object.step === step && object.certain);
  // Then the agent's values name no root CA Secret, or another one: this Secret is yet to be created.
  const isRootNew = release?.usesRootSecret === false;
  const rootExists = desired.rootCertificate === "" || current.rootFingerprints !== undefined || isRootNew;
  const unfinished = [
    ...(current.namespacePresent || isDeleted("namespace") ? [] : [`namespace ${desired.namespace}`]),
    ...(rootExists || isDeleted("root-certificate") ? [] : ["root CA Secret"]),
    ...(isNamed || isDeleted("kubernetes-cluster") || !desired.createKubernetesCluster
      ? []
      : [`KubernetesCluster ${desired.clusterName}`]),
  ];
  const uninstalled = uninstalledReason(current)?.sentence;
  const absent = `${notInstalled}; after a deletion by someone else only \`pulumi up --refresh\` restores it`;
  const agent = `${describeAgent(desired)}: ${uninstalled ? `${uninstalled}; it is installed again` : absent}`;
  const resumes = "an interrupted run resumes by itself, and `pulumi up --refresh` restores what someone else deleted";
  return [
    ...(unfinished.length === 0 ? [] : [known(`missing: ${enumerate(unfinished)}; ${resumes}`)]),
    ...(release || isDeleted("agent") || !desired.installAgent ? [] : [created(agent)]),
  ];
}

function clusterDomain(desired: DesiredState, { registered }: CurrentState): readonly PlanLine[] {
  const own = registered.find(({ name }) => name === desired.clusterName);
  if (!own || own.clusterDomain === desired.clusterDomain) return [];
  const change = `cluster domain ${own.clusterDomain ?? "(none)"} → ${desired.clusterDomain}`;
  return [changed(`${change} in KubernetesCluster ${own.name}`)];
}

/** What becomes of the cluster when the registration ends: noted on the KubernetesCluster for the preview of that day. */
function wayToEnd({ clusterName, leaveRunning }: DesiredState, { registered }: CurrentState): readonly PlanLine[] {
  const own = registered.find(({ name }) => name === clusterName);
  if (!own || (own.isLeftRunning ?? false) === leaveRunning) return [];
  const ways = ["deregisters the cluster", "hands the cluster over and leaves it running"];
  const [before, after] = leaveRunning ? ways : ways.toReversed();
  return [changed(`after this run, the end of the registration ${after}; before, it ${before}`)];
}

/** In a namespace that someone else created, their value of the label stays. */
export function namespaceLabel(desired: DesiredState, current: CurrentState): PlanLine[] {
  const { namespacePresent, namespaceLabel: value } = current;
  const { label, disabled } = istioInjection;
  const reason = labelReason(desired, current)?.sentence;
  if (reason !== undefined) return [changed(`${reason}; it is added`)];
  const isDeclared = desired.disableIstioInjection && desired.createNamespace;
  if (!isDeclared || !namespacePresent || value === disabled) return [];
  return [changed(`label ${label}=${disabled} on the namespace ${desired.namespace}`)];
}

/** Why the client certificate is not good, and what `up` does about it. */
export function certificateLine(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  const reason = certificateReason(desired, current);
  if (!reason) return [];
  const bootstraps = `the agent bootstraps${reason.id === "certificate-missing" ? "" : " again"}, ${tokenPresence(desired)}`;
  const repair = desired.certificate === "provided" ? "you provide it, and the proof waits for it" : bootstraps;
  return [changed(`client certificate: ${reason.sentence}; ${repair}`)];
}

function tokenPresence({ token, selfRegistration }: DesiredState): string {
  return token !== "temporary" || selfRegistration ? "with the existing token" : "with a temporary token";
}

function leftToken(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  const isBad = desired.certificate === "issued" && !current.certificate.verdict.accepted;
  const isNeeded = desired.token !== "temporary" || isBad || isReissued(desired, current);
  const reason = tokenReason(current);
  return reason && !isNeeded ? [removed(`${reason.sentence}; it is removed`)] : [];
}
