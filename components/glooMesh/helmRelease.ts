import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Allowance, allowance, parseForeignJson } from "../base/foreignJson";
import { isMap, stringAt, valueAt } from "../base/json";
import type { KubernetesClient } from "../kubernetes/client";
import { patchIf } from "../kubernetes/guardedWrites";
import { contentChangedAt, type KubernetesObject, metadataOnly, paths, type Secret } from "../kubernetes/objects";
import { incarnationKey, ownerOf, recordedLabel, registrationAnnotation, releaseMarkValue } from "./ownership";
import { isRecorded, type ReleaseMark, releaseMark } from "./releaseMark";

/** The newest revision of a Helm release, as Helm 3 stores it in a Secret. Source: helm.sh/helm/v3 pkg/storage/driver. */
export interface HelmRelease extends ReleaseMark {
  readonly secret: Secret;
  readonly revision: number;
  /** deployed, failed, pending-install, pending-upgrade, pending-rollback, uninstalling, superseded … */
  readonly status: string;
  /** When Helm created the revision, by the API server's clock: before anything that the revision installs. */
  readonly created: Date;
  /** True if Pulumi has the release in its state. */
  readonly recorded: boolean;
  /** True if the registration took over what somebody else installed: a record of its history carries the mark. */
  readonly takenOver: boolean;
  /** The preparation that the release belongs to; undefined before the first proof. */
  readonly incarnation: string | undefined;
  readonly content: ReleaseContent;
}

/** The content of a revision; empty if it cannot be decoded. */
export interface ReleaseContent {
  /** What the revision says about itself: the description that was given to Helm, or its outcome. */
  readonly description: string | undefined;
  /** Name and version of the chart. */
  readonly chartName?: string | undefined;
  readonly chartVersion: string | undefined;
  /** The chart's own values. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The values that were given to Helm, without the chart's defaults. Never shown: they may hold secrets of the user. */
  readonly values: Readonly<Record<string, unknown>>;
  /** YAML of all objects that Helm applied. */
  readonly manifest: string;
}

