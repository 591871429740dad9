import type { TestContext } from "node:test";
import { parseOptions } from "../../cli/doctor/doctorOptions";
import { type DoctorReport, findingsOf } from "../../cli/doctor/doctorReport";
import { examineRegistration } from "../../cli/doctor/examination";
import { createClientSecretData, createHubCertificates } from "../sandbox/relay";
import { FakeKubeApi, secret } from "./fakeKubeApi";
import { agentDeployment, helmRevision, revisionName } from "./remoteObjects";

export const mark = "urn:pulumi:stack::project::gloo-mesh-relay:index:GlooMeshRelayRegistration::cluster-2";
export const namespace = "/api/v1/namespaces/gloo-mesh";
export const annotation = "gloo-mesh-relay-registration/registration";
export const kubernetesCluster =
  "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
export const gauge = "/api/v1/namespaces/gloo-mesh/services/enterprise-networking:9091/proxy/metrics";

export const clientSecret = `${namespace}/secrets/relay-client-tls-secret`;
export const rootSecret = `${namespace}/secrets/relay-root-tls-secret`;
export const tokenSecret = `${namespace}/secrets/relay-identity-token-secret`;

/** The CAs of the relay. */
export const certificates = createHubCertificates();

/** The API servers of both clusters. */
export interface Servers {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
}

/** Two clusters for the doctor; the management cluster has what a registration needs. */
export interface Clusters extends Servers {
  look(...more: string[]): Promise<DoctorReport>;
}

/** @param options the doctor's options beside the contexts; no server listens at the address, and the management cluster has no Deployment to read a version from */
export async function clusters(
  context: TestContext,
  options: readonly string[] = ["--relay-server-address", "127.0.0.1:1", "--agent-version", "1.2.0"],
): Promise<Clusters> {
  const [hub, remote] = await Promise.all([FakeKubeApi.start("hub"), FakeKubeApi.start("remote")]);
  context.after(() => Promise.all([hub.stop(), remote.stop()]));
  await prepareHub(hub);
  return { hub, remote, look: (...more) => examine({ hub, remote }, ...options, ...more) };
}

/** Creates what a registration needs on the management cluster. */
export async function prepareHub({ store }: FakeKubeApi): Promise<void> {
  const { root } = await certificates;
  store.put(namespace, { kind: "Namespace" });
  store.put(rootSecret, secret({ "ca.crt": root.certificatePem }));
  store.put(tokenSecret, secret({ token: "the-token-of-the-hub-0123456789" }));
}

/** The doctor's report. */
export function examine({ hub, remote }: Servers, ...options: readonly string[]): Promise<DoctorReport> {
  const contexts = [
    ...["--management-context", "hub", "--management-kubeconfig", hub.kubeconfig],
    ...["--remote-context", "remote", "--remote-kubeconfig", remote.kubeconfig],
  ];
  return examineRegistration(parseOptions([...contexts, ...options]));
}

/** How a registration differs from that of an `up` with the default arguments. */
export interface Made {
  readonly notAfter?: Date;
  /** helm and meshctl mark no object. */
  readonly by?: "up" | "meshctl";
  /** Values of the agent's chart; default: those of an issued certificate. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** False: without namespace and root CA Secret. */
  readonly copies?: boolean;
  /** The data of the client certificate's Secret; default: a certificate that the relay issued. Null: no such Secret. */
  readonly client?: object | null;
}

export const secretValues = {
  rootTlsSecret: { name: "relay-root-tls-secret", namespace: "gloo-mesh" },
  clientCertSecret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" },
};

/** Creates the objects of a registration. */
export async function register({ hub, remote }: Servers, made: Made = {}): Promise<void> {
  const { notAfter = new Date("2099-01-01"), by = "up", values = { relay: secretValues }, copies = true } = made;
  const isOurs = by === "up";
  const annotations = isOurs ? { [annotation]: mark } : {};
  const identity = { "gloo-mesh-relay-registration/cluster-identity": remote.identity };
  hub.store.put(kubernetesCluster, {
    metadata: { annotations: { ...annotations, ...(isOurs ? identity : {}) } },
    spec: { clusterDomain: "cluster.local" },
  });
  hub.intervene = ({ path }) =>
    path === gauge ? { status: 200, body: 'relay_push_clients_connected{cluster="cluster-2"} 1\n' } : undefined;
  hub.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-networking", agentDeployment(true));
  if (copies) {
    const { root } = await certificates;
    remote.store.put(namespace, { kind: "Namespace", metadata: { annotations } });
    const copied = secret({ "ca.crt": root.certificatePem });
    remote.store.put(rootSecret, { ...copied, metadata: { annotations } });
  }
  const relay = { cluster: "cluster-2", serverAddress: "127.0.0.1:1", ...(values["relay"] as object | undefined) };
  const release = helmRevision({
    status: "deployed",
    mark: isOurs ? mark : undefined,
    recorded: isOurs,
    values: { ...values, relay },
    chartVersion: "1.0.4",
  });
  remote.store.put(`${namespace}/secrets/${revisionName(1)}`, release);
  remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", agentDeployment(true));
  remote.store.put(`${namespace}/pods/enterprise-agent-1`, {
    metadata: { labels: { app: "enterprise-agent" }, creationTimestamp: "2026-01-01T00:00:00Z" },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "enterprise-agent", ready: true, restartCount: 0, state: { running: {} } }],
    },
  });
  const validity = { notBefore: new Date("2026-01-01"), notAfter };
  const client = made.client ?? {
    ...(await createClientSecretData(await certificates, { clusterName: "cluster-2", validity })),
  };
  if (made.client !== null) remote.store.put(clientSecret, secret({ ...client }));
}

/** Severity and code of each finding. */
export const codesOf = (report: DoctorReport) => findingsOf(report).map(({ code, severity }) => `${severity} ${code}`);
