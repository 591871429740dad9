import { randomBytes } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { addSidecarAgent, relayDeployment, relayMetadata, relayRules, relayServiceObject } from "./hubObjects";
import { defaultNamespace, generationOf, type HubFacts, type HubOptions, planHub, versionOf } from "./hubOptions";
import { createHelmOwnedCluster, kubernetesClusters } from "./kubernetesCluster";
import { setLoadBalancer } from "./loadBalancer";
import { generations, relayPorts } from "./relayGeneration";
import { isStatus, secretNames, writeSecret } from "./secrets";

const DEFINITION_POLL_MILLISECONDS = 50;
const DEFINITION_TIMEOUT_SECONDS = 30;

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
  const { sidecarAgent } = options;
  const { server } = generation;
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  await unlessExisting(core.createNamespace({ body: { metadata: { name: namespace } } }));
  await installDefinition(kubeConfig, namespace, options);
  if (!insecure) await writeHubSecrets(kubeConfig, facts);
  const metadata = relayMetadata(server, namespace);
  await unlessExisting(core.createNamespacedServiceAccount({ namespace, body: { metadata } }));
  await grantAccess(kubeConfig, metadata, relayRules(generation, sidecarAgent !== undefined));
  if (sidecarAgent !== undefined) await createHelmOwnedCluster(kubeConfig, namespace, sidecarAgent);
  const type = options.serviceType ?? (options.loadBalancer === undefined ? "ClusterIP" : "LoadBalancer");
  const grpcPort = options.grpcPort ?? relayPorts.grpc;
  const service = relayServiceObject(generation, namespace, { type, grpcPort });
  await core.createNamespacedService({ namespace, body: service });
  if (options.loadBalancer) await setLoadBalancer(kubeConfig, options.loadBalancer, { name: server, namespace });
  const image = options.image ?? `gcr.io/gloo-mesh/${server}:${facts.version}`;
  const deployment = relayDeployment(facts, image);
  if (sidecarAgent !== undefined) addSidecarAgent(deployment, facts, { clusterName: sidecarAgent, port: grpcPort });
  await apps.createNamespacedDeployment({ namespace, body: deployment });
  return facts;
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
    Partial<Pick<HubFacts, "rootCaPem" | "clientAuthorities" | "generation" | "simpleTls" | "ownCertificates">>,
): Promise<void> {
  const { root, signing, server } = hub.certificates;
  const rootCaPem = hub.rootCaPem ?? root.certificatePem;
  const clientCaPem = [rootCaPem, ...(hub.clientAuthorities ?? []).map((one) => one.certificatePem)].join("");
  const token = { token: hub.token() };
  const issuing: [string, Record<string, string>][] = [
    [secretNames.signing, tlsData(signing, rootCaPem)],
    [secretNames.identityToken, token],
    [secretNames.forwardingToken, { token: randomBytes(32).toString("hex") }],
  ];
  const contents: [string, Record<string, string>][] = [
    // Only a hub that issues certificates has the private key of their root.
    [secretNames.root, { "ca.crt": rootCaPem, ...(hub.ownCertificates ? {} : { "tls.key": root.privateKeyPem() }) }],
    [secretNames.server, tlsData(server, clientCaPem)],
    ...(hub.simpleTls || hub.ownCertificates ? [] : issuing),
    ...(hub.simpleTls ? [[secretNames.sharedToken, token] as [string, typeof token]] : []),
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
  rules: k8s.V1PolicyRule[],
): Promise<void> {
  const rbac = kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  const { name = "", namespace = "" } = metadata;
  const roleRef: k8s.V1RoleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const subjects: k8s.RbacV1Subject[] = [{ kind: "ServiceAccount", name, namespace }];
  await unlessExisting(rbac.createNamespacedRole({ namespace, body: { metadata, rules } }));
  await unlessExisting(rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } }));
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
