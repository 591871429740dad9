/** The user as which the sandbox itself looks at a cluster. */
export const sandboxUser = "system:sandbox";

/**
 * Every request of an ordinary user is kept, with who, what and when but without bodies: those hold Secrets. Of the
 * cluster's own components only the writes are, so that the log stays small enough to be read in a test.
 */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [
    { level: "None", users: ["system:apiserver", "system:anonymous"] },
    { level: "Metadata", users: [sandboxUser], nonResourceURLs: ["/version"] }, // marks a point in the log
    { level: "None", users: [sandboxUser] },
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"] },
    { level: "None", users: ["system:kube-controller-manager"], verbs: ["get", "list", "watch"] },
    { level: "None", userGroups: ["system:nodes", "system:serviceaccounts"], verbs: ["get", "list", "watch"] },
    { level: "Metadata" },
  ],
};
