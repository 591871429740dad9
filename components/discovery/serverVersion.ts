import type { Generation } from "../generation";
import type { KubernetesClient } from "../kubernetes/client";
import type { Found } from "./found";
export declare function readServerVersion(
  client: KubernetesClient,
  namespace: string,
  generation: Generation,
): Promise<Found>;
