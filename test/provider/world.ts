import { randomUUID } from "node:crypto";
import { after, type TestContext } from "node:test";
import type {
  BootstrapTokenInputs,
  ClientCertificateInputs,
  PreparationInputs,
} from "../../components/operations/shared/inputs";
import type { OperationsName } from "../../components/registration/providerText";
import type { ClientCertificateOptions, HubCertificates } from "../sandbox/relay";
import { createClientSecretData, createHubCertificates } from "../sandbox/relay";
import { DynamicProvider } from "../support/dynamicProvider";
import { FakeKubeApi, secret } from "../support/fakeKubeApi";
import { agentDeployment, helmRevision, releaseName, revisionName } from "../support/remoteObjects";

export const mark = "project/stack/cluster-2";
export const registrationAnnotation = "gloo-mesh-relay-registration/registration";
export const ours = { [registrationAnnotation]: mark };
/** Annotations of a temporary token, as the dynamic resource writes it. */
export const temporary = { ...ours, "gloo-mesh-relay-registration/lent": "true" };
export const namespacePath = "/api/v1/namespaces/gloo-mesh";
export const tokenPath = `${namespacePath}/secrets/relay-identity-token-secret`;
export const certificatePath = `${namespacePath}/secrets/relay-client-tls-secret`;
export const deploymentPath = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent";
export const revisionPath = (revision: number) => `${namespacePath}/secrets/${revisionName(revision)}`;

let certificates: Promise<HubCertificates> | undefined;
/** The hub's certificates, once for the process: RSA keys are slow to make. */
export function hubCertificates(): Promise<HubCertificates> {
  certificates ??= createHubCertificates();
  return certificates;
}

/** A client certificate Secret, as the agent writes it by default. */
export async function clientSecret(options: Partial<ClientCertificateOptions> = {}): Promise<object> {
  return secret({
    ...(await createClientSecretData(await hubCertificates(), { clusterName: "cluster-2", ...options })),
  });
}

let shared: Promise<DynamicProvider> | undefined;
after(async () => (await shared)?.stop());

/** The file's own process for the operations of one dynamic resource, as one run of Pulumi has one; its output is cleared. */
export async function sharedProvider(name: OperationsName): Promise<DynamicProvider> {
  shared ??= DynamicProvider.start(name);
  const provider = await shared;
  provider.output = "";
  return provider;
}

/** A process that the test may spoil: a cancelled one stays cancelled. */
export async function ownProvider(
  context: TestContext,
  name: OperationsName,
  engine?: string[],
): Promise<DynamicProvider> {
  const provider = await DynamicProvider.start(name, engine);
  context.after(() => provider.stop());
  return provider;
}

/** Two clusters as a registration finds them, and a token that only this test uses. */
export interface World {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
  readonly token: string;
  readonly rootCertificate: string;
  tokenInputs(changes?: Partial<BootstrapTokenInputs>): BootstrapTokenInputs;
  certificateInputs(changes?: Partial<ClientCertificateInputs>): ClientCertificateInputs;
  preparationInputs(changes?: Partial<PreparationInputs>): PreparationInputs;
}

/** Fake API servers; everything ends with the test. */
export async function world(context: TestContext): Promise<World> {
  const [hub, remote, { root }] = await Promise.all([
    FakeKubeApi.start("management"),
    FakeKubeApi.start("remote"),
    hubCertificates(),
  ]);
  context.after(() => Promise.all([hub.stop(), remote.stop()]));
  const token = `token-${randomUUID()}`;
  for (const api of [hub, remote]) api.store.put(namespacePath, { kind: "Namespace" });
  hub.store.put(tokenPath, secret({ token, another: "never-read" }));
  const registered = inputsFor({
    management: hub.access,
    managementIdentity: hub.identity,
    remote: remote.access,
    remoteIdentity: remote.identity,
    rootCertificate: root.certificatePem,
  });
  return { hub, remote, token, rootCertificate: root.certificatePem, ...registered };
}

type Sides = Pick<
  BootstrapTokenInputs,
  "management" | "managementIdentity" | "remote" | "remoteIdentity" | "rootCertificate"
>;

/** Inputs as the component gives them. */
export function inputsFor(sides: Sides): Pick<World, "tokenInputs" | "certificateInputs" | "preparationInputs"> {
  const names = {
    ...sides,
    managementNamespace: "gloo-mesh",
    namespace: "gloo-mesh",
    clusterName: "cluster-2",
    tokenSource: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
    tokenSecret: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" },
    clientSecret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" },
    agentName: releaseName,
    chainToRoot: true,
    reissue: "",
    mark,
    reason: "",
    revision: 1,
  };
  return {
    tokenInputs: (changes = {}) => ({ ...names, ...changes }),
    certificateInputs: (changes = {}) => ({
      ...names,
      certificate: "issued",
      level: "agent",
      relayServerName: "enterprise-networking",
      metricsPort: 9091,
      serverAddress: "172.18.0.2:31179",
      authority: "enterprise-networking.gloo-mesh",
      releaseName,
      releaseRevision: 1,
      releaseUid: "7a1e",
      incarnation: "first",
      previous: [],
      kubernetesClusterUid: "5f3c",
      bootstraps: 1,
      tokenWrittenAt: new Date().toISOString(),
      removeToken: true,
      removeOnDelete: true,
      timeoutSeconds: 60,
      ...changes,
    }),
    preparationInputs: (changes = {}) => ({
      management: names.management,
      managementIdentity: names.managementIdentity,
      remote: names.remote,
      remoteIdentity: names.remoteIdentity,
      clusterName: names.clusterName,
      namespace: names.namespace,
      releaseName,
      clientSecret: names.clientSecret,
      secrets: [
        { name: "relay-root-tls-secret", namespace: "gloo-mesh" },
        { name: names.tokenSecret.name, namespace: names.tokenSecret.namespace },
        names.clientSecret,
      ],
      removeNamespace: true,
      labelNamespace: false,
      kubernetesCluster: { group: "multicluster.solo.io", version: "v1alpha1", plural: "kubernetesclusters" },
      managementNamespace: "gloo-mesh",
      mark,
      reason: "",
      removeEarlierCertificate: true,
      abandonedAfterSeconds: 60,
      revision: 1,
      ...changes,
    }),
  };
}

/** The remote cluster after Helm has installed the agent: release deployed, agent up, our token there. */
export function installAgent(remote: FakeKubeApi, token: string): void {
  remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark }));
  remote.store.put(deploymentPath, agentDeployment(true));
  remote.store.put(tokenPath, secret({ token }, temporary));
}

/** Whether a Secret is there. */
export function has(api: FakeKubeApi, path: string): boolean {
  return api.store.get(path) !== undefined;
}
