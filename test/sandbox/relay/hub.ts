import { randomBytes } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { createHubCertificates, fingerprint, type HubCertificates } from "./certificates";
import { kubernetesClusterDefinition, kubernetesClusters } from "./kubernetes-cluster";
import { isStatus, secretNames, writeSecret } from "./secrets";
import { relayPorts } from "./server-program";

const APP = "enterprise-networking";
const DEFINITION_POLL_MILLISECONDS = 50;
const DEFINITION_TIMEOUT_SECONDS = 30;

/** What the management plane looks like. */
export interface HubOptions {
  /** Default: `gloo-mesh`. The server certificate then holds `*.<namespace>`. */
  readonly namespace?: string;
  /** Tag of the server's image. Default: `1.0.4`. */
  readonly version?: string;
  /** Image without tag. Default: `gcr.io/gloo-mesh/enterprise-networking`. */
  readonly image?: string;
  /** Default: `ClusterIP`. */
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** Names in the server certificate. Default: `*.<namespace>`. */
  readonly dnsNames?: readonly string[];
  /** Certificates made before, e.g. to share a root between hubs. Default: fresh ones. */
  readonly certificates?: HubCertificates;
  /** Replicas of the relay server; 0 is a hub that is down. Default: 1. */
  readonly replicas?: number;
}

/** What a test may know about an installed hub. */
export interface HubFacts {
  readonly namespace: string;
  readonly version: string;
  /** PEM of the root CA, which is public. */
  readonly rootCaPem: string;
  /** SHA-256, as `AB:CD:…`. */
  readonly rootCaFingerprint: string;
  /** The hub's PKI, for making good and bad client certificates. */
  readonly certificates: HubCertificates;
  /** The bootstrap token. A function, so that printing the facts does not print it. */
  readonly token: () => string;
}

/**
 * Installs what the product's chart leaves on a management cluster, as far as a registration sees it: namespace, CRD,
 * Secrets with real certificates, ServiceAccount, Deployment and Service of the relay server. It resolves as soon as
 * the API serves KubernetesClusters; it does not wait for pods.
 *
 * @throws when the cluster already holds a hub in this namespace
 */
export async function installHub(kubeConfig: k8s.KubeConfig, options: HubOptions = {}): Promise<HubFacts> {
  const namespace = options.namespace ?? "gloo-mesh";
  const version = options.version ?? "1.0.4";
  const certificates =
    options.certificates ?? (await createHubCertificates({ dnsNames: options.dnsNames ?? [`*.${namespace}`] }));
  const secretToken = randomBytes(32).toString("hex");
  const token = (): string => secretToken;
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  await unlessExisting(core.createNamespace({ body: { metadata: { name: namespace } } }));
  await installDefinition(kubeConfig, namespace);
  await writeHubSecrets(kubeConfig, { namespace, certificates, token });
  await unlessExisting(core.createNamespacedServiceAccount({ namespace, body: { metadata: metadata(namespace) } }));
  await grantAccess(kubeConfig, namespace);
  await core.createNamespacedService({ namespace, body: service(namespace, options) });
  await apps.createNamespacedDeployment({ namespace, body: deployment(namespace, version, options) });
  return {
    namespace,
    version,
    rootCaPem: certificates.root.certificatePem,
    rootCaFingerprint: fingerprint(certificates.root.certificatePem),
    certificates,
    token,
  };
}

/**
 * Writes the Secrets of the management plane, or replaces their data. A running server takes up what has changed.
 * The root Secret holds the CA's private key beside `ca.crt`, as on a real hub.
 */
export async function writeHubSecrets(
  kubeConfig: k8s.KubeConfig,
  hub: { namespace: string; certificates: HubCertificates; token: () => string },
): Promise<void> {
  const { root, signing, server } = hub.certificates;
  const contents: [string, Record<string, string>][] = [
    [secretNames.root, { "ca.crt": root.certificatePem, "tls.key": root.privateKeyPem() }],
    [secretNames.signing, tlsData(signing, root)],
    [secretNames.server, tlsData(server, root)],
    [secretNames.identityToken, { token: hub.token() }],
    [secretNames.forwardingToken, { token: randomBytes(32).toString("hex") }],
  ];
  await Promise.all(
    contents.map(([name, data]) => writeSecret(kubeConfig, { name, namespace: hub.namespace }, data, { app: APP })),
  );
}

