import { setTimeout as delay } from "node:timers/promises";
import { problemsOf } from "../../components/base/problems";
import { count } from "../../components/base/text";
import type { Verdict } from "../../components/certificates/clientCertificate";
import type { CertificateExpiry } from "../../components/certificates/expiry";
import { clientExpiriesIn } from "../../components/certificates/expiryList";
import type { CauseId } from "../../components/diagnosis/causes";
import { type Diagnosis, diagnose } from "../../components/diagnosis/diagnosis";
import { type AgentState, readAgentState } from "../../components/diagnosis/readAgent";
import { isForTheHub, readHubState, withHub } from "../../components/diagnosis/readHub";
import { countOf, metricsPath } from "../../components/glooMesh/connectedAgents";
import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import { readLiveCertificate } from "../../components/glooMesh/liveCertificate";
import { isAvailable } from "../../components/kubernetes/workloads";
import { type Check, type DoctorFinding, failed, notChecked, passed } from "./doctorReport";
import { type ExaminedRegistration, kubernetesClusterCheck, releaseCheck, stepByOthers } from "./objectChecks";

export interface Health {
  readonly checks: readonly Check[];
  readonly certificates: readonly CertificateExpiry[];
}

/** Never aborted: each of the few requests has its own time limit, and reports it as a problem. */
const { signal } = new AbortController();

/** Checks the live registration: release, certificate, agent, and the management cluster's count of agents. */
export async function checkLive(registration: ExaminedRegistration): Promise<Health> {
  const { detected, remote } = registration;
  const { settings, modes } = detected;
  const withoutTls = modes.certificate === "none";
  const [live, agent, count] = await Promise.all([
    withoutTls ? undefined : attempt(readCertificate(registration)),
    attempt(readAgentState({ ...generation, client: remote, namespace: settings.namespace.name, signal })),
    readCount(registration),
  ]);
  const { verdict, secret } = live?.value ?? {};
  const state = agent.value;
  // A connected agent keeps the certificate that it read, even if the Secret now holds one that is not accepted.
  const isPresent = verdict !== undefined && (verdict.accepted || !verdict.missing);
  const isWell = isAvailable(state?.deployment) && (withoutTls || isPresent) && count?.connected === true;
  const diagnosis = state && !isWell ? await findCause(registration, state, withoutTls || isPresent) : undefined;
  return {
    checks: [
      releaseCheck(registration),
      ...kubernetesClusterCheck(registration),
      certificateCheck(registration, live, diagnosis),
      agentCheck(registration, agent, diagnosis),
      countCheck(registration, count, state, diagnosis),
    ],
    certificates: clientExpiriesIn(secret, settings.clusterName, settings.clientCertificate.secret),
  };
}

/** A value that was read, or the findings that say why it could not be read. */
export interface Attempt<T> {
  readonly value?: T;
  readonly findings: readonly DoctorFinding[];
}

export async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work, findings: [] };
  } catch (error) {
    return { findings: errorsOf(error) };
  }
}

/** An error as findings. Throws an error without problems, which is a defect. */
export function errorsOf(error: unknown): readonly DoctorFinding[] {
  const problems = problemsOf(error);
  if (!problems) throw error;
  return problems.map((problem) => ({ ...problem, severity: "error" as const }));
}

function readCertificate({ remote, detected: { settings }, rootCertificate }: ExaminedRegistration) {
  const { clusterName, proof, clientCertificate } = settings;
  const clientSecret = clientCertificate.secret;
  return readLiveCertificate(remote, { clusterName, chainToRoot: proof.chainToRoot, rootCertificate, clientSecret });
}

async function findCause(
  { detected: { settings }, remote, hub, managementAccess, serverAddress }: ExaminedRegistration,
  state: AgentState,
  certificatePresent: boolean,
): Promise<Diagnosis> {
  const { relay, clientCertificate, managementNamespace, clusterName } = settings;
  const place = {
    remote: remote.access,
    management: managementAccess,
    namespace: settings.namespace.name,
    agentName: generation.agentName,
    releaseName: generation.releaseName,
    managementNamespace,
    relayServerName: generation.relayServer.name,
  };
  const diagnosis = diagnose(state, place, {
    serverAddress,
    authority: relay.authority,
    clientSecretName: clientCertificate.secret.name,
    certificatePresent,
  });
  if (!hub || !isForTheHub(diagnosis)) return diagnosis;
  const hubState = await readHubState(hub, managementNamespace, generation, clusterName, signal);
  return withHub(diagnosis, hubState, place);
}

interface Count {
  readonly connected: boolean | undefined;
  readonly words: string;
}

/** The management cluster counts an agent that has just reconnected a moment later. */
const countReads = 3;

