import { RegistrationError } from "../base/problems";
import type { KubernetesClient } from "./client";
import { ApiError, notAnApiServer } from "./errors";

export interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly fieldsV1?: object;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Who set which fields, and when a field of theirs changed last. */
  readonly managedFields?: readonly ManagedFields[];
  readonly ownerReferences?: readonly { readonly kind: string; readonly controller?: boolean }[];
}

export interface KubernetesObject {
  readonly metadata: ObjectMetadata;
}

export interface Secret extends KubernetesObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** Where a Secret is stored. */
export interface SecretPlace {
  readonly name: string;
  readonly namespace: string;
}

export interface SecretKeyPlace extends SecretPlace {
  readonly key: string;
}

export interface ObjectList<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** A kind that a CRD defines. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const paths = {
  namespaces: "/api/v1/namespaces",
  namespace: (name: string) => `/api/v1/namespaces/${name}`,
  secrets: (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`,
  secret: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/secrets/${name}`,
  pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  podLog: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}/log`,
  service: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/services/${name}`,
  nodes: "/api/v1/nodes",
  events: (namespace: string) => `/api/v1/namespaces/${namespace}/events`,
  kubernetesClusters: ({ group, version, plural }: CustomKind, namespace: string) =>
    `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
  deployments: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  replicaSets: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/replicasets`,
  serviceProxy: (namespace: string, name: string, port: number) =>
    `/api/v1/namespaces/${namespace}/services/${name}:${port}/proxy`,
};

/**
 * What tells a cluster apart from every other: the UID of its kube-system namespace. Names, contexts and addresses can all
 * come to mean another cluster; this cannot.
 */
export async function readClusterIdentity(client: KubernetesClient, signal?: AbortSignal): Promise<string> {
  try {
    const path = paths.namespace("kube-system");
    const namespace = await client.request<Partial<KubernetesObject> | null>("GET", path, { signal });
    const uid: unknown = namespace?.metadata?.uid;
    if (typeof uid === "string" && uid !== "") return uid;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  throw new RegistrationError(notAnApiServer(client.where, "which has no namespace kube-system"));
}

/** The bytes of one key of a Secret, or undefined when the key is missing or empty. */
export function secretValue(secret: Secret | undefined, key: string): Buffer | undefined {
  const encoded: unknown = secret?.data?.[key];
  if (typeof encoded !== "string" || encoded === "") return undefined;
  const value = Buffer.from(encoded, "base64");
  return value.length === 0 ? undefined : value;
}

/**
 * When the content of a Secret changed last, by the API server's clock: since 1.18 it notes for each writer when a field of theirs
 * changed. Changed labels of a writer who also owns the content count as well.
 */
export function contentChangedAt({ metadata }: Secret): Date {
  const ofContent = (metadata.managedFields ?? []).filter(
    ({ fieldsV1 }) => fieldsV1 !== undefined && "f:data" in fieldsV1,
  );
  const times = [metadata.creationTimestamp, ...ofContent.map(({ time }) => time)];
  return new Date(Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time)))));
}
