import { cleanDeep, cleanLines } from "../../components/base/foreignText";
import { maskCredentials } from "../../components/base/mask";
import type { ProblemCode } from "../../components/base/problems";
import { dueDates } from "../../components/certificates/expiry";
import { inOrder } from "../../components/certificates/expiryList";
import type { HealthPart } from "../../components/health/part";
import { describeAccess } from "../../components/kubernetes/access";
import { KubernetesClient } from "../../components/kubernetes/client";
import { unlessRefused } from "../../components/kubernetes/errors";
import { SharedLookups } from "../../components/kubernetes/lookups";
import { type Examination, examine, examineHub } from "../../components/preflight/preflight";
import type { PreflightRequest, Side } from "../../components/preflight/request";
import { countAgain } from "./countAgain";
import { type DetectedRegistration, detectRegistration, type Identities } from "./detectedRegistration";
import type { DoctorOptions } from "./doctorOptions";
import type { Check, DoctorFinding, DoctorReport } from "./doctorReport";
import { healthChecks } from "./healthChecks";
import { type Attempt, attempt, errorsOf, type LiveState, lookAtRegistration, type SeenByChecks } from "./liveChecks";
import { inOptions } from "./optionTerms";
import { takeOverChecks } from "./takeOverChecks";
import { checkUp } from "./upCheck";
import { verdictOf } from "./verdict";

/** Examines one registration, or what a registration would meet, and reports all of it. Reads only; several may share the reads of a cluster. */
export async function examineRegistration(
  options: DoctorOptions,
  management: Side = { cluster: new SharedLookups(), access: options.management },
  remote: Side = { cluster: new SharedLookups(), access: options.remote },
  now = new Date(),
): Promise<DoctorReport> {
  const [hubLook, remoteLook] = await Promise.all([lookAtCluster(management), lookAtCluster(remote)]);
  const [hubIdentity, remoteIdentity] = [hubLook.identity, remoteLook.identity];
  const identities = { management: hubIdentity.value, remote: remoteIdentity.value };
  const detected = await detectRegistration(management, remote, identities, options);

  const notes: string[] = [];
  const request: PreflightRequest = {
    ...detected,
    // The count is read as far as the rights allow; missing rights to it are no finding.
    connected: false,
    counts: true,
    report: (text) => notes.push(text),
  };
  const preflight = await runPreflight(management, remote, request, hubIdentity, remoteIdentity);
  const live = await liveStateOf(management, remote, detected, identities, preflight);
  const up = live && detected.owner !== undefined ? checkUp(detected, preflight.examination) : undefined;
  const checks: Check[] = [
    {
      group: "clusters",
      name: "management cluster",
      findings: hubIdentity.findings.map(inOptions),
      detail: hubLook.detail,
    },
    {
      group: "clusters",
      name: "remote cluster",
      findings: remoteIdentity.findings.map(inOptions),
      detail: remoteLook.detail,
    },
    {
      ...preflight.check,
      findings: preflight.check.findings
        .filter(({ code }) => !live || !ofHealth.has(code))
        .map((finding) => inOptions(weighed(finding, detected, identities))),
    },
    ...(detected.findings.length > 0
      ? [{ group: "registration" as const, name: "agent's values", findings: detected.findings }]
      : []),
    ...(live ? healthChecks(live) : []),
    ...takeOverChecks(detected, preflight.examination, isGood(live, "client certificate")),
    ...(up ? [up.check] : []),
  ];
  if (preflight.leftToTheAgent !== undefined) {
    notes.push(`the relay server's certificate cannot be judged from this machine: ${preflight.leftToTheAgent}`);
  }
  const verdict = verdictOf(identities, live?.health, checks);
  if (detected.owner === undefined && verdict.registration === "unhealthy") {
    notes.push("helm or meshctl registered this cluster: where a next step says pulumi up, use them instead");
  }
  return cleanReport({
    clusterName: detected.settings.clusterName,
    management: describeAccess(options.management),
    remote: describeAccess(options.remote),
    ...verdict,
    owner: detected.owner,
    checks,
    reasons: up?.reasons ?? [],
    certificates: dueDates(inOrder([...preflight.certificates, ...(live?.certificates ?? [])]), now),
    notes,
  });
}

function isGood(live: LiveState | undefined, name: HealthPart): boolean {
  return live?.health.parts.some(({ part, state }) => part === name && state === "good") ?? false;
}

/** What the health of a registration reports: the checks of every run need not repeat it. */
const ofHealth: ReadonlySet<ProblemCode> = new Set(["GMR209", "GMR210", "GMR211", "GMR215", "GMR312"]);

/** Cleans what clusters wrote; notes alone have several lines. */
function cleanReport(report: DoctorReport): DoctorReport {
  return { ...cleanDeep(report), notes: report.notes.map(cleanLines) };
}

/** Reads a cluster's identity, server and version. */
async function lookAtCluster(
  side: Side,
): Promise<{ readonly identity: Attempt<string>; readonly detail: string | undefined }> {
  const [identity, detail] = await Promise.all([
    readIdentity(side),
    unlessRefused(side.cluster.lookUp(side.access, "server", describeServer)),
  ]);
  return { identity, detail };
}

