import { anyOf, enumerate } from "../base/text";
import { fingerprintsOf } from "../certificates/x509";
import { istioInjection } from "../glooMesh/ownership";
import { withSource } from "../preflight/discovery/found";
import { agentChanges } from "./agentChanges";
import { lossWords } from "./certificateLoss";
import type { CurrentState } from "./currentState";
import type { DesiredState } from "./desiredState";
import { compareFingerprints } from "./fingerprints";

/**
 * What `up` will do to a registration, in short lines, a sentence each. Pure: the same in preview and in the run. The lines hold nothing
 * secret: names, addresses, versions, fingerprints and paths of values.
 *
 * Pulumi's own diff tells resources; this tells what they mean. It does not know Pulumi's state: an object that somebody removed and
 * that Pulumi believes to be there is told as missing, with the command that puts it back.
 */
export function describePlan(wanted: DesiredState, situation: CurrentState): readonly string[] {
  const lines = [
    ...otherCluster(wanted, situation),
    ...rename(wanted, situation),
    ...(isBegun(wanted, situation) ? changes(wanted, situation) : beginning(wanted, situation)),
  ];
  return lines.length > 0 ? lines : [nothingToDo(wanted, situation)];
}

/** The lines for registrations of this stack that it no longer declares. */
export function describeDeregistrations(names: readonly string[]): readonly string[] {
  return names.map(
    (name) =>
      `${name} is no longer declared: its agent, its Secrets and its KubernetesCluster are removed, and its namespace if this stack made it.`,
  );
}

/** True when something of this registration stands that belongs to this very cluster. */
function isBegun(wanted: DesiredState, { release, rootFingerprints, tokenLent, registered }: CurrentState): boolean {
  const isHere = registered.some(
    ({ name, clusterIdentity }) =>
      name === wanted.clusterName && (clusterIdentity ?? wanted.remoteIdentity) === wanted.remoteIdentity,
  );
  return release !== undefined || rootFingerprints !== undefined || tokenLent || isHere;
}

function otherCluster({ remoteIdentity }: DesiredState, { registered }: CurrentState): readonly string[] {
  const others = registered
    .flatMap(({ clusterIdentity }) => clusterIdentity ?? [])
    .filter((one) => one !== remoteIdentity);
  if (others.length === 0) return [];
  const former = enumerate([...new Set(others)]);
  return [
    `Another cluster: registered was ${former}, found is ${remoteIdentity}, which is registered first; then the former leaves, as far as its context still leads to it.`,
  ];
}

function rename(wanted: DesiredState, situation: CurrentState): readonly string[] {
  const former = formerNames(wanted, situation);
  if (former.length === 0) return [];
  const names = enumerate(former);
  return situation.registered.some(({ name }) => name === wanted.clusterName)
    ? [`Former name ${names} leaves the management cluster.`]
    : [`Rename ${names} → ${wanted.clusterName}: the new registration is made first, the old name leaves at the end.`];
}

/** On the hub, and what the agent calls itself. */
function formerNames({ clusterName }: DesiredState, { registered, release }: CurrentState): string[] {
  const names = [
    ...registered.map(({ name }) => name),
    ...(release?.clusterName === undefined ? [] : [release.clusterName]),
  ];
  return [...new Set(names)].filter((name) => name !== clusterName).sort();
}

/** Nothing of ours is on the remote cluster yet. */
function beginning(wanted: DesiredState, situation: CurrentState): readonly string[] {
  const { namespace, clusterName, selfRegistration } = wanted;
  const [, root] = compareFingerprints([], fingerprintsOf(wanted.rootCertificate));
  const made = [
    ...(situation.namespacePresent ? [] : [`namespace ${namespace}`]),
    ...(wanted.rootCertificate === "" ? [] : [`root CA ${root}`]),
    "the agent",
    ...(wanted.certificate !== "issued" ? [] : tokenToMake(wanted)),
  ];
  const isNew = situation.registered.length === 0;
  return [
    ...(isNew ? [`${lossWords.fresh}${clusterName} is not registered yet.`] : []),
    selfRegistration
      ? `Made on the management cluster, which registers itself: KubernetesCluster ${clusterName} and the agent.`
      : `Made on the remote cluster: ${enumerate(made)}; on the management cluster: KubernetesCluster ${clusterName}.`,
    agentToInstall(wanted),
    ...namespaceLabel(wanted, situation),
    ...(wanted.certificate === "none"
      ? ["Without TLS between agent and relay server: nobody proves who he is, and no Secret is copied."]
      : []),
    ...earlierCertificate(wanted, situation),
    ...(wanted.certificate === "provided" ? certificateLine(wanted, situation) : []),
  ];
}