/** Reads the release of a name, decoded once; undefined if there is none. */
export async function readRelease(
  client: KubernetesClient,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<HelmRelease | undefined> {
  return releaseOf(await readRevisions(client, namespace, name, signal));
}

/** The release of a name among all Secrets of a namespace. */
export function releaseIn(
  secrets: readonly Secret[],
  name: string,
  rest?: Allowance,
): Promise<HelmRelease | undefined> {
  const isHelms = ({ metadata: { labels } }: Secret) => labels?.["owner"] === "helm" && labels["name"] === name;
  return releaseOf(revisionsIn(secrets.filter(isHelms), name), rest);
}

/** The release with these revisions, by the newest of them. What takes more than the allowance counts as undecodable. */
export async function releaseOf(
  revisions: readonly RevisionRecord[],
  rest?: Allowance,
): Promise<HelmRelease | undefined> {
  const records = revisions.map(({ secret }) => secret);
  const [newest] = revisions;
  return newest && describe(newest.secret, newest.revision, records, rest);
}

interface RevisionRecord {
  readonly secret: Secret;
  readonly revision: number;
}

/** The Secrets in which Helm stores a release, the newest first. */
export async function readRevisions(
  client: KubernetesClient,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<RevisionRecord[]> {
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  const { items } = await client.list<Secret>(`${paths.secrets(namespace)}?labelSelector=${selector}`, { signal });
  return revisionsIn(items, name);
}

function revisionsIn(records: readonly Secret[], name: string): RevisionRecord[] {
  return records
    .filter(({ type }) => type === secretType)
    .map((secret) => ({ secret, revision: revisionByName(secret.metadata.name, name) }))
    .filter(({ revision }) => revision > 0)
    .sort((a, b) => b.revision - a.revision);
}

/** The UID of a revision's record; empty if there is none. */
export async function readRevisionUid(
  client: KubernetesClient,
  namespace: string,
  name: string,
  revision: number,
): Promise<string> {
  const path = paths.secret(namespace, `${secretPrefix}${name}.v${revision}`);
  return (await client.find<KubernetesObject>(path, { accept: metadataOnly }))?.metadata.uid ?? "";
}

/** Number of the revision by the Secret's name alone; 0 for another name. Helm counts from 1. */
function revisionByName(secretName: string, release: string): number {
  const prefix = `${secretPrefix}${release}.v`;
  const revision = secretName.startsWith(prefix) ? secretName.slice(prefix.length) : "";
  return /^[1-9]\d{0,8}$/.test(revision) ? Number(revision) : 0;
}

const secretType = "helm.sh/release.v1";
const secretPrefix = "sh.helm.release.v1.";

async function describe(
  secret: Secret,
  revision: number,
  records: readonly Secret[],
  rest?: Allowance,
): Promise<HelmRelease> {
  const labels = secret.metadata.labels ?? {};
  const content = contentOf(await decode(secret, rest).catch(() => undefined));
  const status = labels["status"] ?? "unknown";
  return {
    secret,
    revision,
    status,
    created: new Date(secret.metadata.creationTimestamp ?? 0),
    recorded: isRecorded(secret),
    takenOver: records.some((record) => ownerOf(record) !== undefined),
    incarnation: labels[incarnationKey],
    content,
    ...releaseMark({ status, content }, records),
  };
}

function contentOf(release: Readonly<Record<string, unknown>> = {}): ReleaseContent {
  const { config } = release;
  const defaults = valueAt(release, "chart", "values");
  return {
    description: stringAt(release, "info", "description"),
    chartName: stringAt(release, "chart", "metadata", "name"),
    chartVersion: stringAt(release, "chart", "metadata", "version"),
    defaults: isMap(defaults) ? defaults : {},
    values: isMap(config) ? config : {},
    manifest: stringAt(release, "manifest") ?? "",
  };
}

export function isPending({ status }: Pick<HelmRelease, "status">): boolean {
  return status.startsWith("pending-") || status === "uninstalling";
}

/** Seconds since a revision's operation began, by the API server's clock alone: this machine's may differ. */
export function quietSeconds(client: KubernetesClient, revision: HelmRelease): number {
  // Helm creates a revision for each operation except an uninstall, which it writes into the existing one.
  const began = revision.status === "uninstalling" ? contentChangedAt(revision.secret) : revision.created;
  // Both are whole seconds, rounded differently.
  return Math.max(0, (client.clock.getTime() - began.getTime()) / 1000);
}

/**
 * Marks a revision as failed, as Helm itself does when an operation fails. Then both commands work: `helm upgrade` continues the release, and
 * `helm install --replace` takes its name over.
 */
export async function markFailed(client: KubernetesClient, revision: HelmRelease, why: string): Promise<void> {
  const { namespace = "", name, uid, resourceVersion } = revision.secret.metadata;
  const release = await decode(revision.secret);
  const info = (release["info"] ?? {}) as Record<string, unknown>;
  release["info"] = { ...info, status: "failed", description: why };
  const body = {
    // The resourceVersion makes the write fail if Helm has written in between.
    metadata: { uid, resourceVersion, labels: { status: "failed", [recordedLabel]: null } },
    data: { release: await encode(release) },
  };
  await client.request("PATCH", paths.secret(namespace, name), { contentType: "application/merge-patch+json", body });
}

/** Marks a revision as one that Pulumi has in its state, and that belongs to this preparation. */
export async function markRecorded(
  client: KubernetesClient,
  revision: HelmRelease,
  incarnation: string,
  signal?: AbortSignal,
): Promise<void> {
  if (revision.recorded && revision.incarnation === incarnation) return;
  const labels = { [recordedLabel]: "true", [incarnationKey]: incarnation };
  await patchRecord(client, revision, { labels }, signal);
}

/** Marks the revision of a release that is taken over; Helm's next revision has the mark in its values. */
export async function markRelease(client: KubernetesClient, revision: HelmRelease, mark: string): Promise<void> {
  await patchRecord(client, revision, { annotations: { [registrationAnnotation]: mark } });
}

/** Marks a revision as one of this preparation. */
export async function markIncarnation(
  client: KubernetesClient,
  revision: HelmRelease,
  incarnation: string,
): Promise<void> {
  await patchRecord(client, revision, { labels: { [incarnationKey]: incarnation } });
}

/** Changes the metadata of a record, unless another one has taken its name since: that of another installation. */
async function patchRecord(client: KubernetesClient, { secret }: HelmRelease, metadata: object, signal?: AbortSignal) {
  const { namespace = "", name, uid } = secret.metadata;
  const patchFor = (found: KubernetesObject) => (found.metadata.uid === uid ? metadata : undefined);
  await patchIf<KubernetesObject>(client, paths.secret(namespace, name), patchFor, {
    seen: secret,
    accept: metadataOnly,
    signal,
  });
}

/**
 * Writes the record of a release that was uninstalled with its history kept. `helm uninstall` then finds the name, has nothing to uninstall, and
 * removes the record (helm 3, pkg/action/uninstall.go); without one, it fails.
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
    type: secretType,
    metadata: {
      name: `${secretPrefix}${releaseName}.v1`,
      labels: { owner: "helm", name: releaseName, status, version: "1" },
    },
    data: { release: await encode(release) },
  };
  await client.request("POST", paths.secrets(namespace), { body });
}

/** More than any release needs: charts with large CRDs unpack to a few MiB. A Secret holds 1 MiB, which could unpack to a gigabyte. */
const longestRelease = 16 * 1024 * 1024;

/**
 * Decodes a revision from Helm's form: JSON, gzip, base64, and base64 again as in every Secret's data. Takes what it unpacks from the allowance, which
 * the releases of a namespace share.
 */
export async function decode(secret: Secret, rest = allowance(longestRelease)): Promise<Record<string, unknown>> {
  const inner = Buffer.from(secret.data?.["release"] ?? "", "base64").toString("ascii");
  const packed = Buffer.from(inner, "base64");
  const isPacked = packed[0] === 0x1f && packed[1] === 0x8b;
  const maxOutputLength = Math.max(1, Math.min(longestRelease, rest.bytes));
  // What unpacks to more has taken the time for as much.
  rest.bytes -= maxOutputLength;
  const json = isPacked ? await promisify(gunzip)(packed, { maxOutputLength }) : packed;
  rest.bytes += maxOutputLength - json.length;
  const release = parseForeignJson(json.toString("utf8"), rest);
  if (!isMap(release)) throw new Error("not a Helm release");
  return release;
}

/** Encodes a revision in Helm's form. */
export async function encode(release: Record<string, unknown>): Promise<string> {
  const packed = await promisify(gzip)(Buffer.from(JSON.stringify(release)));
  return Buffer.from(packed.toString("base64")).toString("base64");
}
