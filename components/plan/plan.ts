import { anyOf } from "../base/text";
import { leavesNoMark, usesToken } from "../glooMesh/modes";
import { istioInjection } from "../glooMesh/ownership";
import type { Reason } from "../glooMesh/reasons";
import { describeAgent } from "./agentChanges";
import type { CurrentState } from "./currentState";
import type { DesiredState } from "./desiredState";
import { certificateLine, changes, namespaceLabel, otherCluster, rename } from "./differences";
import { type EngineChanges, settleLines } from "./engineChanges";
import { changed, created, known, type PlanLine, type PlanMessage, removed } from "./planMessage";
import { describeRoot } from "./rootChanges";

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
