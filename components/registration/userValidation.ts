import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../glooMesh/settings";
import { type ClusterAccess, isKubeconfigContent } from "../kubernetes/access";
import type { RegistrationContext } from "./context";
import type { ClientCertificate } from "./dynamicResources";

/**
 * Runs the user's validation command after the proof. A new certificate or agent version replaces the resource, which runs the command again.
 * If the command fails, the registration fails.
 */
export function runUserValidation(
  { name, parent, args, access, settings }: RegistrationContext,
  certificate: ClientCertificate,
): local.Command[] {
  const { validation } = args;
  if (!validation) return [];
  const own = pulumi
    .all([settings, access.management, access.remote])
    .apply(([settings, management, remote]) => environmentOf(settings, management, remote));
  return [
    new local.Command(
      `${name}-validation`,
      {
        create: validation.command,
        environment: pulumi.all([validation.environment ?? {}, own]).apply(([given, own]) => ({ ...given, ...own })),
        triggers: [certificate.fingerprint, settings.agent.version],
      },
      { parent, dependsOn: certificate },
    ),
  ];
}

function environmentOf(settings: Settings, management: ClusterAccess, remote: ClusterAccess): Record<string, string> {
  return {
    CLUSTER_NAME: settings.clusterName,
    RELAY_SERVER_ADDRESS: settings.relay.serverAddress,
    MANAGEMENT_NAMESPACE: settings.managementNamespace,
    AGENT_NAMESPACE: settings.namespace.name,
    ...accessVariables("MANAGEMENT", management),
    ...accessVariables("REMOTE", remote),
  };
}

/** Without the content of a kubeconfig: Pulumi's state holds the command's environment, and any child process may print it. */
function accessVariables(
  side: "MANAGEMENT" | "REMOTE",
  { kubeconfig, context }: ClusterAccess,
): Record<string, string> {
  const isPath = kubeconfig !== undefined && kubeconfig !== "" && !isKubeconfigContent(kubeconfig);
  return {
    ...(context === undefined ? {} : { [`${side}_CONTEXT`]: context }),
    ...(isPath ? { [`${side}_KUBECONFIG`]: kubeconfig } : {}),
  };
}