function tokenToMake({ token }: DesiredState): string[] {
  if (token === "provided") return [];
  return [
    token === "temporary" ? "a bootstrap token until the client certificate is there" : "a bootstrap token that stays",
  ];
}

function agentToInstall({ agentVersion, serverAddress }: DesiredState): string {
  return `Agent version ${withSource(agentVersion)}, relay server at ${withSource(serverAddress)}.`;
}

/** The hub owns what is there in a self-registration, so nothing is removed. */
function earlierCertificate(
  wanted: DesiredState,
  { certificate: { secret, verdict } }: CurrentState,
): readonly string[] {
  const isThere = verdict.accepted || !verdict.missing;
  if (wanted.certificate !== "issued" || wanted.selfRegistration || !isThere) return [];
  return [`The client certificate of an earlier registration in Secret ${secret} is removed, and a new one issued.`];
}

/** Something of ours stands: what differs from what is wanted. */
function changes(wanted: DesiredState, situation: CurrentState): readonly string[] {
  return [
    ...missingObjects(wanted, situation),
    ...clusterDomain(wanted, situation),
    ...namespaceLabel(wanted, situation),
    ...(situation.release ? agentChanges(wanted, situation.release) : [agentToInstall(wanted)]),
    ...rootChange(wanted, situation),
    ...certificateLine(wanted, situation),
    ...leftToken(wanted, situation),
  ];
}

/**
 * What should stand and does not. A later object that is there proves that the earlier one was, and that Pulumi knows it; without such a
 * proof an interrupted run is as likely, and goes on by itself.
 */
function missingObjects(wanted: DesiredState, situation: CurrentState): readonly string[] {
  const { release, certificate, registered } = situation;
  const isNamed =
    registered.some(({ name }) => name === wanted.clusterName) || formerNames(wanted, situation).length > 0;
  const missing = [
    ...(situation.namespacePresent ? [] : [`namespace ${wanted.namespace}`]),
    ...(wanted.rootCertificate === "" || situation.rootFingerprints || isRootNew(situation)
      ? []
      : ["the root CA Secret"]),
    ...(isNamed ? [] : [`KubernetesCluster ${wanted.clusterName}`]),
    ...(release ? [] : ["the agent's Helm release"]),
  ];
  if (missing.length === 0) return [];
  const isProven = release !== undefined || (wanted.certificate === "issued" && certificate.verdict.accepted);
  const them = missing.length === 1 ? "it" : "them";
  return [
    isProven
      ? `Missing: ${enumerate(missing)}, removed by hand; only \`pulumi up --refresh\` puts ${them} back.`
      : `Missing: ${enumerate(missing)}; an interrupted run goes on by itself, what was removed by hand only \`pulumi up --refresh\` puts back.`,
  ];
}

function clusterDomain(wanted: DesiredState, { registered }: CurrentState): readonly string[] {
  const own = registered.find(({ name }) => name === wanted.clusterName);
  if (!own || own.clusterDomain === wanted.clusterDomain) return [];
  return [
    `Cluster domain ${own.clusterDomain ?? "(none)"} → ${wanted.clusterDomain}, in KubernetesCluster ${own.name}.`,
  ];
}

/** On a namespace of others a value of theirs stays. */
function namespaceLabel(wanted: DesiredState, { namespacePresent, namespaceLabel }: CurrentState): readonly string[] {
  const { label, disabled } = istioInjection;
  const stays = namespaceLabel === disabled || (namespaceLabel !== undefined && !wanted.createNamespace);
  if (!wanted.disableIstioInjection || !namespacePresent || stays) return [];
  return [`Namespace ${wanted.namespace} gets the label ${label}=${disabled}.`];
}

