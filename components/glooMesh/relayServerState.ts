import { type Deployment, isAvailable } from "../kubernetes/workloads";

/** State of the relay server's Deployment; `unknown` if it cannot be read. */
export type RelayServerState = "available" | "not available" | "missing" | "unknown";

export function relayServerState(deployment: Deployment | undefined): RelayServerState {
  if (!deployment) return "missing";
  // During a rollout older pods may serve: one available pod is enough.
  return isAvailable(deployment) || (deployment.status?.availableReplicas ?? 0) > 0 ? "available" : "not available";
}
