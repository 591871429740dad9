import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { incarnationKey } from "../../../components/glooMesh/ownership";
import { collections } from "../../e2e/support/clusters";
import type { SandboxCluster } from "../../sandbox/sandbox";

/** Without the CRDs, which Helm leaves. */
const compared = collections.filter((path) => !path.endsWith("/customresourcedefinitions"));

/** The objects of a cluster without what differs from one clean run to the next, by `kind namespace/name`. */
export type Snapshot = Readonly<Record<string, unknown>>;

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
}

interface Item {
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

/**
 * Takes what stands on a cluster, read past the proxy. Two snapshots are equal when somebody who looks at the cluster could not tell by
 * which way it got there: times, versions and generated names apart, and of a Helm release only how its last revision ended.
 */
export async function snapshot({ plane }: SandboxCluster): Promise<Snapshot> {
  const lists = await Promise.all(
    compared.map(async (path) => {
      const { status, body } = await plane.get(path);
      if (status === 404) return [];
      assert.equal(status, 200, body);
      const { items } = JSON.parse(body) as { items: Item[] };
      const kind = path.slice(path.lastIndexOf("/") + 1);
      return items.sort(byRevision).map((item) => [nameOf(kind, item), contentOf(kind, item)] as const);
    }),
  );
  return Object.fromEntries(lists.flat());
}

/** The part of a snapshot whose names match. */
export function part(whole: Snapshot, name: RegExp): Snapshot {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => name.test(key)));
}

/** Objects that are missing, too many or different, a line each. */
export function difference(wanted: Snapshot, found: Snapshot): string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const [one, other] = [JSON.stringify(wanted[name]), JSON.stringify(found[name])];
    if (one === other) return [];
    if (other === undefined) return [`${name} is missing`];
    return [one === undefined ? `${name} is too many` : `${name}: ${other} instead of ${one}`];
  });
}

const revisionOf = ({ metadata }: Item) => Number(metadata.labels?.["version"] ?? 0);
const byRevision = (one: Item, other: Item) => revisionOf(one) - revisionOf(other);

function nameOf(kind: string, { metadata: { namespace = "", name } }: Item): string {
  const isRevision = kind === "secrets" && name.startsWith("sh.helm.release.v1.");
  // Each revision takes the place of the one before: the last counts.
  return `${kind} ${namespace}/${isRevision ? name.replace(/\.v\d+$/, "") : name}`;
}

function contentOf(kind: string, item: Item): unknown {
  const { name, labels, annotations = {}, finalizers, deletionTimestamp } = item.metadata;
  if (kind === "secrets" && name.startsWith("sh.helm.release.v1.")) return { status: labels?.["status"] };
  const { "deployment.kubernetes.io/revision": _, [incarnationKey]: __, ...kept } = annotations;
  return {
    labels,
    annotations: kept,
    finalizers,
    leaving: deletionTimestamp !== undefined,
    type: item["type"],
    data: kind === "secrets" ? secretData(name, item["data"]) : item["data"],
    spec: withoutAddresses(item["spec"]),
    rules: item["rules"],
    roleRef: item["roleRef"],
    subjects: item["subjects"],
  };
}

/** Every certificate is another one; of the rest the content counts, but no secret is to be told when a comparison fails. */
function secretData(name: string, data: unknown): unknown {
  const entries = Object.entries((data ?? {}) as Record<string, string>);
  const digest = (value: string) => createHash("sha256").update(value).digest("hex").slice(0, 12);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, name === "relay-client-tls-secret" ? value !== "" : digest(value)]),
  );
}

function withoutAddresses(spec: unknown): unknown {
  if (typeof spec !== "object" || spec === null) return spec;
  const volatile = ["clusterIP", "clusterIPs"];
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !volatile.includes(key)));
}
