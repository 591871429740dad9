import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import type { DetectedRegistration } from "./detectedRegistration";
import type { Check, DoctorFinding } from "./doctorReport";
import type { ExaminedRegistration } from "./examinedRegistration";

// The two objects that make a registration, whoever made it: the agent's Helm release, and the KubernetesCluster.

export function releaseCheck({ standing, remote }: ExaminedRegistration): Check {
  const { release, settings } = standing;
  const name = "Helm release";
  if (release?.status === "deployed") {
    return {
      name,
      findings: [],
      detail: `${generation.releaseName} ${settings.agent.version ?? ""}, revision ${release.revision}`,
    };
  }
  const finding: DoctorFinding = {
    code: "GMR504",
    severity: "error",
    what: `The Helm release ${generation.releaseName} is ${release ? release.status : "not there"}`,
    where: `${remote.where}, namespace ${settings.namespace.name}`,
    cause: release ? "a Helm operation failed, or did not come to its end" : "somebody removed it",
    next: ofOthers(standing) ?? (release ? "run pulumi up, which clears it" : "run: pulumi up --refresh"),
  };
  return { name, findings: [finding] };
}

/** Of a registration that Pulumi made, the checks of every run tell it. */
export function kubernetesClusterCheck({ standing, hub }: ExaminedRegistration): readonly Check[] {
  const { owner, hasKubernetesCluster, settings } = standing;
  if (owner !== undefined || hub === undefined || hasKubernetesCluster === undefined) return [];
  const name = "KubernetesCluster";
  const object = `${settings.managementNamespace}/${settings.clusterName}`;
  if (hasKubernetesCluster) return [{ name, findings: [], detail: object }];
  const finding: DoctorFinding = {
    code: "GMR312",
    severity: "error",
    what: `The KubernetesCluster ${object} of this registration is gone`,
    where: hub.where,
    cause: "somebody deleted it, or it names another cluster: the agent's Helm release is there",
    next: othersRemedy,
  };
  return [{ name, findings: [finding] }];
}

/** What to do about a registration that Pulumi did not make. */
export function ofOthers({ owner }: DetectedRegistration): string | undefined {
  return owner === undefined ? othersRemedy : undefined;
}

const othersRemedy = "register the cluster anew with what has registered it, helm or meshctl";
