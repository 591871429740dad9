import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import type { DetectedRegistration } from "./detectedRegistration";
import { type Check, failed, passed } from "./doctorReport";
import type { ExaminedRegistration } from "./examinedRegistration";

// The two objects that make a registration, whoever made it: the agent's Helm release, and the KubernetesCluster.

export function releaseCheck({ detected, remote }: ExaminedRegistration): Check {
  const { release, settings } = detected;
  const name = "Helm release";
  if (release?.status === "deployed") {
    return passed(name, `${generation.releaseName} ${settings.agent.version ?? ""}, revision ${release.revision}`);
  }
  return failed(name, {
    code: "GMR504",
    severity: "error",
    what: `The Helm release ${generation.releaseName} is ${release ? release.status : "not there"}`,
    where: `${remote.where}, namespace ${settings.namespace.name}`,
    cause: release ? "a Helm operation failed or was interrupted" : "somebody removed it",
    next: ofOthers(detected) ?? (release ? "run pulumi up, which clears it" : "run: pulumi up --refresh"),
  });
}

/** Empty for a registration that Pulumi made: the checks of every run report it. */
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
      cause: "somebody deleted it, or it names another cluster: the agent's Helm release is there",
      next: othersRemedy,
    }),
  ];
}

/** What to do about a registration that Pulumi did not make. */
export function ofOthers({ owner }: DetectedRegistration): string | undefined {
  return owner === undefined ? othersRemedy : undefined;
}

const othersRemedy = "register the cluster again with what has registered it, helm or meshctl";
