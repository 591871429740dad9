import type { Verdict } from "../certificates/clientCertificate";
import { workloadOf } from "../glooMesh/agentWorkload";
import { approvalOf } from "../glooMesh/approval";
import { clusterIdentityAnnotation, isOurs, isToTakeOver } from "../glooMesh/ownership";
import type { KubernetesObject } from "../kubernetes/objects";
import type { Deployment } from "../kubernetes/workloads";
import type { CheckedFacts } from "../preflight/preflight";
import type { PreflightRequest } from "../preflight/request";
import { type HealthView, placeOf } from "./healthView";

/** What the checks have seen of this registration, as its health is judged by. No further request. */
export function viewOf(
  { settings, generation, modes, ownership }: PreflightRequest,
  facts: CheckedFacts,
  /** Of the client certificate. */
  verdict: Verdict,
): HealthView {
  const { hub, seen, remoteIdentity, answers, faults, agentVersion, serverAddress } = facts;
  const { remote } = seen;
  const isNamed = ({ metadata }: KubernetesObject) => metadata.name === settings.clusterName;
  const isOwn = (object: KubernetesObject) =>
    (isOurs(object, ownership) && object.metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity) ||
    // Only this package writes the identity; the checks have compared the names.
    (isNamed(object) && isToTakeOver(object, ownership));
  const own = seen.kubernetesClusters.find(modes.createKubernetesCluster ? isOwn : isNamed);
  const deployment = remote.agent.find((object): object is typeof object & Deployment => object.kind === "Deployment");
  const provided = modes.installAgent
    ? {}
    : { agentProvided: true, workload: deployment && workloadOf(deployment, generation) };
  const isInstalled = remote.release && remote.release.status !== "uninstalled" && isOurs(remote.release, ownership);
  return {
    settings,
    generation,
    place: { ...placeOf(settings, generation, { remote: remote.access, management: hub.access }), ...provided },
    where: { remote: remote.where, management: hub.where },
    agentVersion: agentVersion.value,
    serverAddress: serverAddress.value,
    isAgentInstalled: modes.installAgent,
    isByOthers: false,
    missing: seen.missing,
    release: isInstalled ? remote.release : undefined,
    hasKubernetesCluster: own !== undefined,
    approval: approvalOf(own, generation),
    relayServer: hub.relayServer,
    answers,
    serverFaults: faults,
    deployment,
    pods: remote.pods,
    diagnosis: undefined,
    certificate: modes.certificate === "none" ? undefined : verdict,
    isCertificateProvided: modes.certificate === "provided",
    count: hub.agentCount,
  };
}
