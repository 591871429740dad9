import { createClientSecretData } from "../sandbox/relay";
import { secret } from "./fakeKubeApi";
import {
  certificates,
  clientSecret,
  namespace,
  prepareHub,
  rootSecret,
  type Servers,
  tokenSecret,
} from "./registeredClusters";
import { helmRevision, revisionName } from "./remoteObjects";

// A registration of 2.x that somebody made with meshctl or helm, on two fake API servers.

/** How it differs from one by meshctl. */
export interface MadePlatform {
  /** Environment of the agent, for one without a certificate. */
  readonly extraEnvs?: object;
  /** Labels on the record of the Helm release that has the CRDs; null: there is no such release. */
  readonly definitions?: Readonly<Record<string, string>> | null;
  /** CRDs on the cluster, each with the Helm release that it names, as `namespace/name`. */
  readonly crds?: Readonly<Record<string, string | undefined>>;
}

export const definitionsRelease = "gloo-platform-crds";

const ownNamespace = "gloo-mesh";
const token = "the-token-of-the-hub-0123456789";

/** Creates the objects of the registration on both clusters. */
export async function registerPlatform({ hub, remote }: Servers, made: MadePlatform): Promise<void> {
  await prepareHub(hub);
  hub.store.put("/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters/cluster-2", { metadata: {} });
  const { root } = await certificates;
  remote.store.put(namespace, { kind: "Namespace" });
  remote.store.put(rootSecret, secret({ "ca.crt": root.certificatePem }));
  if (made.extraEnvs) remote.store.put(tokenSecret, secret({ token }));
  else {
    const client = await createClientSecretData(await certificates, { clusterName: "cluster-2" });
    remote.store.put(clientSecret, secret({ ...client }));
  }
  const name = "gloo-platform";
  const values = valuesOf(made);
  const record = helmRevision({ name, status: "deployed", chartVersion: "2.14.0", values });
  remote.store.put(`${namespace}/secrets/${revisionName(1, name)}`, record);
  remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/gloo-mesh-agent", {
    kind: "Deployment",
    metadata: { annotations: ofRelease(`${ownNamespace}/${name}`) },
  });
  if (made.definitions !== null) {
    const { metadata, ...rest } = helmRevision({ name: definitionsRelease, status: "deployed" }) as {
      metadata: { labels: object };
    };
    const labels = { ...metadata.labels, ...made.definitions };
    const path = `${namespace}/secrets/${revisionName(1, definitionsRelease)}`;
    remote.store.put(path, { ...rest, metadata: { ...metadata, labels } });
  }
  for (const [crd, owner] of Object.entries(made.crds ?? {})) {
    remote.store.put(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd}`, {
      kind: "CustomResourceDefinition",
      metadata: { annotations: owner === undefined ? {} : ofRelease(owner) },
    });
  }
}

function valuesOf({ extraEnvs }: MadePlatform): Readonly<Record<string, unknown>> {
  const relay = {
    serverAddress: "127.0.0.1:1",
    authority: "gloo-mesh-mgmt-server.gloo-mesh",
    rootTlsSecret: { name: "relay-root-tls-secret", namespace: ownNamespace },
  };
  const secrets = {
    tokenSecret: { name: "relay-identity-token-secret", namespace: ownNamespace, key: "token" },
    clientTlsSecret: { name: "relay-client-tls-secret", namespace: ownNamespace },
  };
  const glooAgent = { enabled: true, ...(extraEnvs ? { relay, extraEnvs } : { relay: { ...relay, ...secrets } }) };
  return { common: { cluster: "cluster-2" }, glooAgent };
}

function ofRelease(release: string): Record<string, string | undefined> {
  const [namespace, name] = release.split("/");
  return { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace };
}
