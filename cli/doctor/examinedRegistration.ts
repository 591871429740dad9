import type { ClusterAccess } from "../../components/kubernetes/access";
import type { KubernetesClient } from "../../components/kubernetes/client";
import type { DetectedRegistration } from "./detectedRegistration";

/** A registration as it was detected, with a client for each of its clusters. */
export interface ExaminedRegistration {
  readonly detected: DetectedRegistration;
  readonly remote: KubernetesClient;
  /** Undefined where the hub cannot be reached. */
  readonly hub: KubernetesClient | undefined;
  readonly managementAccess: ClusterAccess;
  /** PEM of the hub's root CA; empty where none is known, so that nothing can be held against it. */
  readonly rootCertificate: string;
  readonly serverAddress: string | undefined;
}
