import { anyOf, enumerate } from "../base/text";
import { fingerprintsOf } from "../certificates/x509";
import { istioInjection } from "../glooMesh/ownership";
import { withSource } from "../preflight/discovery/found";
import { agentChanges } from "./agentChanges";
import type { CurrentState } from "./currentState";
import { certificateReason, describeDeleted, labelReason, notInstalled, tokenReason } from "./decisions";
import type { DesiredState } from "./desiredState";
import { compareFingerprints } from "./fingerprints";
import { changed, created, known, type PlanLine, type PlanMessage, removed } from "./planMessage";
import { isReissued, rootChanges } from "./rootChanges";

/**
 * Describes in short lines what `up` will do to a registration. Pure: the same in preview and in the run.
 *
 * Pulumi's own diff lists resources; this explains their changes. It does not know Pulumi's state: it lists an object that someone else deleted, and
 * that is still in the state, as missing, with the command that restores it.
 */
export function describePlan(desired: DesiredState, current: CurrentState): PlanMessage {
  if (!isBegun(desired, current)) return registration(desired, current);
  const lines = [...otherCluster(desired, current), ...rename(desired, current), ...changes(desired, current)];
  const [first] = lines;
  if (!first) return nothingToDo(desired, current);
  const action = lines.some(({ sign }) => sign !== " ") ? "change" : "unchanged";
  const name = action === "change" ? desired.clusterName : `${desired.clusterName}${caveat(desired, current)}`;
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
  return { action, headline: `${name} · ${first.text}${more}`, lines };
}

/** Describes the deregistration of the clusters that the program no longer declares. */
export function describeDeregistrations(names: readonly string[]): PlanMessage {
  const objects = "its agent, its Secrets and its KubernetesCluster, and its namespace if this stack created it";
  return {
    action: "deregister",
    headline: names.join(", "),
    lines: names.map((name) => removed(`${name}, which is no longer declared: ${objects}`)),
  };
}

/** True if an object of this registration exists that belongs to this cluster. */
function isBegun(
  desired: DesiredState,
  { release, rootFingerprints, temporaryTokenPresent, registered }: CurrentState,
): boolean {
  const isHere = registered.some(
    ({ name, clusterIdentity }) =>
      name === desired.clusterName && (clusterIdentity ?? desired.remoteIdentity) === desired.remoteIdentity,
  );
  return release !== undefined || rootFingerprints !== undefined || temporaryTokenPresent || isHere;
}

function otherCluster({ remoteIdentity }: DesiredState, { registered }: CurrentState): readonly PlanLine[] {
  const others = registered
    .flatMap(({ clusterIdentity }) => clusterIdentity ?? [])
    .filter((one) => one !== remoteIdentity);
  if (others.length === 0) return [];
  const previous = enumerate([...new Set(others)]);
  const text = `another cluster: ${previous} was registered, the context leads to ${remoteIdentity}; this one is registered first, then the previous one is deregistered as far as its context still leads to it`;
  return [changed(text)];
}

function rename(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  const previous = previousNames(desired, current);
  if (previous.length === 0) return [];
  const names = enumerate(previous);
  return current.registered.some(({ name }) => name === desired.clusterName)
    ? [removed(`previous name ${names} on the management cluster`)]
    : [
        changed(
          `rename ${names} → ${desired.clusterName}: the new registration is created first, the old name is removed at the end`,
        ),
      ];
}

/** Other names of this registration, on the management cluster and in the agent's values. */
function previousNames({ clusterName }: DesiredState, { registered, release }: CurrentState): string[] {
  const names = [
    ...registered.map(({ name }) => name),
    ...(release?.clusterName === undefined ? [] : [release.clusterName]),
  ];
  return [...new Set(names)].filter((name) => name !== clusterName).sort();
}

/** Describes a first registration: the remote cluster has no object of it yet. */
function registration(desired: DesiredState, current: CurrentState): PlanMessage {
  const { clusterName, namespace, selfRegistration, agentVersion, serverAddress } = desired;
  const [, root] = compareFingerprints([], fingerprintsOf(desired.rootCertificate));
  const where = selfRegistration ? "on the management cluster, which registers itself" : "on the remote cluster";
  const moves = [...otherCluster(desired, current), ...rename(desired, current)];
  const start =
    current.registered.length === 0 ? " (new)" : moves.map(({ text }) => ` (${text.split(":")[0]})`).join("");
  return {
    action: "register",
    headline: `${clusterName}${start} · agent ${agentVersion.value} · relay ${serverAddress.value}`,
    lines: [
      ...moves,
      ...(current.namespacePresent ? [] : [created(`namespace ${namespace} ${where}`)]),
      ...(desired.rootCertificate === "" ? [] : [created(`root CA ${root} ${where}`)]),
      ...(desired.certificate === "issued" && !selfRegistration ? tokenToCreate(desired, where) : []),
      created(`KubernetesCluster ${clusterName} on the management cluster`),
      created(`agent ${withSource(agentVersion)} ${where}, relay server ${withSource(serverAddress)}`),
      ...namespaceLabel(desired, current),
      ...(desired.certificate === "none"
        ? [known("no TLS between agent and relay server: anyone can impersonate this cluster, and no Secret is copied")]
        : []),
      ...earlierCertificate(desired, current),
      ...(desired.certificate === "provided" ? certificateLine(desired, current) : []),
    ],
  };
}

