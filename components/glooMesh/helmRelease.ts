import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { isMap } from "../base/json";
import type { KubernetesClient } from "../kubernetes/client";
import { contentChangedAt, type ObjectList, paths, type Secret } from "../kubernetes/objects";
import { recordedLabel, releaseMarkValue } from "./ownership";

/** One revision of a Helm release, as Helm 3 keeps it in a Secret. Source: helm.sh/helm/v3 pkg/storage/driver. */
export interface ReleaseRevision {
  readonly secret: Secret;
  readonly revision: number;
  /** deployed, failed, pending-install, pending-upgrade, pending-rollback, uninstalling, superseded … */
  readonly status: string;
  /** When Helm made the revision, by the API server's clock: before anything that the revision installs. */
  readonly created: Date;
  /** Pulumi has the release in its state. */
  readonly recorded: boolean;
}

/** The newest revision of a release, or undefined when there is no such release. */
export async function findLatestRevision(
  client: KubernetesClient,
  namespace: string,
  release: string,
  signal?: AbortSignal,
): Promise<ReleaseRevision | undefined> {
  const selector = encodeURIComponent(`owner=helm,name=${release}`);
  const path = `${paths.secrets(namespace)}?labelSelector=${selector}`;
  const list = await client.request<ObjectList<Secret>>("GET", path, { signal });
  return list.items.map(revisionOf).sort((a, b) => b.revision - a.revision)[0];
}

function revisionOf(secret: Secret): ReleaseRevision {
  const labels = secret.metadata.labels ?? {};
  return {
    secret,
    revision: Number(labels["version"] ?? 0),
    status: labels["status"] ?? "unknown",
    created: new Date(secret.metadata.creationTimestamp ?? 0),
    recorded: labels[recordedLabel] === "true",
  };
}

export function isPending(revision: ReleaseRevision): boolean {
  return revision.status.startsWith("pending-") || revision.status === "uninstalling";
}

/** Seconds since a revision's operation began, by the API server's clock alone: ours may differ. */
export function quietSeconds(client: KubernetesClient, revision: ReleaseRevision): number {
  // Helm makes a revision for each operation but an uninstall, which it writes into the one that is there.
  const began = revision.status === "uninstalling" ? contentChangedAt(revision.secret) : revision.created;
  // Both are whole seconds, and not rounded the same way.
  return Math.max(0, (client.clock.getTime() - began.getTime()) / 1000);
}

/** What a revision installed, as far as it can be read. */
export interface ReleaseContent {
  /** Version of the chart. */
  readonly chartVersion: string | undefined;
  /** The values that were given to Helm, without the chart's own. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Chart version and values of a revision, or undefined when they cannot be read. Values may hold secrets of the user: never told. */
export async function contentOfRevision(revision: ReleaseRevision): Promise<ReleaseContent | undefined> {
  let release: { chart?: { metadata?: { version?: unknown } | null } | null; config?: unknown } | null;
  try {
    release = await decode(revision.secret);
  } catch {
    return undefined;
  }
  const version = release?.chart?.metadata?.version;
  const values = release?.config;
  return {
    chartVersion: typeof version === "string" ? version : undefined,
    values: isMap(values) ? values : {},
  };
}

/**
 * Which registration installed a revision: the mark in the values that Helm keeps with it. What cannot be read is nobody's that we
 * know, so it is never touched.
 */
export async function ownerOfRevision(revision: ReleaseRevision): Promise<string | undefined> {
  const content = await contentOfRevision(revision);
  return content && ownerInValues(content);
}

/** The same for a revision that has been read. */
export function ownerInValues({ values }: ReleaseContent): string | undefined {
  const global = values["global"];
  const mark = isMap(global) ? global[releaseMarkValue] : undefined;
  return typeof mark === "string" ? mark : undefined;
}

/**
 * Writes into a revision that it failed, as Helm itself does when an operation ends badly. From `failed` both roads are open:
 * `helm upgrade` continues it, and `helm install --replace` takes the name over.
 */
export async function markFailed(client: KubernetesClient, revision: ReleaseRevision, why: string): Promise<void> {
  const { namespace, name, resourceVersion } = revision.secret.metadata;
  const release = await decode(revision.secret);
  const info = (release["info"] ?? {}) as Record<string, unknown>;
  release["info"] = { ...info, status: "failed", description: why };
  await client.request("PATCH", paths.secret(namespace ?? "", name), {
    contentType: "application/merge-patch+json",
    // The resourceVersion makes it fail when Helm has written in between.
    body: {
      metadata: { resourceVersion, labels: { status: "failed", [recordedLabel]: null } },
      data: { release: await encode(release) },
    },
  });
}

/** Notes on a revision that Pulumi has the release in its state. */
export async function markRecorded(
  client: KubernetesClient,
  revision: ReleaseRevision,
  signal?: AbortSignal,
): Promise<void> {
  if (revision.recorded) return;
  const { namespace, name } = revision.secret.metadata;
  await client.request("PATCH", paths.secret(namespace ?? "", name), {
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { [recordedLabel]: "true" } } },
    signal,
  });
}

/**
 * Writes what Helm keeps of a release that was uninstalled with its history kept. `helm uninstall` then finds the name, has nothing to
 * uninstall, and removes this record (helm 3, pkg/action/uninstall.go); without it, it fails.
 */
export async function writeUninstalled(
  client: KubernetesClient,
  { namespace, releaseName, mark }: { readonly namespace: string; readonly releaseName: string; readonly mark: string },
): Promise<void> {
  const status = "uninstalled";
  const now = client.clock.toISOString();
  const release = {
    name: releaseName,
    namespace,
    version: 1,
    info: { first_deployed: now, last_deployed: now, deleted: now, status, description: "uninstalled by others" },
    chart: { metadata: { apiVersion: "v2", name: releaseName, version: "0.0.0" } },
    config: { global: { [releaseMarkValue]: mark } },
    manifest: "",
  };
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    type: "helm.sh/release.v1",
    metadata: {
      name: `sh.helm.release.v1.${releaseName}.v1`,
      labels: { owner: "helm", name: releaseName, status, version: "1" },
    },
    data: { release: await encode(release) },
  };
  await client.request("POST", paths.secrets(namespace), { body });
}

// Helm's form: JSON, gzip, base64, and once more base64 as every Secret's data.
async function decode(secret: Secret): Promise<Record<string, unknown>> {
  const inner = Buffer.from(secret.data?.["release"] ?? "", "base64").toString("ascii");
  const packed = Buffer.from(inner, "base64");
  const isPacked = packed[0] === 0x1f && packed[1] === 0x8b;
  const json = isPacked ? await promisify(gunzip)(packed) : packed;
  return JSON.parse(json.toString("utf8")) as Record<string, unknown>;
}

async function encode(release: Record<string, unknown>): Promise<string> {
  const packed = await promisify(gzip)(Buffer.from(JSON.stringify(release)));
  return Buffer.from(packed.toString("base64")).toString("base64");
}