function rootChange(wanted: DesiredState, situation: CurrentState): readonly string[] {
  const { rootFingerprints: before, certificate } = situation;
  if (before === undefined) return newRoot(wanted, situation);
  if (wanted.rootCertificate === "") return ["The root CA that was copied is removed from the remote cluster."];
  const after = fingerprintsOf(wanted.rootCertificate);
  if (before.join() === after.join()) return [];
  const [from, to] = compareFingerprints(before, after);
  const changed = `Root CA changes from ${from} to ${to}; the agent is restarted once.`;
  if (wanted.certificate !== "issued" || !certificate.verdict.accepted) return [changed];
  const beside = "the ca.crt beside it, by which the agent trusts,";
  const [lacked] = compareFingerprints(lackedBeside(wanted, situation), after);
  return isReissued(wanted, situation)
    ? [changed, `The client certificate is issued anew, ${tokenPresence(wanted)}: ${beside} lacks ${lacked}.`]
    : [changed, `The client certificate is kept: ${beside} holds the new root CA already.`];
}

function newRoot({ rootCertificate }: DesiredState, situation: CurrentState): readonly string[] {
  if (rootCertificate === "" || !isRootNew(situation)) return [];
  const [, root] = compareFingerprints([], fingerprintsOf(rootCertificate));
  return [`Root CA ${root} is copied to the remote cluster.`];
}

/** An agent that was not given the Secret of the root CA had none, or one under another name: the Secret is yet to be made. */
function isRootNew({ rootFingerprints, release }: CurrentState): boolean {
  return rootFingerprints === undefined && release?.usesRootSecret === false;
}

/** A changed root CA that the agent would not trust has a good certificate issued anew. */
function isReissued(wanted: DesiredState, situation: CurrentState): boolean {
  const { rootFingerprints: before, certificate } = situation;
  if (wanted.certificate !== "issued" || before === undefined || !certificate.verdict.accepted) return false;
  return before.join() !== fingerprintsOf(wanted.rootCertificate).join() && lackedBeside(wanted, situation).length > 0;
}

function lackedBeside(
  { rootCertificate }: DesiredState,
  { certificate: { authorities } }: CurrentState,
): readonly string[] {
  return fingerprintsOf(rootCertificate).filter((fingerprint) => !authorities.includes(fingerprint));
}

function certificateLine(wanted: DesiredState, { certificate: { secret, verdict } }: CurrentState): readonly string[] {
  if (wanted.certificate === "none" || verdict.accepted) return [];
  if (wanted.certificate === "provided") {
    return verdict.missing
      ? [`${lossWords.missing}awaited in Secret ${secret}, which is yours to make.`]
      : [`${lossWords.notAcceptable}${secret}: ${verdict.fault}; it is yours to renew, and the proof waits for it.`];
  }
  const token = tokenPresence(wanted);
  return verdict.missing
    ? [`${lossWords.missing}there is none in Secret ${secret}; the agent will bootstrap, ${token}.`]
    : [`${lossWords.notAcceptable}${secret}: ${verdict.fault}; the agent will bootstrap again, ${token}.`];
}

function tokenPresence({ token, selfRegistration }: DesiredState): string {
  return token !== "temporary" || selfRegistration
    ? "with the token that is there"
    : "with the token present meanwhile";
}

function leftToken(wanted: DesiredState, situation: CurrentState): readonly string[] {
  const isBad = wanted.certificate === "issued" && !situation.certificate.verdict.accepted;
  const isNeeded = wanted.token !== "temporary" || isBad || isReissued(wanted, situation);
  return situation.tokenLent && !isNeeded ? ["The bootstrap token that an earlier run left is removed."] : [];
}

function nothingToDo(wanted: DesiredState, situation: CurrentState): string {
  const { agentVersion, serverAddress, certificate } = wanted;
  const { verdict } = situation.certificate;
  const until = verdict.accepted ? `client certificate valid until ${verdict.facts.notAfter}` : "";
  const identity = certificate === "none" ? "without TLS" : until;
  const unread = unreadArguments(wanted, situation);
  const unless = unread.length === 0 ? "" : `, unless ${anyOf(unread)} has changed`;
  return `Nothing to do${unless}: agent ${agentVersion.value} at ${serverAddress.value}, ${identity}.`;
}

/** Arguments whose former value is in Pulumi's state alone. A label against sidecars leaves only if it was added here. */
function unreadArguments(wanted: DesiredState, { namespaceLabel }: CurrentState): readonly string[] {
  const mayLeave = !wanted.disableIstioInjection && namespaceLabel === istioInjection.disabled;
  return [
    ...(wanted.reissue === "" ? [] : ["clientCertificate.reissue"]),
    ...wanted.chartArguments,
    ...(mayLeave ? ["namespace.disableIstioInjection"] : []),
  ];
}