/** The management cluster's count of agents; `connected` is undefined where it cannot be read, which takes a right of its own. */
async function readCount({ hub, detected: { settings } }: ExaminedRegistration): Promise<Count | undefined> {
  if (!hub) return undefined;
  const { name: relayServerName, metricsPort } = generation.relayServer;
  const path = metricsPath({ managementNamespace: settings.managementNamespace, relayServerName, metricsPort });
  for (let read = 1; ; read++) {
    const metrics = await attempt(hub.readText(path));
    if (metrics.value === undefined) {
      return { connected: undefined, words: metrics.findings.map(({ what }) => what).join("; ") };
    }
    const count = countOf(metrics.value, settings.clusterName);
    if (count.connected || read === countReads) return count;
    await delay(1000);
  }
}

function certificateCheck(
  { detected, remote }: ExaminedRegistration,
  live: Attempt<{ readonly verdict: Verdict }> | undefined,
  diagnosis: Diagnosis | undefined,
): Check {
  const name = "client certificate";
  const { settings, modes } = detected;
  if (!live) return notChecked(name, "the relay works without TLS");
  if (!live.value) return { name, findings: live.findings };
  const { verdict } = live.value;
  if (verdict.accepted) {
    return passed(name, `for ${verdict.facts.dnsNames.join(", ")}, until ${verdict.facts.notAfter}`);
  }
  const { namespace, name: secret } = settings.clientCertificate.secret;
  const seen = isKnown(diagnosis) ? diagnosis : undefined;
  const remedy =
    modes.certificate === "provided"
      ? "provide a valid one in this Secret"
      : (stepByOthers(detected) ?? "run pulumi up, which has one issued");
  return failed(name, {
    code: verdict.missing ? "GMR501" : "GMR502",
    severity: "error",
    what: verdict.missing ? "The relay agent has no client certificate" : "The client certificate is not acceptable",
    where: `${remote.where}, Secret ${namespace}/${secret}`,
    cause: seen ? `${verdict.fault}; the agent: ${words(seen)}` : verdict.fault,
    next: verdict.missing && seen ? stepsBefore(seen, remedy) : remedy,
    ...(verdict.missing && seen ? { rootCause: seen.id } : {}),
  });
}

/** A connected agent that lost its Secret needs the remedy alone, which its own next step names. */
function stepsBefore({ id, next }: Diagnosis, remedy: string): string {
  return id === "certificate-secret-gone" ? next : `${next}; then ${remedy}`;
}

function agentCheck(
  { detected: { settings }, remote }: ExaminedRegistration,
  agent: Attempt<AgentState>,
  diagnosis: Diagnosis | undefined,
): Check {
  const name = "agent";
  if (!agent.value) return { name, findings: agent.findings };
  const { deployment, pods } = agent.value;
  const seen = count(pods.length, "pod");
  if (isAvailable(deployment)) return passed(name, `available, ${seen}`);
  return failed(name, {
    code: "GMR503",
    severity: "error",
    what: "The relay agent is not available",
    where: `${remote.where}, Deployment ${settings.namespace.name}/${generation.agentName}, ${seen}`,
    cause: diagnosis ? words(diagnosis) : "unknown",
    next: diagnosis?.next ?? "read the agent's log",
    ...(diagnosis ? { rootCause: diagnosis.id } : {}),
  });
}

function countCheck(
  { detected: { settings }, hub, serverAddress }: ExaminedRegistration,
  count: Count | undefined,
  state: AgentState | undefined,
  diagnosis: Diagnosis | undefined,
): Check {
  const name = "relay connection";
  if (!hub || !count) return notChecked(name, "the management cluster cannot be reached");
  if (count.connected === true) return passed(name, "counted as connected");
  const { namespace, name: service } = { ...generation.relayServer, namespace: settings.managementNamespace };
  const where = `${hub.where}, Service ${namespace}/${service}, port ${generation.relayServer.metricsPort}`;
  // An agent that is not available has a finding of its own, which explains the count.
  const isRelevant = isKnown(diagnosis) && !harmlessCauses.has(diagnosis.id) && isAvailable(state?.deployment);
  const seen = isRelevant ? diagnosis : undefined;
  const cause = seen ? `${count.words}; the agent: ${words(seen)}` : count.words;
  const isUnreadable = count.connected === undefined;
  if (isUnreadable && !seen) return notChecked(name, `it cannot be read: ${count.words}`);
  const what = isUnreadable
    ? "The relay server's count of connected agents cannot be read, and the agent reports trouble"
    : "The relay server does not count the agent as connected";
  return failed(name, {
    code: isUnreadable ? "GMR509" : "GMR508",
    severity: isUnreadable ? "warning" : "error",
    what,
    where,
    cause,
    next:
      seen?.next ??
      `check that ${serverAddress ?? "the address"}, which the agent is given, leads to this relay server`,
    ...(seen ? { rootCause: seen.id } : {}),
  });
}

/** Causes that do no harm to an agent that is available. */
const harmlessCauses: ReadonlySet<CauseId> = new Set(["starting", "no-pod"]);

/** Whether the diagnosis names a cause. */
function isKnown(diagnosis: Diagnosis | undefined): diagnosis is Diagnosis {
  return diagnosis !== undefined && diagnosis.id !== "unknown";
}

function words({ cause, evidence }: Diagnosis): string {
  return evidence === undefined ? cause : `${cause}: ${evidence}`;
}
