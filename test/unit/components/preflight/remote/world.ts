import type { TestContext } from "node:test";
import { KubernetesClient } from "../../../../../components/kubernetes/client";
import type { MissingObject } from "../../../../../components/preflight/remote/missingObjects";
import { FakeKubeApi, secret } from "../../../../support/fakeKubeApi";
import { mark } from "../../../../support/preflightRequest";
import { helmRevision, revisionName } from "../../../../support/remoteObjects";

export const ours = { "gloo-mesh-relay-registration/registration": mark };
export const others = { "gloo-mesh-relay-registration/registration": "other/stack/cluster-9" };

export const namespace = "/api/v1/namespaces/gloo-mesh";
export const at = {
  root: `${namespace}/secrets/relay-root-tls-secret`,
  token: `${namespace}/secrets/relay-identity-token-secret`,
  client: `${namespace}/secrets/relay-client-tls-secret`,
  release: `${namespace}/secrets/${revisionName(1)}`,
};

/** Everything that a registration has on the remote cluster once it is proven. */
export function register(api: FakeKubeApi): void {
  api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
  api.store.put(at.root, secret({ "ca.crt": "root" }, ours));
  api.store.put(at.client, secret({ "tls.crt": "certificate" }));
  api.store.put(at.release, trusting("relay-root-tls-secret"));
}

/** The release of this registration, whose agent looks for the root CA in that Secret; without a name, as where none is copied. */
export function trusting(name?: string): object {
  const relay = name === undefined ? {} : { rootTlsSecret: { name, namespace: "gloo-mesh" } };
  return helmRevision({ status: "deployed", mark, recorded: true, values: { relay } });
}

export const byCertificate = "the client certificate that its agent stored exists";
const byRelease = "the Helm release of this registration exists";
const byKubernetesCluster =
  "the KubernetesCluster of this registration names this cluster, unless its first run was interrupted";

/** What the checks find of each object that someone else deleted. */
export const deleted = {
  namespace: {
    step: "namespace",
    name: "gloo-mesh",
    where: "remote",
    evidence: byKubernetesCluster,
    certain: false,
  },
  release: {
    step: "agent",
    name: "enterprise-agent",
    where: "remote, namespace gloo-mesh",
    evidence: byCertificate,
    certain: true,
  },
  kubernetesCluster: {
    step: "kubernetes-cluster",
    name: "gloo-mesh/cluster-2",
    where: "management",
    evidence: byRelease,
    certain: true,
  },
  rootCertificate: {
    step: "root-certificate",
    name: "gloo-mesh/relay-root-tls-secret",
    where: "remote",
    evidence: byRelease,
    certain: true,
  },
} as const satisfies Readonly<Record<string, MissingObject>>;

/** An API server that ends with the test, and a client of it. */
export async function startApi(context: TestContext): Promise<{ api: FakeKubeApi; client: KubernetesClient }> {
  const api = await FakeKubeApi.start("remote");
  context.after(() => api.stop());
  return { api, client: await KubernetesClient.open(api.access) };
}
