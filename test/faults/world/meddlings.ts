import * as k8s from "@kubernetes/client-node";
import { deleteSecret } from "../../e2e/support/clusters";
import { createHubCertificates, kubernetesClusters, secretNames } from "../../sandbox/relay";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { FaultCase } from "../../support/selection";
import type { ProxiedRequest } from "../support/proxiedRequest";

export const namespace = "gloo-mesh";
export const clusterName = "remote-1";
const agent = { name: "enterprise-agent", namespace };

/** What somebody else does to an object when a run has just written it and does not know so yet. */
export interface Meddling extends FaultCase {
  /** Whose object it is. */
  readonly side: "remote" | "hub";
  /** True for a request that writes the object. */
  readonly writes: (request: ProxiedRequest) => boolean;
  readonly act: (cluster: SandboxCluster) => Promise<unknown>;
  /** What the run says if it fails, where that need not be a code of ours. Default: a code, or the namespace's end. */
  readonly fails?: RegExp;
  /** What a first further run must say when it fails. */
  readonly told?: RegExp;
  /** What that tells to do before the second: a command, or to have Kubernetes take back fields that another has set. */
  readonly advice?: readonly string[] | "take fields back";
}

type Advised = Pick<Meddling, "told" | "advice">;

const core = ({ kubeConfig }: SandboxCluster) => kubeConfig.makeApiClient(k8s.CoreV1Api);
const apps = ({ kubeConfig }: SandboxCluster) => kubeConfig.makeApiClient(k8s.AppsV1Api);
const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

/** The paths by which an object is written: by its own name, or as one more of its collection. */
function writing(collection: string, name: string): (request: ProxiedRequest) => boolean {
  return ({ kind, method, path, body }) =>
    kind === "write" &&
    method !== "DELETE" &&
    (path === `${collection}/${name}` || (path === collection && body.includes(name)));
}

export const secret = (name: string) => writing(`/api/v1/namespaces/${namespace}/secrets`, name);
export const deployment = writing(`/apis/apps/v1/namespaces/${namespace}/deployments`, agent.name);
const record = "sh.helm.release.v1.enterprise-agent.v1";
export const kubernetesCluster = writing(
  `/apis/multicluster.solo.io/v1alpha1/namespaces/${namespace}/kubernetesclusters`,
  clusterName,
);

const setSecret = (name: string, data: () => Promise<Record<string, string>>) => async (cluster: SandboxCluster) => {
  const encoded = Object.entries(await data()).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  await core(cluster).patchNamespacedSecret({ name, namespace, body: { data: Object.fromEntries(encoded) } }, merge);
};

const reinstall: Advised = {
  told: /GMR50\d .*helm .*--kube-context \S+ -n gloo-mesh uninstall enterprise-agent; then pulumi up --refresh/,
  advice: ["helm", "uninstall", agent.name],
};

function remote(id: string, writes: Meddling["writes"], act: Meddling["act"], advised: Advised = {}): Meddling {
  return { id: `world/${id}`, side: "remote", writes, act, ...advised };
}

/** One for each object that a registration makes, in the order in which it makes them. */
export const meddlings: readonly Meddling[] = [
  remote("namespace/deleted", writing("/api/v1/namespaces", namespace), (cluster) =>
    core(cluster).deleteNamespace({ name: namespace }),
  ),
  remote("namespace/labelled", writing("/api/v1/namespaces", namespace), (cluster) =>
    core(cluster).patchNamespace({ name: namespace, body: { metadata: { labels: { team: "others" } } } }, merge),
  ),
  remote("root/deleted", secret(secretNames.root), (cluster) => deleteSecret(cluster, secretNames.root)),
  remote(
    "root/changed",
    secret(secretNames.root),
    setSecret(secretNames.root, async () => ({ "ca.crt": (await createHubCertificates()).root.certificatePem })),
    { told: /field conflict/, advice: "take fields back" },
  ),
  remote("token/deleted", secret(secretNames.identityToken), (cluster) =>
    deleteSecret(cluster, secretNames.identityToken),
  ),
  remote(
    "token/changed",
    secret(secretNames.identityToken),
    setSecret(secretNames.identityToken, async () => ({ token: "of nobody" })),
  ),
  {
    id: "world/kubernetes-cluster/deleted",
    side: "hub",
    writes: kubernetesCluster,
    act: ({ kubeConfig }) => kubernetesClusters(kubeConfig, namespace).delete(clusterName),
  },
  remote(
    "service-account/deleted",
    writing(`/api/v1/namespaces/${namespace}/serviceaccounts`, agent.name),
    (cluster) => core(cluster).deleteNamespacedServiceAccount(agent),
    reinstall,
  ),
  remote("deployment/deleted", deployment, (cluster) => apps(cluster).deleteNamespacedDeployment(agent), reinstall),
  remote(
    "deployment/scaled-to-zero",
    deployment,
    (cluster) => apps(cluster).patchNamespacedDeployment({ ...agent, body: { spec: { replicas: 0 } } }, merge),
    {
      told: /GMR50\d .*kubectl .*--context \S+ -n gloo-mesh scale deployment enterprise-agent --replicas=1/,
      advice: ["kubectl", "scale", "deployment", agent.name, "--replicas=1"],
    },
  ),
  remote("release-record/deleted", secret(record), (cluster) => deleteSecret(cluster, record)),
];
