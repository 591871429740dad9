import type { Generation } from "../glooMesh/generation";
import { type RelayServerState, relayServerState } from "../glooMesh/relayServerState";
import type { KubernetesClient } from "../kubernetes/client";
import { paths } from "../kubernetes/objects";
import type { Deployment } from "../kubernetes/workloads";
import type { CauseId, RegistrationPlace } from "./causes";
import { conclude, type Diagnosis } from "./diagnosis";

/** The state of a registration on the management cluster, as far as it can be read. */
export interface HubState {
  readonly relayServer: RelayServerState;
  /** Whether the KubernetesCluster exists; undefined if it cannot be read. */
  readonly clusterKnown: boolean | undefined;
}

/** Causes that may have their reason on the management cluster: the agent alone cannot distinguish them. */
const silent: ReadonlySet<CauseId> = new Set([
  "refused",
  "no-answer",
  "connection-broken",
  "proxy-answers",
  "crash",
  "unknown",
]);

/** True when the state of the management cluster can make the diagnosis more precise; otherwise its two requests are saved. */
export function isForTheHub(diagnosis: Diagnosis): boolean {
  return silent.has(diagnosis.id);
}

/** Reads the state of the management cluster with two requests. Never throws. */
export async function readHubState(
  client: KubernetesClient,
  /** The namespace of the relay server and of the KubernetesCluster. */
  namespace: string,
  generation: Generation,
  clusterName: string,
  signal: AbortSignal,
): Promise<HubState> {
  const find = async <T>(pathOf: () => string) => client.find<T>(pathOf(), { signal });
  const [server, cluster] = await Promise.allSettled([
    find<Deployment>(() => paths.deployment(namespace, generation.relayServer.name)),
    find(() => paths.kubernetesCluster(generation.kubernetesCluster, namespace, clusterName)),
  ]);
  return {
    relayServer: server.status === "rejected" ? "unknown" : relayServerState(server.value),
    clusterKnown: cluster.status === "rejected" ? undefined : cluster.value !== undefined,
  };
}

/** The diagnosis in view of the management cluster: a missing relay server explains every silence. */
export function withHub(diagnosis: Diagnosis, hub: HubState, place: RegistrationPlace): Diagnosis {
  if (!isForTheHub(diagnosis)) return diagnosis;
  const agent = diagnosis.evidence === undefined ? "" : `; the agent: ${diagnosis.evidence}`;
  if (hub.relayServer === "missing" || hub.relayServer === "not available") {
    const evidence = `the relay server's Deployment is ${hub.relayServer}${agent}`;
    return conclude({ id: "hub-not-running", evidence }, place);
  }
  // A refused or broken connection has its own reason; an agent of an unknown cluster crashes or logs nothing.
  if (hub.clusterKnown === false && (diagnosis.id === "crash" || diagnosis.id === "unknown")) {
    return conclude({ id: "cluster-unknown", evidence: `its KubernetesCluster does not exist${agent}` }, place);
  }
  return diagnosis;
}
