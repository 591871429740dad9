import { anyOf, enumerate } from "../base/text";
import { leavesNoMark, usesToken } from "../glooMesh/modes";
import { istioInjection } from "../glooMesh/ownership";
import type { Reason } from "../glooMesh/reasons";
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
import { type EngineChanges, settleLines } from "./engineChanges";
import { changed, created, known, of, type PlanLine, type PlanMessage, removed } from "./planMessage";
import { describeRoot, isReissued, rootChanges } from "./rootChanges";
import { takeOverLines } from "./takenOver";

/**
 * Describes in short lines what `up` will do to a registration. Pure: the same in preview and in the run.
 *
 * Pulumi's own diff lists resources; this explains their changes. It does not know Pulumi's state: it lists an object that someone else deleted, and
 * that is still in the state, as missing, with the command that restores it.
 */
export function describePlan(
  desired: DesiredState,
  current: CurrentState,
  { health, repair, engine }: SeenInRun = {},
): PlanMessage {
  if (!isBegun(desired, current)) return registration(desired, current);
  const seen = [
    ...otherCluster(desired, current),
    ...rename(desired, current),
    ...changes(desired, current),
    ...(repair ? [changed(`${repair.sentence}; it is restored`)] : []),
  ];
  const lines = engine ? settleLines(seen, desired, engine) : seen;
  const unless = engine ? "" : caveat(desired, current);
  const [first] = lines;
  if (!first) return nothingToDo(desired, current, health, unless);
  const action = lines.some(({ sign }) => sign !== " ") ? "change" : "unchanged";
  const name = action === "change" ? desired.clusterName : `${desired.clusterName}${unless}`;
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
  return { action, headline: `${name} · ${first.text}${more}`, lines };
}

/** The health of the present registration, what `up` repairs of it, and what the engine is about to do; each as far as it is known. */
interface SeenInRun {
  readonly health?: { readonly verdict: string; readonly why: string } | undefined;
  readonly repair?: Reason | undefined;
  readonly engine?: EngineChanges | undefined;
}

/** Describes the first `up` of a registration that Pulumi's state does not have: what exists of it is adopted. */
export function describeAdoption(desired: DesiredState, current: CurrentState): PlanMessage {
  if (!isBegun(desired, current) || leavesNoMark(desired)) return registration(desired, current);
  const { clusterName, serverAddress } = desired;
  const helm = desired.installAgent ? ", and Helm runs again" : "";
  const adoption = `Pulumi's state does not have this registration, or replaces it: what exists of it is adopted${helm}`;
  const isTakenOver = current.toTakeOver.length > 0;
  return {
    action: "register",
    headline: `${clusterName} (${isTakenOver ? "taken over" : "adopted"}) · ${agentInShort(desired)} · relay ${serverAddress.value}`,
    lines: [
      ...(isTakenOver ? [] : [changed(adoption)]),
      ...otherCluster(desired, current),
      ...rename(desired, current),
      ...changes(desired, current),
    ],
  };
}

/** True if an object of this registration exists that belongs to this cluster; of one that leaves no object, only Pulumi's state would know. */
export function isBegun(
  desired: DesiredState,
  { release, rootFingerprints, temporaryTokenPresent, registered }: CurrentState,
): boolean {
  const isHere = registered.some(
    ({ name, clusterIdentity }) =>
      name === desired.clusterName && (clusterIdentity ?? desired.remoteIdentity) === desired.remoteIdentity,
  );
  return (
    release !== undefined || rootFingerprints !== undefined || temporaryTokenPresent || isHere || leavesNoMark(desired)
  );
}

function otherCluster({ remoteIdentity }: DesiredState, { registered }: CurrentState): readonly PlanLine[] {
  const others = new Set(registered.flatMap(({ clusterIdentity }) => clusterIdentity ?? []));
  others.delete(remoteIdentity);
  if (others.size === 0) return [];
  const text = `another cluster: ${enumerate([...others])} was registered, the context leads to ${remoteIdentity}; this one is registered first, then the previous one is deregistered as far as its context still leads to it`;
  return [changed(text)];
}

