import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { type AuditEvent, auditEvents, isWrite } from "../../sandbox/controlplane";
import { kubernetesClusters, readSecret, secretNames } from "../../sandbox/relay";
import type { Sandbox, SandboxCluster } from "../../sandbox/sandbox";
import { generation, standIn } from "./generation";

const { crds, kubernetesCluster, releaseName } = generation;

/** Collections of all that a registration could make; of other kinds it makes none. */
export const collections: readonly string[] = [
  "/api/v1/namespaces",
  "/api/v1/secrets",
  "/api/v1/configmaps",
  "/api/v1/services",
  "/api/v1/serviceaccounts",
  "/apis/apps/v1/deployments",
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/rbac.authorization.k8s.io/v1/roles",
  "/apis/rbac.authorization.k8s.io/v1/rolebindings",
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  `/apis/${kubernetesCluster.group}/${kubernetesCluster.version}/kubernetesclusters`,
];

/** Every object of a cluster that a registration could make, with its version. */
export async function inventory(cluster: SandboxCluster): Promise<ReadonlyMap<string, string>> {
  const lists = await Promise.all(
    collections.map(async (path): Promise<[string, string][]> => {
      const { status, body } = await cluster.plane.get(path);
      // No such kind on this cluster, or one whose CRD has just been installed and that has no object yet.
      if (status === 404 || status === 429) return [];
      assert.equal(status, 200, body);
      const { items } = JSON.parse(body) as k8s.KubernetesListObject<k8s.KubernetesObject>;
      return items.map(({ metadata }) => [
        [path.split("/").at(-1), metadata?.namespace, metadata?.name].filter(Boolean).join(" "),
        `${metadata?.uid} ${metadata?.resourceVersion}`,
      ]);
    }),
  );
  return new Map(lists.flat().sort(([one], [other]) => one.localeCompare(other)));
}

/** Names of what is in the second inventory and not in the first. */
export function added(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after.keys()].filter((name) => !before.has(name));
}

/** The same without what every destroy leaves: the CRDs, and the records of the Helm release that has them. */
export function leftOn(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const records = crds && recordsOf(crds.releaseName);
  return added(before, after).filter(
    (name) => !name.startsWith("customresourcedefinitions ") && !(records && name.includes(` ${records}`)),
  );
}

/** Names of the Secrets in which Helm keeps the first revision of each release of a registration, sorted. */
export const firstRecords: readonly string[] = [releaseName, ...(crds ? [crds.releaseName] : [])]
  .map((release) => `${recordsOf(release)}1`)
  .sort();

function recordsOf(release: string): string {
  return `sh.helm.release.v1.${release}.v`;
}

/** The KubernetesClusters of a management cluster. */
export function registeredOn(
  { kubeConfig }: SandboxCluster,
  namespace = "gloo-mesh",
): ReturnType<typeof kubernetesClusters> {
  return kubernetesClusters(kubeConfig, namespace, standIn.kubernetesCluster);
}

/** What the users of the stacks have changed, or tried to change, on these clusters while `work` ran; trials (dry runs) apart. */
export async function writesDuring(
  clusters: readonly SandboxCluster[],
  work: () => Promise<unknown>,
): Promise<{ writes: string[]; trials: string[] }> {
  const before = await Promise.all(clusters.map(writesOn));
  await work();
  const after = await Promise.all(clusters.map(writesOn));
  const events = after.flatMap((all, index) => all.slice(before[index]?.length ?? 0));
  const isTrial = ({ requestUri }: AuditEvent) => requestUri.includes("dryRun=All");
  const tell = ({ verb, requestUri }: AuditEvent) => `${verb} ${requestUri}`;
  return {
    writes: events.filter((event) => !isTrial(event)).map(tell),
    trials: events.filter(isTrial).map(tell),
  };
}

/** Runs it and asserts that it writes nothing on any of the clusters, not even as a trial unless `trials` are allowed. */
export async function withoutWrites<T>(
  clusters: readonly SandboxCluster[],
  work: () => Promise<T>,
  { trials = false } = {},
): Promise<T> {
  let result: { value: T } | undefined;
  const seen = await writesDuring(clusters, async () => {
    result = { value: await work() };
  });
  assert.deepEqual(seen.writes, []);
  if (!trials) assert.deepEqual(seen.trials, []);
  assert.ok(result);
  return result.value;
}

async function writesOn({ plane }: SandboxCluster): Promise<AuditEvent[]> {
  // Asking what one may do is a "create" by form only.
  return auditEvents(
    plane,
    (event) => !event.user.startsWith("system:") && isWrite(event) && event.apiGroup !== "authorization.k8s.io",
  );
}

export function clustersOf({ management, remotes }: Sandbox): SandboxCluster[] {
  return [management, ...remotes.values()];
}

/** Agents that the hub says are connected under this name; undefined when it never saw one. */
export function connectedAgents(sandbox: Sandbox, clusterName: string): Promise<number | undefined> {
  return sandbox.hubNamed("management").connectedAgents(clusterName);
}

/** SHA-256 fingerprint of the client certificate on a remote cluster, or undefined when there is none. */
export async function clientFingerprint(cluster: SandboxCluster, namespace = "gloo-mesh"): Promise<string | undefined> {
  const data = await readSecret(cluster.kubeConfig, { name: secretNames.client, namespace });
  const pem = data?.get("tls.crt");
  return pem === undefined ? undefined : new X509Certificate(pem).fingerprint256;
}

/** Whether a Secret with the bootstrap token lies on a remote cluster. */
export async function hasToken(cluster: SandboxCluster, namespace = "gloo-mesh"): Promise<boolean> {
  return (await readSecret(cluster.kubeConfig, { name: secretNames.identityToken, namespace })) !== undefined;
}

/** Status of every revision of a Helm release, by default the agent's, the oldest first. */
export async function releaseStatuses(
  cluster: SandboxCluster,
  namespace = "gloo-mesh",
  release = releaseName,
): Promise<string[]> {
  const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${release}` });
  const revision = ({ metadata }: k8s.V1Secret) => Number(metadata?.labels?.["version"]);
  return items
    .sort((one, other) => revision(one) - revision(other))
    .map(({ metadata }) => metadata?.labels?.["status"] ?? "");
}

export async function makeNamespace(
  cluster: SandboxCluster,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  await cluster.kubeConfig.makeApiClient(k8s.CoreV1Api).createNamespace({ body: { metadata: { name, labels } } });
}

export async function deleteSecret(cluster: SandboxCluster, name: string, namespace = "gloo-mesh"): Promise<void> {
  await cluster.kubeConfig.makeApiClient(k8s.CoreV1Api).deleteNamespacedSecret({ name, namespace });
}
