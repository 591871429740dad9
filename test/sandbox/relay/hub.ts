import { randomBytes } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { createHubCertificates, fingerprint, type HubCertificates } from "./certificates";
import { relayDeployment, relayMetadata, relayRules, relayServiceObject } from "./hubObjects";
import { imageVersion } from "./images";
import type { CertificateAuthority } from "./issuing";
import { kubernetesClusters } from "./kubernetesCluster";
import { type LoadBalancerAddress, setLoadBalancer } from "./loadBalancer";
import { type GenerationName, generations, type RelayGeneration, relayPorts } from "./relayGeneration";
import { isStatus, secretNames, writeSecret } from "./secrets";

const DEFINITION_POLL_MILLISECONDS = 50;
const DEFINITION_TIMEOUT_SECONDS = 30;

/** What the management plane looks like. */
export interface HubOptions {
  /** Default: `1.x`. */
  readonly generation?: GenerationName;
  /** Default: `gloo-mesh`. The server certificate then holds `*.<namespace>`. */
  readonly namespace?: string;
  /** Version of the server. Default: that of the tag of {@link image}, or else that of the generation. */
  readonly version?: string;
  /** The whole reference of the server's image. Default: `gcr.io/gloo-mesh/<server of the generation>:<version>`. */
  readonly image?: string;
  /** Default: `LoadBalancer` with {@link loadBalancer}, otherwise `ClusterIP`. */
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** Number of the Service's port `grpc`. Default: 9900; a sandbox takes the port on which its relay server listens. */
  readonly grpcPort?: number;
  /** Address in the status of the Service. Default: none, as before a cloud has made a load balancer. */
  readonly loadBalancer?: LoadBalancerAddress;
  /** Names in the server certificate. Default: `*.<namespace>`. */
  readonly dnsNames?: readonly string[];
  /** Certificates made before, e.g. to share a root between hubs. Default: fresh ones. */
  readonly certificates?: HubCertificates;
  /** CAs whose client certificates the server accepts beside those that it signs itself. Default: none. */
  readonly clientAuthorities?: readonly CertificateAuthority[];
  /** The server speaks plain text, believes the names that agents claim, and the hub has no relay Secrets. Default: false. */
  readonly insecure?: boolean;
  /** Replicas of the relay server; 0 is a hub that is down. Default: 1. */
  readonly replicas?: number;
}

/** What a test may know about an installed hub. */
export interface HubFacts {
  readonly generation: RelayGeneration;
  readonly namespace: string;
  readonly version: string;
  readonly insecure: boolean;
  /** `ca.crt` of the root CA's Secret, which is public: one root, or two while the root is being replaced. */
  readonly rootCaPem: string;
  /** Of the first certificate in it: SHA-256, as `AB:CD:…`. */
  readonly rootCaFingerprint: string;
  /** The hub's PKI, for making good and bad client certificates. */
  readonly certificates: HubCertificates;
  /** Names in the server certificate. */
  readonly dnsNames: readonly string[];
  /** CAs whose client certificates the server accepts beside those that it signs itself. */
  readonly clientAuthorities: readonly CertificateAuthority[];
  /** The bootstrap token. A function, so that printing the facts does not print it. */
  readonly token: () => string;
}

/** Namespace of a hub that is given none. */
export const defaultNamespace = "gloo-mesh";

/**
 * Installs what the product's chart leaves on a management cluster, as far as a registration sees it: namespace, CRD,
 * Secrets with real certificates, ServiceAccount, Deployment and Service of the relay server. It resolves as soon as
 * the API serves KubernetesClusters; it does not wait for pods.
 *
 * @throws when the cluster already holds a hub in this namespace
 */
export async function installHub(kubeConfig: k8s.KubeConfig, options: HubOptions = {}): Promise<HubFacts> {
  const namespace = options.namespace ?? defaultNamespace;
  const facts = await planHub(namespace, options);
  const { generation, insecure } = facts;
  const { server } = generation;
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  await unlessExisting(core.createNamespace({ body: { metadata: { name: namespace } } }));
  await installDefinition(kubeConfig, namespace, options);
  if (!insecure) await writeHubSecrets(kubeConfig, facts);
  const metadata = relayMetadata(server, namespace);
  await unlessExisting(core.createNamespacedServiceAccount({ namespace, body: { metadata } }));
  await grantAccess(kubeConfig, metadata, generation);
  const type = options.serviceType ?? (options.loadBalancer === undefined ? "ClusterIP" : "LoadBalancer");
  const service = relayServiceObject(generation, namespace, { type, grpcPort: options.grpcPort ?? relayPorts.grpc });
  await core.createNamespacedService({ namespace, body: service });
  if (options.loadBalancer) await setLoadBalancer(kubeConfig, options.loadBalancer, { name: server, namespace });
  const image = options.image ?? `gcr.io/gloo-mesh/${server}:${facts.version}`;
  const deployment = relayDeployment(generation, namespace, { image, replicas: options.replicas ?? 1, insecure });
  await apps.createNamespacedDeployment({ namespace, body: deployment });
  return facts;
}

