import { readAgentValues } from "../../glooMesh/agentValues";
import { clusterIdentityAnnotation, isOurs, isToTakeOver } from "../../glooMesh/ownership";
import { kubectl, qualified } from "../../kubernetes/commands";
import type { Finding } from "../findings/finding";
import type { HubFacts } from "../hub/inspectHub";
import type { PreflightRequest } from "../request";
import type { RemoteObjects } from "./remoteObjects";

/**
 * Finds what shows that a registration to take over is not this cluster's: an agent with another cluster name (GMR330), or a KubernetesCluster
 * that somebody else made, while nothing on the remote cluster belongs to it (GMR331). Errors, since another cluster may be registered under the name.
 */
export function judgeTakeOver(
  { release, where, access }: RemoteObjects,
  hub: Pick<HubFacts, "where" | "access" | "kubernetesClusters">,
  { settings, generation, ownership, modes }: PreflightRequest,
  remoteIdentity: string,
): Finding[] {
  const { clusterName, managementNamespace, namespace, agent } = settings;
  const isInstalled = release !== undefined && release.status !== "uninstalled" && isOurs(release, ownership);
  const present = isInstalled ? readAgentValues(release.content.values, generation).clusterName : undefined;
  if (isInstalled && isToTakeOver(release, ownership) && present !== undefined && present !== clusterName) {
    return [
      {
        code: "GMR330",
        severity: "error",
        what: `The agent to take over is registered as ${present}, not as ${clusterName}`,
        where: `${where}, Helm release ${namespace.name}/${agent.releaseName}`,
        cause: "the context leads to another cluster than meant, or [clusterName] differs from the registration's",
        next: `give [clusterName: ${JSON.stringify(present)}]; once it is taken over, another name is a rename`,
      },
    ];
  }
  const found = hub.kubernetesClusters.find(({ metadata }) => metadata.name === clusterName);
  if (!modes.createKubernetesCluster || !found || !isToTakeOver(found, ownership)) return [];
  const identity = found.metadata.annotations?.[clusterIdentityAnnotation] ?? remoteIdentity;
  if (isInstalled && identity === remoteIdentity) return [];
  return [
    {
      code: "GMR331",
      severity: "error",
      what: `The cluster name ${clusterName} is taken, and nothing shows that it is this cluster's`,
      where: `${hub.where}, KubernetesCluster ${managementNamespace}/${clusterName}`,
      cause:
        identity === remoteIdentity
          ? `${where} has no Helm release ${namespace.name}/${agent.releaseName} of an agent, so another cluster may be registered under the name`
          : `it is the registration of another cluster (kube-system UID ${identity})`,
      next: `compare [remote], [namespace.name] and [agent.releaseName] with: ${kubectl(access, namespace.name, "get", "secrets", "-l", "owner=helm")}; if the cluster is not registered at all, delete the leftover: ${kubectl(hub.access, managementNamespace, "delete", qualified(generation.kubernetesCluster), clusterName)}`,
    },
  ];
}
