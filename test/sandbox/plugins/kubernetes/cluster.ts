// One cluster as a configured provider sees it: reachable through an API client, or not and why.
import { Api, ApiError, NoMatch } from "./api";
import { defaultNamespace, readKubeconfig, resolveAccess } from "./kubeconfig";
import { Objects } from "./objects";
import type { Settings } from "./settings";

// A server that accepts the connection and then says nothing is given up as late as the official plugin gives it up.
const firstContactMilliseconds = 20_000;

export interface Cluster {
  readonly settings: Settings;
  /** Namespace for namespaced objects that name none. */
  readonly namespace: string;
  /** Undefined when the cluster cannot be used; then `unreachable` says why. */
  readonly api: Api | undefined;
  readonly unreachable: string;
}

/** Resolves the kubeconfig and makes first contact. Never fails: an unusable cluster is reported by the operations. */
export async function connect(settings: Settings, userAgent: string, signal: AbortSignal): Promise<Cluster> {
  let namespace = settings.namespace || "default";
  const unusable = (unreachable: string): Cluster => ({ settings, namespace, api: undefined, unreachable });
  let api: Api;
  try {
    const config = readKubeconfig(settings.kubeconfig);
    namespace = defaultNamespace(config, settings);
    api = new Api(resolveAccess(config, settings), userAgent, signal);
  } catch (error) {
    return unusable(`unable to load Kubernetes client configuration from kubeconfig: ${messageOf(error)}`);
  }
  try {
    await api.request("GET", "/version", { timeout: firstContactMilliseconds });
  } catch (error) {
    // A user who may not even see the version can still be allowed everything that matters.
    const forbidden = error instanceof ApiError && error.code === 403;
    if (!forbidden) return unusable(`unable to load schema information from the API server: ${messageOf(error)}`);
  }
  return { settings, namespace, api, unreachable: "" };
}

/** The objects of a cluster. @throws when it is unreachable */
export function objectsOf(cluster: Cluster): Objects {
  if (!cluster.api) throw new Error(`configured Kubernetes cluster is unreachable: ${cluster.unreachable}`);
  return new Objects(cluster.api);
}

/** Whether the API server serves a kind; no when it cannot be asked. */
export async function serves(cluster: Cluster, apiVersion: string, kind: string): Promise<boolean> {
  try {
    await cluster.api?.kind(apiVersion, kind);
    return cluster.api !== undefined;
  } catch {
    return false;
  }
}

// Needed where the API server cannot be asked; custom resources then count as namespaced.
const clusterScoped = new Set([
  "APIService",
  "CSIDriver",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingWebhookConfiguration",
]);

/** Whether objects of a kind live in a namespace. */
export async function isNamespaced(cluster: Cluster, apiVersion: string, kind: string): Promise<boolean> {
  const builtIn = !apiVersion.includes(".") || apiVersion.split("/")[0]?.endsWith(".k8s.io");
  if (builtIn) return !clusterScoped.has(kind);
  try {
    return cluster.api ? (await cluster.api.kind(apiVersion, kind)).namespaced : true;
  } catch (error) {
    if (error instanceof NoMatch) return true;
    throw error;
  }
}

/** Text of an error, with the cause that Node hides in lists of attempts. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
