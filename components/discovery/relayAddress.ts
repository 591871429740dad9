import type { Generation } from "../generation";
import type { KubernetesClient } from "../kubernetes/client";
import type { IngressPlace } from "../settings";
import type { Found } from "./found";
export declare function discoverRelayAddress(
  client: KubernetesClient,
  request: { namespace: string; ingress?: IngressPlace | undefined; generation: Generation },
): Promise<Found>;