function tokenToCreate({ token }: DesiredState, where: string): PlanLine[] {
  if (token === "provided") return [];
  return [
    created(
      `bootstrap token ${where}, ${token === "temporary" ? "until the client certificate is issued" : "retained"}`,
    ),
  ];
}

/** In a self-registration the Secret belongs to the management cluster, so nothing is removed. */
function earlierCertificate(desired: DesiredState, { certificate: { secret, verdict } }: CurrentState): PlanLine[] {
  const exists = verdict.accepted || !verdict.missing;
  if (desired.certificate !== "issued" || desired.selfRegistration || !exists) return [];
  return [removed(`client certificate of an earlier registration in Secret ${secret}; a new one is issued`)];
}

/** Lists the differences from the desired state, for a registration that has objects. */
function changes(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  return [
    ...deletedObjects(current),
    ...unfinishedObjects(desired, current),
    ...clusterDomain(desired, current),
    ...namespaceLabel(desired, current),
    ...(current.release ? agentChanges(desired, current.release).map(changed) : []),
    ...rootChanges(desired, current, tokenPresence(desired)),
    ...certificateLine(desired, current),
    ...leftToken(desired, current),
  ];
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
  const rootExists = desired.rootCertificate === "" || current.rootFingerprints !== undefined || isRootNew(current);
  const unfinished = [
    ...(current.namespacePresent || isDeleted("namespace") ? [] : [`namespace ${desired.namespace}`]),
    ...(rootExists || isDeleted("root-certificate") ? [] : ["root CA Secret"]),
    ...(isNamed || isDeleted("kubernetes-cluster") ? [] : [`KubernetesCluster ${desired.clusterName}`]),
  ];
  const { agentVersion, serverAddress } = desired;
  const agent = `agent ${withSource(agentVersion)}, relay server ${withSource(serverAddress)}: ${notInstalled}; after a deletion by someone else only \`pulumi up --refresh\` restores it`;
  const resumes = "an interrupted run resumes by itself, and `pulumi up --refresh` restores what someone else deleted";
  return [
    ...(unfinished.length === 0 ? [] : [known(`missing: ${enumerate(unfinished)}; ${resumes}`)]),
    ...(release || isDeleted("agent") ? [] : [created(agent)]),
  ];
}

function clusterDomain(desired: DesiredState, { registered }: CurrentState): readonly PlanLine[] {
  const own = registered.find(({ name }) => name === desired.clusterName);
  if (!own || own.clusterDomain === desired.clusterDomain) return [];
  return [
    changed(
      `cluster domain ${own.clusterDomain ?? "(none)"} → ${desired.clusterDomain} in KubernetesCluster ${own.name}`,
    ),
  ];
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

/** True if the agent's values name no root CA Secret, or another one: then this Secret is yet to be created. */
function isRootNew({ rootFingerprints, release }: CurrentState): boolean {
  return rootFingerprints === undefined && release?.usesRootSecret === false;
}

function certificateLine(desired: DesiredState, current: CurrentState): readonly PlanLine[] {
  const reason = certificateReason(desired, current);
  if (!reason) return [];
  const { id, sentence } = reason;
  const bootstraps = id === "certificate-missing" ? "the agent bootstraps" : "the agent bootstraps again";
  return desired.certificate === "provided"
    ? [changed(`client certificate: ${sentence}; you provide it, and the proof waits for it`)]
    : [changed(`client certificate: ${sentence}; ${bootstraps}, ${tokenPresence(desired)}`)];
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

function nothingToDo(desired: DesiredState, current: CurrentState): PlanMessage {
  const { clusterName, agentVersion, serverAddress, certificate } = desired;
  const { verdict } = current.certificate;
  const until = verdict.accepted ? [`client certificate until ${verdict.facts.notAfter.slice(0, 10)}`] : [];
  const facts = [
    `agent ${agentVersion.value}`,
    `relay ${serverAddress.value}`,
    ...(certificate === "none" ? ["no TLS"] : until),
  ];
  return {
    action: "unchanged",
    headline: [`${clusterName}${caveat(desired, current)}`, ...facts].join(" · "),
    lines: [],
  };
}

function caveat(desired: DesiredState, current: CurrentState): string {
  const unread = unreadArguments(desired, current);
  return unread.length === 0 ? "" : `, unless ${anyOf(unread)} has changed`;
}

/** Arguments whose previous value is in Pulumi's state alone. A label against sidecars is removed only if it was added here. */
function unreadArguments(desired: DesiredState, { namespaceLabel }: CurrentState): readonly string[] {
  const mayGo = !desired.disableIstioInjection && namespaceLabel === istioInjection.disabled;
  return [
    ...(desired.reissue === "" ? [] : ["clientCertificate.reissue"]),
    ...desired.chartArguments,
    ...(mayGo ? ["namespace.disableIstioInjection"] : []),
  ];
}