/** Server and version: nobody knows a cluster by its UID. */
async function describeServer(client: KubernetesClient): Promise<string> {
  const version = await unlessRefused(client.request<{ readonly gitVersion?: unknown }>("GET", "/version"));
  const known = typeof version?.gitVersion === "string" ? `, Kubernetes ${version.gitVersion}` : "";
  return `${client.where}, ${maskCredentials(client.server)}${known}`;
}

/** Reads a cluster's identity. Neither a value nor a finding where rights are missing: the checks report all of them. */
async function readIdentity({ cluster, access }: Side): Promise<Attempt<string>> {
  const identity = await attempt(cluster.readIdentity(access));
  return identity.findings.some(({ code }) => code === "GMR116") ? { findings: [] } : identity;
}

/** What the checks of every run read and found. */
type PreflightResult = Pick<Examination["relayServer"], "certificates" | "leftToTheAgent"> & {
  readonly check: Check;
  /** Undefined where a cluster could not be read. */
  readonly examination?: Examination | undefined;
  readonly rootCertificate: string;
  readonly seen: SeenByChecks;
};

/** Runs the checks of every run; those of the management cluster alone where the remote cluster cannot be reached. */
async function runPreflight(
  management: Side,
  remote: Side,
  request: PreflightRequest,
  hubIdentity: Attempt<string>,
  remoteIdentity: Attempt<string>,
): Promise<PreflightResult> {
  const name = "checks of every run";
  const nothing = {
    certificates: [],
    rootCertificate: "",
    leftToTheAgent: undefined,
    seen: {
      relayServer: "unknown",
      answers: false,
      serverFaults: [],
      count: undefined,
      missing: [],
      serverAddress: undefined,
    },
  } as const;
  const isAnswering = ({ findings }: Attempt<string>) => findings.length === 0;
  if (!isAnswering(hubIdentity)) {
    return {
      ...nothing,
      check: {
        group: "clusters",
        name,
        findings: [],
        skipped: "the management cluster cannot be read",
        follows: "management cluster",
      },
    };
  }
  try {
    const examination = isAnswering(remoteIdentity) ? await examine(management, remote, request) : undefined;
    const { hub, collected, relayServer } = examination ?? (await examineHub(management, request));
    return {
      ...relayServer,
      examination,
      rootCertificate: hub.rootCertificate ?? "",
      seen: {
        relayServer: hub.relayServer,
        answers: relayServer.answers,
        serverFaults: relayServer.faults,
        count: hub.agentCount,
        missing: examination?.missing ?? [],
        serverAddress: hub.serverAddress?.value,
      },
      check: {
        group: "clusters",
        name,
        findings: collected.all(),
        detail: hub.serverAddress && `relay server ${hub.serverAddress.value}, ${hub.serverAddress.source}`,
      },
    };
  } catch (error) {
    return { ...nothing, check: { group: "clusters", name, findings: errorsOf(error) } };
  }
}

async function liveStateOf(
  management: Side,
  remote: Side,
  detected: DetectedRegistration,
  identities: Identities,
  { rootCertificate, seen }: PreflightResult,
): Promise<LiveState | undefined> {
  if (!detected.isRegistered || identities.remote === undefined) return undefined;
  const hub = identities.management === undefined ? undefined : await KubernetesClient.open(management.access);
  return lookAtRegistration({
    detected,
    remote: await KubernetesClient.open(remote.access),
    hub,
    management: { access: management.access, where: describeAccess(management.access) },
    // A certificate that the user provides may come from any root CA.
    rootCertificate: detected.modes.certificate === "issued" ? rootCertificate : "",
    seen: {
      ...seen,
      serverAddress: seen.serverAddress ?? detected.settings.relay.serverAddress,
      count: hub && (await countAgain(hub, detected.settings, detected.generation, seen.count)),
    },
  });
}

/** What this component would refuse on a cluster that helm or meshctl registered. */
const refusedBesideOthers: ReadonlySet<ProblemCode> = new Set([
  "GMR208",
  "GMR303",
  "GMR304",
  "GMR305",
  "GMR311",
  "GMR315",
]);

const keptByOthers =
  "nothing, as long as the registration stays with helm or meshctl; before this component can register the cluster, deregister it with them";

/** Missing rights of the doctor's user, and objects that helm or meshctl created, do not make a registered cluster unhealthy. */
function weighed(
  finding: DoctorFinding,
  { isRegistered, owner }: DetectedRegistration,
  { management, remote }: Identities,
): DoctorFinding {
  // Without the identity of both clusters, the checks have read nothing.
  if (!isRegistered || management === undefined || remote === undefined) return finding;
  const isOthers = owner === undefined && refusedBesideOthers.has(finding.code);
  if (isOthers) return { ...finding, severity: "warning", next: keptByOthers };
  return finding.code === "GMR116" ? { ...finding, severity: "warning" } : finding;
}