async function planHub(namespace: string, options: HubOptions): Promise<HubFacts> {
  const dnsNames = options.dnsNames ?? [`*.${namespace}`];
  const certificates = options.certificates ?? (await createHubCertificates({ dnsNames }));
  const token = randomBytes(32).toString("hex");
  const generation = generationOf(options);
  return {
    generation,
    namespace,
    version: versionOf(options),
    insecure: options.insecure ?? false,
    rootCaPem: certificates.root.certificatePem,
    rootCaFingerprint: fingerprint(certificates.root.certificatePem),
    certificates,
    dnsNames,
    clientAuthorities: options.clientAuthorities ?? [],
    token: () => token,
  };
}

/**
 * Writes the Secrets of the management plane, or replaces their data. A running server takes up what has changed.
 * The root Secret holds the CA's private key beside `ca.crt`, as on a real hub.
 *
 * @param hub.rootCaPem default: the root of the certificates
 * @param hub.clientAuthorities trusted for clients beside the root. Default: none
 */
export async function writeHubSecrets(
  kubeConfig: k8s.KubeConfig,
  hub: Pick<HubFacts, "namespace" | "certificates" | "token"> &
    Partial<Pick<HubFacts, "rootCaPem" | "clientAuthorities" | "generation">>,
): Promise<void> {
  const { root, signing, server } = hub.certificates;
  const rootCaPem = hub.rootCaPem ?? root.certificatePem;
  const clientCaPem = [rootCaPem, ...(hub.clientAuthorities ?? []).map((one) => one.certificatePem)].join("");
  const contents: [string, Record<string, string>][] = [
    [secretNames.root, { "ca.crt": rootCaPem, "tls.key": root.privateKeyPem() }],
    [secretNames.signing, tlsData(signing, rootCaPem)],
    [secretNames.server, tlsData(server, clientCaPem)],
    [secretNames.identityToken, { token: hub.token() }],
    [secretNames.forwardingToken, { token: randomBytes(32).toString("hex") }],
  ];
  const { server: app } = hub.generation ?? generations["1.x"];
  await Promise.all(
    contents.map(([name, data]) => writeSecret(kubeConfig, { name, namespace: hub.namespace }, data, { app })),
  );
}

/** Installs the KubernetesCluster CRD, if it is not there, and waits until the API serves it. */
export async function installDefinition(
  kubeConfig: k8s.KubeConfig,
  namespace: string,
  hub: Pick<HubOptions, "generation" | "version" | "image"> = {},
): Promise<void> {
  const api = kubeConfig.makeApiClient(k8s.ApiextensionsV1Api);
  const { kubernetesCluster } = generationOf(hub);
  await unlessExisting(api.createCustomResourceDefinition({ body: kubernetesCluster.definition(versionOf(hub)) }));
  const deadline = performance.now() + DEFINITION_TIMEOUT_SECONDS * 1000;
  for (;;) {
    try {
      await kubernetesClusters(kubeConfig, namespace, kubernetesCluster).list();
      return;
    } catch (error) {
      // 404 until the path is served, then 429 while its storage is being set up.
      const pending = isStatus(error, 404) || isStatus(error, 429);
      if (!pending || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, DEFINITION_POLL_MILLISECONDS));
  }
}

async function grantAccess(
  kubeConfig: k8s.KubeConfig,
  metadata: k8s.V1ObjectMeta,
  generation: RelayGeneration,
): Promise<void> {
  const rbac = kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  const { server: name } = generation;
  const { namespace = "" } = metadata;
  const roleRef: k8s.V1RoleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const subjects: k8s.RbacV1Subject[] = [{ kind: "ServiceAccount", name, namespace }];
  await unlessExisting(rbac.createNamespacedRole({ namespace, body: { metadata, rules: relayRules(generation) } }));
  await unlessExisting(rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } }));
}

function generationOf({ generation = "1.x" }: Pick<HubOptions, "generation">): RelayGeneration {
  return generations[generation];
}

function versionOf(hub: Pick<HubOptions, "generation" | "version" | "image">): string {
  return hub.version ?? (imageVersion(hub.image ?? "") || generationOf(hub).defaultVersion);
}

function tlsData(leaf: { certificatePem: string; privateKeyPem: () => string }, caPem: string): Record<string, string> {
  return { "ca.crt": caPem, "tls.crt": leaf.certificatePem, "tls.key": leaf.privateKeyPem() };
}

async function unlessExisting(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}
