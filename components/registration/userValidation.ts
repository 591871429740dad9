import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterAccess, isKubeconfigContent } from "../kubernetes/access";
import type { RegistrationContext } from "./context";
import type { ClientCertificate } from "./dynamicResources";

/**
 * Runs the user's validation command after the proof. A new certificate or agent version replaces the resource, which runs the command again.
 * If the command fails, the registration fails.
 */
export function runUserValidation(
  { name, parent, args: { validation }, management, remote, settings }: RegistrationContext,
  certificate: ClientCertificate,
): local.Command | undefined {
  if (!validation) return undefined;
  const environment = pulumi
    .all([settings, management.access, remote.access, validation.environment ?? {}])
    .apply(([settings, management, remote, given]) => ({
      ...given,
      CLUSTER_NAME: settings.clusterName,
      RELAY_SERVER_ADDRESS: settings.relay.serverAddress,
      MANAGEMENT_NAMESPACE: settings.managementNamespace,
      AGENT_NAMESPACE: settings.namespace.name,
      ...accessVariables("MANAGEMENT", management),
      ...accessVariables("REMOTE", remote),
    }));
  const triggers = [certificate.fingerprint, settings.agent.version];
  const inputs = { create: validation.command, environment, triggers };
  return new local.Command(`${name}-validation`, inputs, { parent, dependsOn: certificate });
}

/** Without the content of a kubeconfig: Pulumi's state holds the command's environment, and any child process may print it. */
function accessVariables(side: string, { kubeconfig, context }: ClusterAccess): Record<string, string> {
  return {
    ...(context === undefined ? {} : { [`${side}_CONTEXT`]: context }),
    ...(kubeconfig && !isKubeconfigContent(kubeconfig) ? { [`${side}_KUBECONFIG`]: kubeconfig } : {}),
  };
}
