import { apiPath } from "./apiPath";

// Kubernetes objects as far as this package reads them, and their API paths.

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
  /** The writers of the object, the fields of each, and when one of those last changed. */
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly operation?: string;
    readonly subresource?: string;
    readonly time?: string;
    readonly fieldsV1?: object;
  }[];
  readonly ownerReferences?: readonly {
    readonly apiVersion?: string;
    readonly kind: string;
    readonly name?: string;
    readonly controller?: boolean;
  }[];
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

export function samePlace(one: SecretPlace, other: SecretPlace): boolean {
  return one.name === other.name && one.namespace === other.namespace;
}

/** Identifies the object that was read, so that a delete hits no other. */
export interface SeenObject {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** All objects of a list, from all its pages. */
export interface ObjectList<T> {
  readonly items: readonly T[];
  /** From where a watch continues. */
  readonly resourceVersion: string;
}

/** Accept header for the metadata of an object alone. */
export const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** A kind that a CRD defines. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const paths = {
  namespaces: "/api/v1/namespaces",
  namespace: (name: string) => apiPath`/api/v1/namespaces/${name}`,
  secrets: (namespace: string) => apiPath`/api/v1/namespaces/${namespace}/secrets`,
  secret: (namespace: string, name: string) => apiPath`/api/v1/namespaces/${namespace}/secrets/${name}`,
  pods: (namespace: string) => apiPath`/api/v1/namespaces/${namespace}/pods`,
  pod: (namespace: string, name: string) => apiPath`/api/v1/namespaces/${namespace}/pods/${name}`,
  podLog: (namespace: string, name: string) => apiPath`/api/v1/namespaces/${namespace}/pods/${name}/log`,
  service: (namespace: string, name: string) => apiPath`/api/v1/namespaces/${namespace}/services/${name}`,
  nodes: "/api/v1/nodes",
  events: (namespace: string) => apiPath`/api/v1/namespaces/${namespace}/events`,
  kubernetesClusters: ({ group, version, plural }: CustomKind, namespace: string) =>
    apiPath`/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
  kubernetesCluster: ({ group, version, plural }: CustomKind, namespace: string, name: string) =>
    apiPath`/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`,
  kindsOf: (group: string, version: string) => apiPath`/apis/${group}/${version}`,
  customResourceDefinitions: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  deployments: (namespace: string) => apiPath`/apis/apps/v1/namespaces/${namespace}/deployments`,
  deployment: (namespace: string, name: string) => apiPath`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  replicaSets: (namespace: string) => apiPath`/apis/apps/v1/namespaces/${namespace}/replicasets`,
  podProxy: (namespace: string, name: string, port: number) =>
    apiPath`/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy`,
  services: (namespace: string) => apiPath`/api/v1/namespaces/${namespace}/services`,
  serviceProxy: (namespace: string, name: string, port: number) =>
    apiPath`/api/v1/namespaces/${namespace}/services/${name}:${port}/proxy`,
};

/** The bytes of one key of a Secret; undefined if the key is missing or empty, or larger than Kubernetes lets a Secret be (1 MiB). */
export function secretValue(secret: Secret | undefined, key: string): Buffer | undefined {
  const encoded: unknown = secret?.data?.[key];
  if (typeof encoded !== "string" || encoded === "" || encoded.length > (1024 * 1024 * 4) / 3 + 4) return undefined;
  const value = Buffer.from(encoded, "base64");
  return value.length === 0 ? undefined : value;
}

/**
 * When the content of a Secret last changed, by the API server's clock: since 1.18 it records for each writer when one of its fields changed.
 * A change of labels counts, too, if the same writer owns the content.
 */
export function contentChangedAt({ metadata }: Secret): Date {
  const ofContent = (metadata.managedFields ?? []).filter(
    ({ fieldsV1 }) => fieldsV1 !== undefined && "f:data" in fieldsV1,
  );
  const times = [metadata.creationTimestamp, ...ofContent.map(({ time }) => time)];
  return new Date(Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time)))));
}
