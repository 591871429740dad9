import type { Generation } from "../glooMesh/generation";
import type { KubernetesClient } from "../kubernetes/client";
import { paths } from "../kubernetes/objects";
import type { CauseId } from "./causes";
import { conclude, type Diagnosis } from "./diagnosis";
import { type Deployment, isAvailable } from "./readAgent";

/** The hub's side of a registration, as far as it can be seen. */
export interface HubState {
  /** `unknown` where it could not be looked at. */
  readonly relayServer: "available" | "not available" | "missing" | "unknown";
  /** Whether the KubernetesCluster exists; undefined where it could not be looked at. */
  readonly clusterKnown: boolean | undefined;
}

/** What an agent alone cannot tell apart: silence has its reason at the other end. */
const silent: ReadonlySet<CauseId> = new Set([
  "refused",
  "no-answer",
  "connection-broken",
  "proxy-answers",
  "crash",
  "unknown",
]);

/** True when a look at the hub can make the diagnosis more precise; otherwise its two requests are saved. */
export function isForTheHub(diagnosis: Diagnosis): boolean {
  return silent.has(diagnosis.id);
}

/** Two requests to the hub. Never throws: what cannot be seen is unknown. */
export async function readHubState(
  client: KubernetesClient,
  /** The namespace of the relay server and of the KubernetesCluster. */
  namespace: string,
  generation: Generation,
  clusterName: string,
  signal: AbortSignal,
): Promise<HubState> {
  const [relayServer, clusterKnown] = await Promise.all([
    client
      .find<Deployment>(`${paths.deployments(namespace)}/${generation.relayServer.name}`, { signal })
      .then((server): HubState["relayServer"] => {
        if (!server) return "missing";
        // Older pods may serve during a rollout: one that is available is enough.
        return isAvailable(server) || (server.status?.availableReplicas ?? 0) > 0 ? "available" : "not available";
      })
      .catch((): HubState["relayServer"] => "unknown"),
    client
      .find(`${paths.kubernetesClusters(generation.kubernetesCluster, namespace)}/${clusterName}`, { signal })
      .then((cluster) => cluster !== undefined)
      .catch(() => undefined),
  ]);
  return { relayServer, clusterKnown };
}

/** The diagnosis with the hub's side taken into account: a server that is not there explains every silence. */
export function withHub(diagnosis: Diagnosis, hub: HubState): Diagnosis {
  if (!isForTheHub(diagnosis)) return diagnosis;
  const seen = diagnosis.evidence === undefined ? "" : `; the agent: ${diagnosis.evidence}`;
  if (hub.relayServer === "missing" || hub.relayServer === "not available") {
    return conclude({ id: "hub-not-running", evidence: `the relay server's Deployment is ${hub.relayServer}${seen}` });
  }
  // A refused or broken connection has its own reason; an agent that the hub does not know crashes or says nothing.
  if (hub.clusterKnown === false && (diagnosis.id === "crash" || diagnosis.id === "unknown")) {
    return conclude({ id: "cluster-unknown", evidence: `its KubernetesCluster does not exist${seen}` });
  }
  return diagnosis;
}
