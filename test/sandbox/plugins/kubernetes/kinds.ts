// Type tokens of the package, such as kubernetes:apps/v1:Deployment.

/** The apiVersion and kind in a type token. */
export function typeOfToken(token: string): [apiVersion: string, kind: string] {
  const [, groupVersion = "", kind = ""] = token.split(":");
  const [group = "", version = ""] = groupVersion.split("/");
  const apiGroup = fullGroups[group] ?? group;
  return [apiGroup === "core" ? version : `${apiGroup}/${version}`, kind];
}

// The package shortens the groups of Kubernetes itself.
const fullGroups: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
  ].map((group) => [group.split(".")[0] ?? group, group]),
);
