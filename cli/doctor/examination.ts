import type { ProblemCode } from "../../components/base/problems";
import { type CertificateExpiry, dueDates } from "../../components/certificates/expiry";
import { inOrder } from "../../components/certificates/expiryList";
import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import { describeAccess } from "../../components/kubernetes/access";
import { KubernetesClient } from "../../components/kubernetes/client";
import { SharedLookups } from "../../components/kubernetes/lookups";
import { examine, examineHub } from "../../components/preflight/preflight";
import type { PreflightRequest, Side } from "../../components/preflight/request";
import { type DetectedRegistration, detectRegistration, type Identities } from "./detectedRegistration";
import type { DoctorOptions } from "./doctorOptions";
import { type Check, type DoctorFinding, type DoctorReport, notChecked } from "./doctorReport";
import { checkLive, errorsOf, type Health } from "./liveChecks";
import { inArguments, inOptions } from "./optionTerms";

/** Looks at everything, and reports all of it. Reads only. */
export async function examineRegistration(options: DoctorOptions, now = new Date()): Promise<DoctorReport> {
  const management: Side = { cluster: new SharedLookups(), access: options.management };
  const remote: Side = { cluster: new SharedLookups(), access: options.remote };
  const [hubIdentity, remoteIdentity] = await Promise.all([identityOf(management), identityOf(remote)]);
  const identities = { management: hubIdentity.value, remote: remoteIdentity.value };
  const detected = await detectRegistration(management, remote, identities, options);

  const notes: string[] = [];
  const request: PreflightRequest = {
    ...detected,
    generation,
    // The count is read as far as the rights go; that they are missing is no finding.
    connected: false,
    tell: (text) => notes.push(text),
  };
  const look = await lookAround(management, remote, request, { hubIdentity, remoteIdentity });
  const health = await healthOf(management, remote, detected, identities, look);
  const checks: Check[] = [
    { name: "management cluster", findings: hubIdentity.findings.map(inOptions), detail: hubIdentity.value },
    { name: "remote cluster", findings: remoteIdentity.findings.map(inOptions), detail: remoteIdentity.value },
    {
      ...look.check,
      findings: look.check.findings.map((finding) => inOptions(weighed(finding, detected, identities))),
    },
    ...(health?.checks ?? []).map((check) => ({ ...check, findings: check.findings.map(inArguments) })),
  ];
  const registration = registrationOf(detected, identities.remote, health, checks);
  if (look.leftToTheAgent !== undefined) {
    notes.push(`the relay server's certificate cannot be judged from this machine: ${look.leftToTheAgent}`);
  }
  if (detected.tokenLent && registration === "healthy") {
    notes.push("the bootstrap token is still on the remote cluster; the next pulumi up removes it");
  }
  if (detected.owner === undefined && registration === "unhealthy") {
    notes.push("helm or meshctl has registered this cluster: where a next step says pulumi up, do the same with them");
  }
  return {
    clusterName: detected.settings.clusterName,
    management: describeAccess(options.management),
    remote: describeAccess(options.remote),
    registration,
    owner: detected.owner,
    checks,
    certificates: dueDates(inOrder([...look.certificates, ...(health?.certificates ?? [])]), now),
    notes,
  };
}

interface Identity {
  readonly value: string | undefined;
  readonly findings: readonly DoctorFinding[];
  /** Rights are missing: then the checks report all that are. */
  readonly refused: boolean;
}

async function identityOf({ cluster, access }: Side): Promise<Identity> {
  try {
    return { value: await cluster.readIdentity(access), findings: [], refused: false };
  } catch (error) {
    const findings = errorsOf(error);
    const refused = findings.some(({ code }) => code === "GMR116");
    return { value: undefined, findings: refused ? [] : findings, refused };
  }
}

interface Look {
  readonly check: Check;
  readonly certificates: readonly CertificateExpiry[];
  readonly rootCertificate: string;
  readonly serverAddress: string | undefined;
  readonly leftToTheAgent: string | undefined;
}

/** The checks of every run; of the hub alone where the remote cluster is out of reach. */
async function lookAround(
  management: Side,
  remote: Side,
  request: PreflightRequest,
  { hubIdentity, remoteIdentity }: { hubIdentity: Identity; remoteIdentity: Identity },
): Promise<Look> {
  const name = "checks of every run";
  const nothing = { certificates: [], rootCertificate: "", serverAddress: undefined, leftToTheAgent: undefined };
  const isAnswering = (identity: Identity) => identity.value !== undefined || identity.refused;
  if (!isAnswering(hubIdentity)) {
    return { ...nothing, check: notChecked(name, "the management cluster cannot be looked at") };
  }
  try {
    const { hub, collected, relayServer } = isAnswering(remoteIdentity)
      ? await examine(management, remote, request)
      : await examineHub(management, request);
    return {
      ...relayServer,
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
  { rootCertificate, serverAddress }: Look,
): Promise<Health | undefined> {
  if (!detected.isRegistered || identities.remote === undefined) return undefined;
  return checkLive({
    detected,
    remote: await KubernetesClient.open(remote.access),
    hub: identities.management === undefined ? undefined : await KubernetesClient.open(management.access),
    managementAccess: management.access,
    // One of the user's own certificate is held against nothing of the hub's.
    rootCertificate: detected.modes.certificate === "issued" ? rootCertificate : "",
    serverAddress: serverAddress ?? detected.settings.relay.serverAddress,
  });
}

function registrationOf(
  { isRegistered }: DetectedRegistration,
  remoteIdentity: string | undefined,
  health: Health | undefined,
  checks: readonly Check[],
): DoctorReport["registration"] {
  if (remoteIdentity === undefined) return "unknown";
  if (!isRegistered) return "not registered";
  const isBad = health?.checks.some(({ findings }) => findings.some(({ severity }) => severity === "error"));
  const isIncomplete = checks.some(({ findings }) => findings.some(({ code }) => code === "GMR312"));
  return isBad || isIncomplete ? "unhealthy" : "healthy";
}

/** What a registration of this component would be refused for, where helm or meshctl has registered the cluster. */
const othersHave: ReadonlySet<ProblemCode> = new Set(["GMR208", "GMR303", "GMR304", "GMR305", "GMR311"]);

const othersNext =
  "nothing, as long as the registration stays with helm or meshctl; before this component can take its place, deregister the cluster with them";

/**
 * A registered cluster is not unhealthy because the doctor's user lacks rights, or because helm or meshctl created its objects. It is, without one of
 * its objects, although `up` only warns of that.
 */
function weighed(
  finding: DoctorFinding,
  { isRegistered, owner }: DetectedRegistration,
  { management, remote }: Identities,
): DoctorFinding {
  // Without the identity of both clusters, nothing was looked at.
  if (!isRegistered || management === undefined || remote === undefined) return finding;
  const isOthers = owner === undefined && othersHave.has(finding.code);
  if (isOthers) return { ...finding, severity: "warning", next: othersNext };
  if (finding.code === "GMR312") return { ...finding, severity: "error" };
  return finding.code === "GMR116" ? { ...finding, severity: "warning" } : finding;
}
