import { isMap } from "../base/json";
import type { KubernetesClient } from "../kubernetes/client";
import { fieldsOfAll } from "../kubernetes/objectManager";
import { type ObjectMetadata, paths, type Secret } from "../kubernetes/objects";
import { decode, encode, readRevisions, releaseOf } from "./helmRelease";
import { ownManager } from "./mark";
import {
  incarnationKey,
  isOurs,
  type Ownership,
  recordedLabel,
  registrationAnnotation,
  releaseMarkValue,
} from "./ownership";

/**
 * Takes the marks of a registration off a Helm release, which is otherwise the same: the chart does not read the value. All revisions lose them, since a rollback
 * would bring them back; the newest loses them last, since it decides whose the release is. Returns whether the release was the registration's.
 */
export async function unmarkRelease(
  client: KubernetesClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  ownership: Ownership,
  signal?: AbortSignal,
): Promise<boolean> {
  const revisions = await readRevisions(client, namespace, name, signal);
  const release = await releaseOf(revisions);
  if (!release || !isOurs(release, ownership)) return false;
  for (const { secret } of revisions.toReversed()) await unmarkRevision(client, secret, ownership, signal);
  return true;
}

/** Takes value, labels and annotation off the record of a revision. The values of one that cannot be decoded stay: Helm cannot use them either. */
async function unmarkRevision(
  client: KubernetesClient,
  record: Secret,
  { accepted }: Ownership,
  signal?: AbortSignal,
): Promise<void> {
  const { namespace = "", name, uid, resourceVersion, labels = {}, annotations, managedFields } = record.metadata;
  const release = await decode(record).catch(() => undefined);
  const { global, ...values } = mapIn(release?.["config"]);
  const { [releaseMarkValue]: mark, ...others } = mapIn(global);
  const isValued = typeof mark === "string" && accepted.includes(mark);
  const marked = [recordedLabel, incarnationKey].filter((label) => labels[label] !== undefined);
  const isAnnotated = annotations?.[registrationAnnotation] !== undefined;
  if (!isValued && !isAnnotated && marked.length === 0) return;
  const config = Object.keys(others).length === 0 ? values : { ...values, global: others };
  const body = {
    // The resourceVersion makes the write fail if Helm has written in between.
    metadata: {
      uid,
      resourceVersion,
      labels: Object.fromEntries(marked.map((label) => [label, null])),
      ...(isAnnotated ? { annotations: { [registrationAnnotation]: null } } : {}),
      ...withoutPulumi(managedFields),
    },
    ...(isValued ? { data: { release: await encode({ ...release, config }) } } : {}),
  };
  const contentType = "application/merge-patch+json";
  await client.request("PATCH", paths.secret(namespace, name), { contentType, body, signal });
}

/** The record of writers with this package in the place of the Helm inside Pulumi: who takes the release next finds no Pulumi program. */
function withoutPulumi(
  fields: NonNullable<ObjectMetadata["managedFields"]> = [],
): Pick<ObjectMetadata, "managedFields"> {
  const isPulumis = ({ manager = "" }: (typeof fields)[number]) => manager.startsWith("pulumi");
  const joined = fields.filter((one) => isPulumis(one) || (one.manager === ownManager && one.operation === "Update"));
  if (!joined.some(isPulumis)) return {};
  const entry = { ...joined[0], manager: ownManager, operation: "Update", fieldsV1: fieldsOfAll(joined) };
  return { managedFields: [...fields.filter((one) => !joined.includes(one)), entry] };
}

function mapIn(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}
