import { judgeClientCertificate } from "../certificates/clientCertificate";
import type { RegistrationPlace } from "../diagnosis/causes";
import { expectationOf } from "../glooMesh/liveCertificate";
import { clusterIdentityAnnotation, isOurs } from "../glooMesh/ownership";
import type { Deployment } from "../kubernetes/workloads";
import type { CheckedFacts } from "../preflight/preflight";
import type { PreflightRequest } from "../preflight/request";
import type { HealthView } from "./healthView";

/** What the checks have seen of this registration, as its health is judged by. No further request. */
export function viewOf({ settings, generation, modes, ownership }: PreflightRequest, facts: CheckedFacts): HealthView {
  const { hub, seen, remoteIdentity, rootCertificate, answers, faults, agentVersion, serverAddress } = facts;
  const { remote } = seen;
  const { clusterName, proof } = settings;
  const expected = expectationOf({ clusterName, chainToRoot: proof.chainToRoot, rootCertificate });
  const isInstalled = remote.release && remote.release.status !== "uninstalled" && isOurs(remote.release, ownership);
  const place: RegistrationPlace = {
    remote: remote.access,
    management: hub.access,
    namespace: settings.namespace.name,
    agentName: generation.agentName,
    releaseName: generation.releaseName,
    managementNamespace: settings.managementNamespace,
    relayServerName: generation.relayServer.name,
  };
  return {
    settings,
    generation,
    place,
    where: { remote: remote.where, management: hub.where },
    agentVersion: agentVersion.value,
    serverAddress: serverAddress.value,
    isByOthers: false,
    missing: seen.missing,
    release: isInstalled ? remote.release : undefined,
    hasKubernetesCluster: seen.kubernetesClusters.some(
      (object) =>
        isOurs(object, ownership) && object.metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity,
    ),
    relayServer: hub.relayServer,
    answers,
    serverFaults: faults,
    deployment: remote.agent.find((object): object is typeof object & Deployment => object.kind === "Deployment"),
    pods: remote.pods,
    diagnosis: undefined,
    certificate: modes.certificate === "none" ? undefined : judgeClientCertificate(remote.certificate, expected),
    isCertificateProvided: modes.certificate === "provided",
    count: hub.agentCount,
  };
}
