import * as k8s from "@kubernetes/client-node";
import { auditEvents, isWrite, mintUser } from "../../sandbox/controlplane";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { DocumentedRole, Grant } from "./document";

const apiGroup = "rbac.authorization.k8s.io";

/** A user of one cluster who has exactly what its Roles grant. */
export class Restricted {
  private constructor(
    readonly cluster: SandboxCluster,
    readonly name: string,
    readonly kubeConfig: k8s.KubeConfig,
  ) {}

  /** Makes the user, and binds the Roles. */
  static async mint(cluster: SandboxCluster, name: string, roles: readonly DocumentedRole[]): Promise<Restricted> {
    const user = new Restricted(cluster, name, await mintUser(cluster.plane, { name }));
    for (const role of roles) await user.bind(role);
    return user;
  }

  private async bind(role: DocumentedRole): Promise<void> {
    const { name, namespace = "" } = role.metadata;
    const subjects = [{ kind: "User", name: this.name, apiGroup }];
    const body = { metadata: { name }, subjects, roleRef: { apiGroup, kind: role.kind, name } };
    if (role.kind === "Role") {
      await this.rbac.createNamespacedRole({ namespace, body: role });
      await this.rbac.createNamespacedRoleBinding({ namespace, body });
    } else {
      await this.rbac.createClusterRole({ body: role });
      await this.rbac.createClusterRoleBinding({ body });
    }
  }

  /** Gives a Role other rules, and waits until the API server's authoriser has learned of it: whether it grants that verb now. */
  async change(role: DocumentedRole, grant: Grant, granted: boolean): Promise<void> {
    const { name, namespace = "" } = role.metadata;
    if (role.kind === "Role") await this.rbac.replaceNamespacedRole({ name, namespace, body: role });
    else await this.rbac.replaceClusterRole({ name, body: role });
    const resourceAttributes = attributesOf(grant, namespace);
    const authorization = this.kubeConfig.makeApiClient(k8s.AuthorizationV1Api);
    for (;;) {
      const { status } = await authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
      if (status?.allowed === granted) return;
    }
  }

  /** Requests of the user that the API server has refused. */
  async refusals(): Promise<string[]> {
    const events = await auditEvents(this.cluster.plane, ({ user, code }) => user === this.name && code === 403);
    return events.map(({ verb, requestUri }) => `${verb} ${requestUri}`);
  }

  /** How many requests of the user that change something were answered so far. */
  async writes(): Promise<number> {
    const events = await auditEvents(this.cluster.plane, (event) => event.user === this.name && isWrite(event));
    return events.filter(({ requestUri }) => !requestUri.includes("dryRun=All")).length;
  }

  private get rbac(): k8s.RbacAuthorizationV1Api {
    return this.cluster.kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  }
}

/** What the API server would make of a request with this verb. */
function attributesOf({ verb, group, resource, resourceName }: Grant, namespace: string): k8s.V1ResourceAttributes {
  const [plural = "", subresource] = resource.split("/");
  const name = ["create", "list", "watch"].includes(verb) ? undefined : resourceName;
  return {
    group,
    verb,
    resource: plural,
    namespace: plural === "namespaces" ? (name ?? "") : namespace,
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
  };
}