/** Installs the KubernetesCluster CRD, if it is not there, and waits until the API serves it. */
export async function installDefinition(kubeConfig: k8s.KubeConfig, namespace: string): Promise<void> {
  const api = kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
  await unlessExisting(api.createCustomResourceDefinition({ body: kubernetesClusterDefinition() }));
  const deadline = performance.now() + DEFINITION_TIMEOUT_SECONDS * 1000;
  for (;;) {
    try {
      await kubernetesClusters(kubeConfig, namespace).list();
      return;
    } catch (error) {
      // 404 until the path is served, then 429 while its storage is being set up.
      const pending = isStatus(error, 404) || isStatus(error, 429);
      if (!pending || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, DEFINITION_POLL_MILLISECONDS));
  }
}

/** What the relay server reads: the Secrets and KubernetesClusters of its namespace. */
async function grantAccess(kubeConfig: k8s.KubeConfig, namespace: string): Promise<void> {
  const rbac = kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  const verbs = ["get", "list", "watch"];
  const rules: k8s.V1PolicyRule[] = [
    { apiGroups: [""], resources: ["secrets"], verbs },
    { apiGroups: ["multicluster.solo.io"], resources: ["kubernetesclusters"], verbs },
  ];
  const roleRef: k8s.V1RoleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: APP };
  const subjects: k8s.RbacV1Subject[] = [{ kind: "ServiceAccount", name: APP, namespace }];
  await unlessExisting(rbac.createNamespacedRole({ namespace, body: { metadata: metadata(namespace), rules } }));
  await unlessExisting(
    rbac.createNamespacedRoleBinding({ namespace, body: { metadata: metadata(namespace), roleRef, subjects } }),
  );
}

function tlsData(
  leaf: { certificatePem: string; privateKeyPem: () => string },
  root: { certificatePem: string },
): Record<string, string> {
  return { "ca.crt": root.certificatePem, "tls.crt": leaf.certificatePem, "tls.key": leaf.privateKeyPem() };
}

function deployment(namespace: string, version: string, options: HubOptions): k8s.V1Deployment {
  const labels = { app: APP };
  return {
    metadata: metadata(namespace),
    spec: {
      replicas: options.replicas ?? 1,
      selector: { matchLabels: labels },
      // All pods of the sandbox share the address of this machine, so the old one has to free the port first.
      strategy: { type: "Recreate" },
      template: {
        metadata: {
          labels,
          annotations: {
            "prometheus.io/path": "/metrics",
            "prometheus.io/port": String(relayPorts.metrics),
            "prometheus.io/scrape": "true",
          },
        },
        spec: {
          serviceAccountName: APP,
          containers: [
            {
              name: APP,
              image: `${options.image ?? "gcr.io/gloo-mesh/enterprise-networking"}:${version}`,
              imagePullPolicy: "IfNotPresent",
              env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
              ports: [
                { name: "grpc", containerPort: relayPorts.grpc },
                { name: "http", containerPort: relayPorts.metrics },
              ],
              // Ours: an available Deployment then means that the server listens, which spares every test a wait.
              readinessProbe: { tcpSocket: { port: "grpc" } },
            },
          ],
        },
      },
    },
  };
}

function service(namespace: string, options: HubOptions): k8s.V1Service {
  return {
    metadata: metadata(namespace),
    spec: {
      type: options.serviceType ?? "ClusterIP",
      selector: { app: APP },
      ports: [
        { name: "grpc", port: relayPorts.grpc, targetPort: relayPorts.grpc },
        { name: "http", port: relayPorts.metrics, targetPort: relayPorts.metrics },
      ],
    },
  };
}

function metadata(namespace: string): k8s.V1ObjectMeta {
  return { name: APP, namespace, labels: { app: APP } };
}

async function unlessExisting(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}
