import * as k8s from "@kubernetes/client-node";

const shared = [
  { group: "extauth.solo.io", plural: "authconfigs", kind: "AuthConfig", version: "v1" },
  { group: "ratelimit.solo.io", plural: "ratelimitconfigs", kind: "RateLimitConfig", version: "v1alpha1" },
];

/**
 * Installs the two CRDs that gloo-platform-crds has in common with charts of Solo's gateways, as another release has left them.
 *
 * @param release its owner. Default: `enterprise-agentgateway-crds` in `agentgateway-system`
 */
export async function installSharedDefinitions(
  kubeConfig: k8s.KubeConfig,
  release = { name: "enterprise-agentgateway-crds", namespace: "agentgateway-system" },
): Promise<void> {
  const api = kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
  const open: k8s.V1JSONSchemaProps = { type: "object", x_kubernetes_preserve_unknown_fields: true };
  for (const { group, plural, kind, version } of shared) {
    const metadata: k8s.V1ObjectMeta = {
      name: `${plural}.${group}`,
      labels: { "app.kubernetes.io/managed-by": "Helm" },
      annotations: {
        "meta.helm.sh/release-name": release.name,
        "meta.helm.sh/release-namespace": release.namespace,
      },
    };
    const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
    const versions = [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: open } }];
    await api.createCustomResourceDefinition({
      body: { metadata, spec: { group, scope: "Namespaced", names, versions } },
    });
  }
}
