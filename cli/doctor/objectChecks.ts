import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import type { ClusterAccess } from "../../components/kubernetes/access";
import type { KubernetesClient } from "../../components/kubernetes/client";
import type { DetectedRegistration } from "./detectedRegistration";
import { type Check, failed, passed } from "./doctorReport";

// Checks of the two objects that every registration has, whoever created it: the agent's Helm release and the KubernetesCluster.

/** A registration as it was detected, with a client for each of its clusters. */
export interface ExaminedRegistration {
  readonly detected: DetectedRegistration;
  readonly remote: KubernetesClient;
  /** Client of the management cluster; undefined where it cannot be reached. */
  readonly hub: KubernetesClient | undefined;
  readonly managementAccess: ClusterAccess;
  /** PEM of the relay's root CA; empty where none is known, so that no certificate is judged by it. */
  readonly rootCertificate: string;
  readonly serverAddress: string | undefined;
}

export function releaseCheck({ detected, remote }: ExaminedRegistration): Check {
  const { release, settings } = detected;
  const name = "Helm release";
  if (release?.status === "deployed") {
    return passed(name, `${generation.releaseName} ${settings.agent.version ?? ""}, revision ${release.revision}`);
  }
  return failed(name, {
    code: "GMR504",
    severity: "error",
    what: `The Helm release ${generation.releaseName} ${release ? `is ${release.status}` : "does not exist"}`,
    where: `${remote.where}, namespace ${settings.namespace.name}`,
    cause: release ? "a Helm operation failed or was interrupted" : "someone else deleted it",
    next: stepByOthers(detected) ?? (release ? "run pulumi up, which recovers it" : "run: pulumi up --refresh"),
  });
}

/** Empty for a registration of Pulumi: there the checks of every run report it. */
export function kubernetesClusterCheck({ detected, hub }: ExaminedRegistration): readonly Check[] {
  const { owner, hasKubernetesCluster, settings } = detected;
  if (owner !== undefined || hub === undefined || hasKubernetesCluster === undefined) return [];
  const name = "KubernetesCluster";
  const object = `${settings.managementNamespace}/${settings.clusterName}`;
  if (hasKubernetesCluster) return [passed(name, object)];
  return [
    failed(name, {
      code: "GMR312",
      severity: "error",
      what: `The KubernetesCluster ${object} of this registration is gone`,
      where: hub.where,
      cause: "someone else deleted it, or it names another cluster: the agent's Helm release exists",
      next: registerAgain,
    }),
  ];
}

/** The next step for a registration that Pulumi did not create; undefined for one that it did. */
export function stepByOthers({ owner }: DetectedRegistration): string | undefined {
  return owner === undefined ? registerAgain : undefined;
}

const registerAgain = "register the cluster again with the tool that registered it, helm or meshctl";
