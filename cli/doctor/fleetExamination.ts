import { limiter } from "../../components/base/async";
import { cleanDeep } from "../../components/base/foreignText";
import { defaultGeneration, type Generation, generations } from "../../components/glooMesh/generation";
import { clusterIdentityAnnotation, ownerOf } from "../../components/glooMesh/ownership";
import { describeAccess } from "../../components/kubernetes/access";
import { unlessRefused } from "../../components/kubernetes/errors";
import { contextNames } from "../../components/kubernetes/kubeconfig";
import { SharedLookups } from "../../components/kubernetes/lookups";
import type { KubernetesObject } from "../../components/kubernetes/objects";
import { registeredClusters } from "../../components/preflight/hub/inspectHub";
import type { Side } from "../../components/preflight/request";
import { compareNames } from "../report/fleetReport";
import type { DoctorOptions } from "./doctorOptions";
import type { DoctorReport } from "./doctorReport";
import { examineRegistration } from "./examination";

/** A context, and the identity of the cluster that it leads to; undefined where that cannot be read. */
interface Lead {
  readonly context: string;
  readonly identity: string | undefined;
  readonly side: Side;
}

/** Clusters that are examined at the same time. */
const limit = limiter(10);

/**
 * Examines every cluster that the management cluster knows, by name. A KubernetesCluster names the identity of its cluster, which decides on the context; one
 * that helm or meshctl created names none, and then the context of its name is taken.
 *
 * @throws RegistrationError when the management cluster or the kubeconfig cannot be read
 */
export function examineFleet(options: DoctorOptions): Promise<readonly DoctorReport[]> {
  return forEachCluster(options, examineRegistration, (cluster) => unreached(cluster, options));
}

/**
 * Looks at every cluster that the management cluster knows, by name.
 *
 * @throws RegistrationError when the management cluster or the kubeconfig cannot be read
 */
export async function forEachCluster<T>(
  options: DoctorOptions,
  look: (options: DoctorOptions, management: Side, remote: Side) => Promise<T>,
  /** For a cluster to which no context leads. */
  unreached: (cluster: KubernetesObject) => T,
): Promise<readonly T[]> {
  const management: Side = { cluster: new SharedLookups(), access: options.management };
  const namespace = options["management-namespace"] ?? defaultGeneration.relayServer.namespace;
  const clusters = await clustersOf(management, namespace, options.generation);
  const leads = await Promise.all(
    contextNames(options.remote).map((context) => limit(() => readLead(options, context))),
  );
  const sorted = [...clusters].sort((one, other) => compareNames(one.object.metadata.name, other.object.metadata.name));
  return Promise.all(
    sorted.map(({ object: cluster, generation }) => {
      const lead = leadTo(cluster, leads);
      if (lead === undefined) return unreached(cluster);
      const { side } = lead;
      const single = { ...options, generation, "cluster-name": cluster.metadata.name, remote: side.access };
      return limit(() => look(single, management, side));
    }),
  );
}

/** The clusters of a generation, or of every one that the management cluster knows the kind of. Throws if it knows none. */
async function clustersOf(management: Side, namespace: string, wanted: Generation | undefined) {
  const among = wanted ? [wanted] : Object.values(generations);
  const reads = await Promise.allSettled(
    among.map(async (generation) => {
      const objects = await registeredClusters(management, namespace, generation);
      return objects.map((object) => ({ object, generation }));
    }),
  );
  const found = reads.flatMap((read) => (read.status === "fulfilled" ? [read.value] : []));
  const [first] = reads;
  if (found.length === 0 && first?.status === "rejected") throw first.reason;
  return found.flat();
}

async function readLead({ remote }: DoctorOptions, context: string): Promise<Lead> {
  const side: Side = { cluster: new SharedLookups(), access: { ...remote, context } };
  return { context, identity: await unlessRefused(side.cluster.readIdentity(side.access)), side };
}

function leadTo({ metadata }: KubernetesObject, leads: readonly Lead[]): Lead | undefined {
  const identity = metadata.annotations?.[clusterIdentityAnnotation];
  // A cluster that does not answer now may be the one that its context names.
  const named = leads.find(
    (lead) => lead.context === metadata.name && (identity === undefined || lead.identity === undefined),
  );
  const same = identity === undefined ? undefined : leads.find((lead) => lead.identity === identity);
  return same ?? named;
}

/** The report on a cluster to which no context leads. */
function unreached(cluster: KubernetesObject, { management }: DoctorOptions): DoctorReport {
  return cleanDeep({
    clusterName: cluster.metadata.name,
    management: describeAccess(management),
    remote: "no context",
    registration: "unknown" as const,
    why: "no context of the kubeconfig leads to it",
    owner: ownerOf(cluster),
    checks: [],
    reasons: [],
    certificates: [],
    notes: [],
  });
}
