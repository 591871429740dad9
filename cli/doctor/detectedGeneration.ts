import { defaultGeneration, type Generation, generations } from "../../components/glooMesh/generation";
import { unlessRefused } from "../../components/kubernetes/errors";
import { hasRelayServer } from "../../components/preflight/hub/anotherGeneration";
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
  const onlyOne = async (isThere: (generation: Generation) => Promise<boolean>) => {
    const answers = await Promise.all(all.map(isThere));
    const [first, another] = all.filter((_, index) => answers[index]);
    return another === undefined ? first : undefined;
  };
  return (
    (await onlyOne((one) => hasRelayServer(management, namespace, one))) ??
    (await onlyOne((one) => hasKind(management, namespace, one))) ??
    defaultGeneration
  );
}

async function hasKind(management: Side, namespace: string, generation: Generation): Promise<boolean> {
  return (await unlessRefused(registeredClusters(management, namespace, generation))) !== undefined;
}
