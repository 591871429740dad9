import { problemsOf } from "../../components/base/problems";
import type { CertificateExpiry } from "../../components/certificates/expiry";
import { clientExpiriesIn } from "../../components/certificates/expiryList";
import type { RegistrationPlace } from "../../components/diagnosis/causes";
import { type Diagnosis, diagnose } from "../../components/diagnosis/diagnosis";
import { type AgentState, readAgentState } from "../../components/diagnosis/readAgent";
import { isForTheHub, readHubState, withHub } from "../../components/diagnosis/readHub";
import { readLiveCertificate } from "../../components/glooMesh/liveCertificate";
import { isRenewed } from "../../components/glooMesh/modes";
import { type Health, judgeHealth } from "../../components/health/health";
import { type HealthView, placeOf } from "../../components/health/healthView";
import type { ClusterAccess } from "../../components/kubernetes/access";
import type { KubernetesClient } from "../../components/kubernetes/client";
import { isAvailable } from "../../components/kubernetes/workloads";
import type { DetectedRegistration } from "./detectedRegistration";
import type { DoctorFinding } from "./doctorReport";

/** What the checks of every run have seen, as far as they could. */
export type SeenByChecks = Pick<
  HealthView,
  "relayServer" | "answers" | "serverFaults" | "count" | "missing" | "serverAddress"
>;

/** A registration as it was detected, with a client for each of its clusters. */
export interface ExaminedRegistration {
  readonly detected: DetectedRegistration;
  readonly remote: KubernetesClient;
  /** Client of the management cluster; undefined where it cannot be reached. */
  readonly hub: KubernetesClient | undefined;
  readonly management: { readonly access: ClusterAccess; readonly where: string };
  /** PEM of the relay's root CA; empty where none is known, so that no certificate is judged by it. */
  readonly rootCertificate: string;
  readonly seen: SeenByChecks;
}

export interface LiveState {
  readonly health: Health;
  readonly certificates: readonly CertificateExpiry[];
  /** Why the agent or the certificate could not be read. */
  readonly findings: readonly DoctorFinding[];
}

/** Never aborted: each of the few requests has its own time limit, and reports it as a problem. */
const { signal } = new AbortController();

/** Looks at the live registration with the log and the events of its agent, which no run reads, and judges its health as every run does. */
export async function lookAtRegistration(registration: ExaminedRegistration): Promise<LiveState> {
  const { detected, remote, seen, management } = registration;
  const { settings, modes, release, providedAgent } = detected;
  const withoutTls = modes.certificate === "none";
  const place = {
    ...placeOf(settings, detected.generation, { remote: remote.access, management: management.access }),
    ...(modes.installAgent ? {} : { agentProvided: true, workload: providedAgent }),
  };
  const [live, agent] = await Promise.all([
    withoutTls ? { value: undefined, findings: [] } : attempt(readCertificate(registration)),
    attempt(readAgentState({ ...place, client: remote, signal })),
  ]);
  const { verdict, secret } = live.value ?? {};
  const state = agent.value;
  // A connected agent keeps the certificate that it read, even if the Secret now holds one that is not accepted.
  const isPresent = withoutTls || (verdict !== undefined && (verdict.accepted || !verdict.missing));
  const isWell = isAvailable(state?.deployment) && isPresent && seen.count?.connected === true;
  const diagnosis = state && !isWell ? await findCause(registration, place, state, isPresent) : undefined;
  const health = judgeHealth({
    ...seen,
    settings,
    generation: detected.generation,
    place,
    where: { remote: remote.where, management: management.where },
    agentVersion: settings.agent.version,
    isAgentInstalled: modes.installAgent,
    isByOthers: detected.owner === undefined,
    release,
    hasKubernetesCluster: detected.hasKubernetesCluster,
    approval: detected.approval,
    deployment: state?.deployment,
    pods: state?.pods,
    diagnosis,
    certificate: verdict,
    isCertificateProvided: modes.certificate === "provided",
  });
  return {
    health,
    certificates: clientExpiriesIn(
      secret,
      settings.clusterName,
      settings.clientCertificate.secret,
      isRenewed(modes, detected.generation),
    ),
    findings: [...live.findings, ...agent.findings],
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
  { detected: { settings, generation }, hub, seen }: ExaminedRegistration,
  place: RegistrationPlace,
  state: AgentState,
  certificatePresent: boolean,
): Promise<Diagnosis> {
  const { relay, clientCertificate, managementNamespace, clusterName } = settings;
  const diagnosis = diagnose(state, place, {
    serverAddress: seen.serverAddress,
    authority: relay.authority,
    clientSecretName: clientCertificate.secret.name,
    certificatePresent,
  });
  if (!hub || !isForTheHub(diagnosis)) return diagnosis;
  const hubState = await readHubState(hub, managementNamespace, generation, clusterName, signal);
  return withHub(diagnosis, hubState, place);
}
