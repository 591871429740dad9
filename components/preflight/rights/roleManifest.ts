import { createHash } from "node:crypto";
import type { ClusterAccess } from "../../kubernetes/access";
import { kubectl } from "../../kubernetes/commands";
import type { NeededRight } from "./neededRights";

/**
 * Formats the Roles and the ClusterRole that grant the missing rights, as YAML for `kubectl apply -f -`, with the commands that bind them as
 * comments. Each name contains a fingerprint of the rules, so that applying one never takes rights from a Role that was applied before.
 */
export function roleManifest(
  missing: readonly NeededRight[],
  /** The cluster whose administrator runs the commands. */
  access: ClusterAccess,
  /** The namespace that the registration would create. */
  namespaceToMake?: string,
): string {
  const namespaces = [...new Set(missing.map(({ namespace }) => namespace))];
  return namespaces
    .map((namespace) => {
      const rules = missing.filter((right) => right.namespace === namespace).map(rule);
      return [
        ...(namespace !== undefined && namespace === namespaceToMake ? [namespaceFirst(access, namespace)] : []),
        role(access, namespace, rules),
      ].join("");
    })
    .join("---\n");
}

/** A Role needs its namespace, which the registration would create later: then an administrator creates it. */
function namespaceFirst(access: ClusterAccess, namespace: string): string {
  return (
    "# A Role needs its namespace: if it does not exist, create it first, and set namespace.create to false.\n" +
    `# ${kubectl(access, undefined, "create", "namespace", namespace)}\n`
  );
}

function role(access: ClusterAccess, namespace: string | undefined, rules: readonly string[]): string {
  const fingerprint = createHash("sha256").update(rules.join("\n")).digest("hex").slice(0, 6);
  const name = `gloo-mesh-registration-${fingerprint}`;
  const binding =
    namespace === undefined
      ? ["clusterrolebinding", name, `--clusterrole=${name}`]
      : ["rolebinding", name, `--role=${name}`];
  const lines = [
    "apiVersion: rbac.authorization.k8s.io/v1",
    `kind: ${namespace === undefined ? "ClusterRole" : "Role"}`,
    "metadata:",
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
    "rules:",
    ...rules,
    `# ${kubectl(access, namespace, "create", ...binding, "--user", "<user>")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function rule({ apiGroup, resource, subresource, verbs, resourceName }: NeededRight): string {
  const parts = [
    `apiGroups: [${JSON.stringify(apiGroup)}]`,
    `resources: [${subresource === undefined ? resource : `${resource}/${subresource}`}]`,
    ...(resourceName === undefined ? [] : [`resourceNames: [${JSON.stringify(resourceName)}]`]),
    `verbs: [${verbs.join(", ")}]`,
  ];
  return `  - { ${parts.join(", ")} }`;
}
