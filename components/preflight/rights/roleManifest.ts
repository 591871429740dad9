import { createHash } from "node:crypto";
import type { NeededRight } from "./neededRights";

/**
 * The Roles and the ClusterRole that grant what is missing, as YAML for `kubectl apply -f -`, with the commands that bind them as comments.
 * Their names hold a fingerprint of their rules, so that applying them takes nothing from a Role that was printed and applied before.
 */
export function roleManifest(
  missing: readonly NeededRight[],
  { user = "<user>", namespaceToMake }: { readonly user?: string; readonly namespaceToMake?: string | undefined } = {},
): string {
  const namespaces = [...new Set(missing.map(({ namespace }) => namespace))];
  return namespaces
    .map((namespace) => {
      const rules = missing.filter((right) => right.namespace === namespace).map(rule);
      return [
        ...(namespace !== undefined && namespace === namespaceToMake ? [namespaceFirst(namespace)] : []),
        role(namespace, rules, user),
      ].join("");
    })
    .join("---\n");
}

/** A Role needs its namespace, which the registration would make later: then an administrator makes it. */
function namespaceFirst(namespace: string): string {
  return (
    "# Where the namespace is not there yet, a Role cannot be: make it first, and set namespace.create to false.\n" +
    `# kubectl create namespace ${namespace}\n`
  );
}

function role(namespace: string | undefined, rules: readonly string[], user: string): string {
  const fingerprint = createHash("sha256").update(rules.join("\n")).digest("hex").slice(0, 6);
  const name = `gloo-mesh-registration-${fingerprint}`;
  const lines = [
    "apiVersion: rbac.authorization.k8s.io/v1",
    `kind: ${namespace === undefined ? "ClusterRole" : "Role"}`,
    "metadata:",
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
    "rules:",
    ...rules,
    namespace === undefined
      ? `# kubectl create clusterrolebinding ${name} --clusterrole=${name} --user='${user}'`
      : `# kubectl -n ${namespace} create rolebinding ${name} --role=${name} --user='${user}'`,
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
