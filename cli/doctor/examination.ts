import { cleanDeep, cleanLines } from "../../components/base/foreignText";
import type { ProblemCode } from "../../components/base/problems";
import { dueDates } from "../../components/certificates/expiry";
import { inOrder } from "../../components/certificates/expiryList";
import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import { describeAccess } from "../../components/kubernetes/access";
import { KubernetesClient } from "../../components/kubernetes/client";
import { SharedLookups } from "../../components/kubernetes/lookups";
import { type Examination, examine, examineHub } from "../../components/preflight/preflight";
import type { PreflightRequest, Side } from "../../components/preflight/request";
import { isError } from "../output/severity";
import { type DetectedRegistration, detectRegistration, type Identities } from "./detectedRegistration";
import type { DoctorOptions } from "./doctorOptions";
import { type Check, type DoctorFinding, type DoctorReport, notChecked } from "./doctorReport";
import { type Attempt, attempt, checkLive, errorsOf, type Health } from "./liveChecks";
import { inArguments, inOptions } from "./optionTerms";
import { checkUp } from "./upCheck";

/** Examines one registration, or what a registration would meet, and reports all of it. Reads only. */
export async function examineRegistration(options: DoctorOptions, now = new Date()): Promise<DoctorReport> {
  const management: Side = { cluster: new SharedLookups(), access: options.management };
  const remote: Side = { cluster: new SharedLookups(), access: options.remote };
  const [hubIdentity, remoteIdentity] = await Promise.all([readIdentity(management), readIdentity(remote)]);
  const identities = { management: hubIdentity.value, remote: remoteIdentity.value };
  const detected = await detectRegistration(management, remote, identities, options);

  const notes: string[] = [];
  const request: PreflightRequest = {
    ...detected,
    generation,
    // The count is read as far as the rights allow; missing rights to it are no finding.
    connected: false,
    counts: true,
    report: (text) => notes.push(text),
  };
  const preflight = await runPreflight(management, remote, request, hubIdentity, remoteIdentity);
  const health = await healthOf(management, remote, detected, identities, preflight);
  const up = health && detected.owner !== undefined ? checkUp(detected, preflight.examination) : undefined;
  const checks: Check[] = [
    { name: "management cluster", findings: hubIdentity.findings.map(inOptions), detail: hubIdentity.value },
    { name: "remote cluster", findings: remoteIdentity.findings.map(inOptions), detail: remoteIdentity.value },
    {
      ...preflight.check,
      findings: preflight.check.findings.map((finding) => inOptions(weighed(finding, detected, identities))),
    },
    ...(detected.findings.length > 0 ? [{ name: "agent's values", findings: detected.findings }] : []),
    ...(health?.checks ?? []).map((check) => ({ ...check, findings: check.findings.map(inArguments) })),
    ...(up ? [up.check] : []),
  ];
  const registration = registrationOf(identities, health, checks);
  if (preflight.leftToTheAgent !== undefined) {
    notes.push(`the relay server's certificate cannot be judged from this machine: ${preflight.leftToTheAgent}`);
  }
  if (detected.owner === undefined && registration === "unhealthy") {
    notes.push("helm or meshctl registered this cluster: where a next step says pulumi up, use them instead");
  }
  return cleanReport({
    clusterName: detected.settings.clusterName,
    management: describeAccess(options.management),
    remote: describeAccess(options.remote),
    registration,
    owner: detected.owner,
    checks,
    reasons: up?.reasons ?? [],
    certificates: dueDates(inOrder([...preflight.certificates, ...(health?.certificates ?? [])]), now),
    notes,
  });
}

/** Cleans what clusters wrote; notes alone have several lines. */
function cleanReport(report: DoctorReport): DoctorReport {
  return { ...cleanDeep(report), notes: report.notes.map(cleanLines) };
}

/** Reads a cluster's identity. Neither a value nor a finding where rights are missing: the checks report all of them. */
async function readIdentity({ cluster, access }: Side): Promise<Attempt<string>> {
  const identity = await attempt(cluster.readIdentity(access));
  return identity.findings.some(({ code }) => code === "GMR116") ? { findings: [] } : identity;
}

/** What the checks of every run read and found. */
type PreflightResult = Examination["relayServer"] & {
  readonly check: Check;
  /** Undefined where a cluster could not be read. */
  readonly examination?: Examination | undefined;
  readonly rootCertificate: string;
  readonly serverAddress: string | undefined;
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
  const nothing = { certificates: [], rootCertificate: "", serverAddress: undefined, leftToTheAgent: undefined };
  const isAnswering = ({ findings }: Attempt<string>) => findings.length === 0;
  if (!isAnswering(hubIdentity)) {
    return { ...nothing, check: notChecked(name, "the management cluster cannot be read") };
  }
  try {
    const examination = isAnswering(remoteIdentity) ? await examine(management, remote, request) : undefined;
    const { hub, collected, relayServer } = examination ?? (await examineHub(management, request));
    return {
      ...relayServer,
      examination,
      rootCertificate: hub.rootCertificate ?? "",
      serverAddress: hub.serverAddress?.value,
      check: {
        name,
        findings: collected.all(),
        detail: hub.serverAddress && `relay server ${hub.serverAddress.value}, ${hub.serverAddress.source}`,
      },
    };
  } catch (error) {
    return { ...nothing, check: { name, findings: errorsOf(error) } };
  }
}

async function healthOf(
  management: Side,
  remote: Side,
  detected: DetectedRegistration,
  identities: Identities,
  { rootCertificate, serverAddress }: PreflightResult,
): Promise<Health | undefined> {
  if (!detected.isRegistered || identities.remote === undefined) return undefined;
  return checkLive({
    detected,
    remote: await KubernetesClient.open(remote.access),
    hub: identities.management === undefined ? undefined : await KubernetesClient.open(management.access),
    managementAccess: management.access,
    // A certificate that the user provides may come from any root CA.
    rootCertificate: detected.modes.certificate === "issued" ? rootCertificate : "",
    serverAddress: serverAddress ?? detected.settings.relay.serverAddress,
  });
}

function registrationOf(
  { remote }: Identities,
  health: Health | undefined,
  checks: readonly Check[],
): DoctorReport["registration"] {
  if (remote === undefined) return "unknown";
  // An agent of someone else may well be registered, under a name that cannot be read.
  const isOthers = checks.some(({ findings }) => findings.some(({ code }) => code === "GMR315"));
  if (health === undefined) return isOthers ? "unknown" : "not registered";
  const isBad = health.checks.some(({ findings }) => findings.some(isError));
  const isIncomplete = checks.some(({ findings }) => findings.some(({ code }) => code === "GMR312"));
  return isBad || isIncomplete ? "unhealthy" : "healthy";
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

/**
 * Missing rights of the doctor's user, and objects that helm or meshctl created, do not make a registered cluster unhealthy. A missing object does,
 * although `up` only warns of it.
 */
function weighed(
  finding: DoctorFinding,
  { isRegistered, owner }: DetectedRegistration,
  { management, remote }: Identities,
): DoctorFinding {
  // Without the identity of both clusters, the checks have read nothing.
  if (!isRegistered || management === undefined || remote === undefined) return finding;
  const isOthers = owner === undefined && refusedBesideOthers.has(finding.code);
  if (isOthers) return { ...finding, severity: "warning", next: keptByOthers };
  if (finding.code === "GMR312") return { ...finding, severity: "error" };
  return finding.code === "GMR116" ? { ...finding, severity: "warning" } : finding;
}