function rename(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
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

/** Describes a first registration: the remote cluster has no object of it yet. */
function registration(desired: DesiredState, current: CurrentState): PlanMessage {
  const { clusterName, namespace, certificate, tls, token, selfRegistration, agentVersion, serverAddress } = desired;
  const { installAgent, createKubernetesCluster } = desired;
  const where = selfRegistration ? "on the management cluster, which registers itself" : "on the remote cluster";
  const moves = [...otherCluster(desired, current), ...rename(desired, current)];
  const start =
    current.registered.length === 0 ? " (new)" : moves.map(({ text }) => ` (${text.split(":")[0]})`).join("");
  const isTokenCopied = usesToken(desired) && !selfRegistration && token !== "provided";
  const until = token === "temporary" ? "until the client certificate is issued" : "retained";
  const noTls = "no TLS between agent and relay server: anyone can impersonate this cluster, and no Secret is copied";
  return {
    action: "register",
    headline: `${clusterName}${start} · ${agentInShort(desired)} · relay ${serverAddress.value}`,
    lines: [
      ...moves,
      ...(current.namespacePresent ? [] : [created(`namespace ${namespace} ${where}`)]),
      ...(desired.rootCertificate === "" ? [] : [created(`root CA ${describeRoot(desired)} ${where}`)]),
      ...(isTokenCopied ? [created(`bootstrap token ${where}, ${until}`)] : []),
      createKubernetesCluster
        ? created(`KubernetesCluster ${clusterName} on the management cluster`)
        : known(`KubernetesCluster ${clusterName} on the management cluster: provided, and used as it is`),
      ...(desired.installCrds
        ? [created(`CRDs ${agentVersion.value} ${where}, which stay after a deregistration`)]
        : []),
      installAgent
        ? created(describeAgent(desired, ` ${where}`))
        : known(`agent ${where}: provided, and proven as it is`),
      ...namespaceLabel(desired, current),
      ...(tls === "none" ? [known(noTls)] : []),
      ...earlierCertificate(desired, current),
      ...(certificate === "provided" ? certificateLine(desired, current) : []),
    ],
  };
}

/** The agent in a headline. */
function agentInShort({ installAgent, agentVersion }: DesiredState): string {
  return ["agent", agentVersion.value, ...(installAgent ? [] : ["provided"])].filter((word) => word !== "").join(" ");
}

/** In a self-registration the Secret belongs to the management cluster, so nothing is removed; a provided agent uses it. */
function earlierCertificate(desired: DesiredState, current: CurrentState): PlanLine[] {
  const { secret, verdict } = current.certificate;
  const exists = verdict.accepted || !verdict.missing;
  const isUsed = desired.selfRegistration || (!desired.installAgent && current.agentPresent);
  if (desired.certificate !== "issued" || isUsed || !exists) return [];
  return [removed(`client certificate of an earlier registration in Secret ${secret}; a new one is issued`)];
}

/** Lists the differences from the desired state, for a registration that has objects. */
function changes(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
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
function namespaceLabel(desired: DesiredState, current: CurrentState): PlanLine[] {
  const { namespacePresent, namespaceLabel: value } = current;
  const { label, disabled } = istioInjection;
  const reason = labelReason(desired, current)?.sentence;
  if (reason !== undefined) return [changed(`${reason}; it is added`)];
  const isDeclared = desired.disableIstioInjection && desired.createNamespace;
  if (!isDeclared || !namespacePresent || value === disabled) return [];
  return [changed(`label ${label}=${disabled} on the namespace ${desired.namespace}`)];
}

function certificateLine(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
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

function nothingToDo(
  desired: DesiredState,
  current: CurrentState,
  health: SeenInRun["health"],
  unless: string,
): PlanMessage {
  const { clusterName, serverAddress, tls: wanted } = desired;
  const { verdict } = current.certificate;
  const until = verdict.accepted ? [`client certificate until ${verdict.facts.notAfter.slice(0, 10)}`] : [];
  const name = `${clusterName}${unless}`;
  const tls = wanted === "none" ? ["no TLS"] : until;
  const state = health ? [[health.verdict, health.why].filter((part) => part !== "").join(": ")] : [];
  const headline = [name, ...state, agentInShort(desired), `relay ${serverAddress.value}`, ...tls].join(" · ");
  return { action: "unchanged", headline, lines: [] };
}

/** Names the arguments whose previous value is in Pulumi's state alone. A label against sidecars is removed only if it was added here. */
function caveat({ reissue, chartArguments, disableIstioInjection }: DesiredState, { namespaceLabel }: CurrentState) {
  const mayGo = !disableIstioInjection && namespaceLabel === istioInjection.disabled;
  const unread = [
    ...(reissue === "" ? [] : ["clientCertificate.reissue"]),
    ...chartArguments,
    ...(mayGo ? ["namespace.disableIstioInjection"] : []),
  ];
  return unread.length === 0 ? "" : `, unless ${anyOf(unread)} has changed`;
}
