import { defaultGeneration, type Generation, generations } from "../../components/glooMesh/generation";
import { unlessRefused } from "../../components/kubernetes/errors";
import { paths } from "../../components/kubernetes/objects";
import { registeredClusters } from "../../components/preflight/hub/inspectHub";
import type { Side } from "../../components/preflight/request";
import type { DoctorOptions } from "./doctorOptions";

/**
 * The generation of Gloo Mesh on the management cluster: that of the option, or of the only relay server there; without the right to see relay servers, that
 * of the only kind KubernetesCluster there. 1.x where that decides nothing.
 */
export async function detectGeneration(
  management: Side,
  { generation, "management-namespace": namespace = defaultGeneration.relayServer.namespace }: DoctorOptions,
): Promise<Generation> {
  if (generation !== undefined) return generation;
  const all = Object.values(generations);
  const ofServers = only(await Promise.all(all.map((one) => runsServer(management, namespace, one))));
  return (
    ofServers ?? only(await Promise.all(all.map((one) => hasKind(management, namespace, one)))) ?? defaultGeneration
  );
}

function only(found: readonly (Generation | undefined)[]): Generation | undefined {
  const [first, another] = found.filter((one) => one !== undefined);
  return another === undefined ? first : undefined;
}

async function runsServer({ cluster, access }: Side, namespace: string, generation: Generation) {
  const path = paths.deployment(namespace, generation.relayServer.name);
  const found = await unlessRefused(cluster.lookUp(access, `find ${path}`, (client) => client.find(path)));
  return found ? generation : undefined;
}

async function hasKind(management: Side, namespace: string, generation: Generation) {
  const found = await unlessRefused(registeredClusters(management, namespace, generation));
  return found ? generation : undefined;
}
