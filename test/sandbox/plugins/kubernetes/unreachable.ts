// What reading and deleting mean while the cluster cannot be reached; the user's settings decide.
import type { ReadRequest } from "../engine/provider";
import type { Host } from "../engine/serve";
import type { ValueMap } from "../engine/values";
import type { Cluster } from "./cluster";

const wayOut =
  'If the cluster no longer exists, set the PULUMI_K8S_DELETE_UNREACHABLE environment variable to "true" and run ' +
  "again to drop its resources from state";

/** @throws unless the settings say that an unreachable resource counts as deleted, or as unchanged */
export function unreachableOnRead(
  cluster: Cluster,
  host: Host,
  request: ReadRequest,
): { id: string; outputs: ValueMap; inputs: ValueMap } | undefined {
  warn(cluster, host, request.urn);
  if (cluster.settings.deleteUnreachable) return undefined;
  if (cluster.settings.skipUpdateUnreachable) {
    return { id: request.id, outputs: request.state, inputs: request.inputs };
  }
  throw new Error(`failed to read resource state due to unreachable cluster. ${wayOut}`);
}

/** @throws unless the settings say that an unreachable resource counts as deleted */
export function unreachableOnDelete(cluster: Cluster, host: Host, urn: string): void {
  warn(cluster, host, urn);
  if (!cluster.settings.deleteUnreachable) throw new Error(`configured Kubernetes cluster is unreachable. ${wayOut}`);
}

function warn(cluster: Cluster, host: Host, urn: string): void {
  host.engine.log("warning", urn, `configured Kubernetes cluster is unreachable: ${cluster.unreachable}`);
}
