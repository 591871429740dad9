import type { AuditEvent } from "../sandbox/controlplane";

/** Who sends requests in a run, by what they call themselves. */
export const senders = ["ours", "kubernetes plugin", "helm", "kubectl", "meshctl"] as const;
export type Sender = (typeof senders)[number];

/** Requests of one sender to one kind of cluster, by verb. */
export interface RequestCount {
  readonly sender: Sender;
  readonly cluster: "management" | "remote";
  /** As the audit log has it; a review of one's own rights, which is a `create` that stores nothing, counts as "review". */
  readonly verbs: Readonly<Record<string, number>>;
  readonly total: number;
}

/** Counts the requests of the run's own programs; those of controllers, pods and the sandbox itself are not among them. */
export function countRequests(cluster: RequestCount["cluster"], events: readonly AuditEvent[]): RequestCount[] {
  return senders.flatMap((sender) => {
    const own = events.filter((event) => senderOf(event) === sender);
    if (own.length === 0) return [];
    const verbs: Record<string, number> = {};
    for (const event of own) verbs[verbOf(event)] = (verbs[verbOf(event)] ?? 0) + 1;
    return [{ sender, cluster, verbs, total: own.length }];
  });
}

/** Undefined for whoever does not belong to the run. */
export function senderOf({ user, userAgent }: Pick<AuditEvent, "user" | "userAgent">): Sender | undefined {
  if (user.startsWith("system:")) return undefined;
  // The program, and Pulumi's dynamic provider process (components/operations).
  if (/^gloo-mesh-relay-registration(?:\/operations)?$/.test(userAgent)) return "ours";
  if (/^pulumi-kubernetes\b/i.test(userAgent)) return "kubernetes plugin";
  if (/^helm\b/i.test(userAgent)) return "helm";
  if (/^kubectl\b/.test(userAgent)) return "kubectl";
  if (/^meshctl\b/.test(userAgent)) return "meshctl";
  return undefined;
}

function verbOf({ verb, resource }: AuditEvent): string {
  return resource.startsWith("selfsubject") ? "review" : verb;
}

/** One count for each sender and kind of cluster, of several clusters together. */
export function together(counts: readonly RequestCount[]): RequestCount[] {
  const sums = new Map<string, RequestCount>();
  for (const count of counts) {
    const key = `${count.sender} ${count.cluster}`;
    const former = sums.get(key);
    const verbs = { ...former?.verbs };
    for (const [verb, number] of Object.entries(count.verbs)) verbs[verb] = (verbs[verb] ?? 0) + number;
    sums.set(key, { ...count, verbs, total: (former?.total ?? 0) + count.total });
  }
  return [...sums.values()];
}
