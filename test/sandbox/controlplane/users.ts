import * as k8s from "@kubernetes/client-node";
import type { ControlPlane } from "./controlPlane";
import { clientConfig } from "./kubeconfig";

/** A user to be made, and what it may do. */
export interface UserOptions {
  readonly name: string;
  /** Groups of the user; "system:masters" makes an administrator. Default: none. */
  readonly groups?: readonly string[];
  /** What it may do in every namespace and with cluster-wide objects. Default: nothing. */
  readonly clusterRules?: readonly k8s.V1PolicyRule[];
  /** What it may do in single namespaces, which must exist. Default: nothing. */
  readonly rules?: Readonly<Record<string, readonly k8s.V1PolicyRule[]>>;
}

/**
 * Makes a user with a client certificate and binds its rules. Its kubeconfig has one context, named as the cluster.
 * The name shows in the audit log.
 */
export async function mintUser(plane: ControlPlane, options: UserOptions): Promise<k8s.KubeConfig> {
  const rbac = plane.kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  const { name } = options;
  const metadata = { name: `user:${name}` };
  const subjects = [{ kind: "User", name, apiGroup: "rbac.authorization.k8s.io" }];
  const roleRef = (kind: string) => ({ kind, name: metadata.name, apiGroup: "rbac.authorization.k8s.io" });
  if (options.clusterRules !== undefined) {
    await rbac.createClusterRole({ body: { metadata, rules: [...options.clusterRules] } });
    await rbac.createClusterRoleBinding({ body: { metadata, subjects, roleRef: roleRef("ClusterRole") } });
  }
  for (const [namespace, rules] of Object.entries(options.rules ?? {})) {
    await rbac.createNamespacedRole({ namespace, body: { metadata, rules: [...rules] } });
    await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, subjects, roleRef: roleRef("Role") } });
  }
  return clientConfig({
    name: plane.name,
    server: plane.server,
    ca: plane.certificateAuthority,
    user: name,
    credential: await plane.issueClientCertificate(name, options.groups),
  });
}
