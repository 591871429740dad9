import type { KubernetesClient } from "./client";
import { type KubernetesObject, paths } from "./objects";

// Deployments and pods as Kubernetes has them, nothing of Gloo Mesh.

export interface Deployment extends KubernetesObject {
  readonly spec?:
    | {
        readonly replicas?: number;
        readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
        readonly template?: PodTemplate;
      }
    | undefined;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** The part of a pod template that is read by name; the other fields are as the API server has them. */
export interface PodTemplate {
  readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] };
}

/** Why something is as it is: a word for programs, and a sentence. */
export interface Explained {
  readonly reason?: string;
  readonly message?: string;
}

export interface Condition extends Explained {
  readonly type: string;
  readonly status: string;
}

export interface ContainerState {
  readonly waiting?: Explained;
  readonly terminated?: Explained & { readonly exitCode: number; readonly finishedAt?: string };
  readonly running?: { readonly startedAt?: string };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface Pod extends KubernetesObject {
  readonly status?: Explained & {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** True when the rollout is complete and all pods are available; at least one, since an agent scaled to 0 registers nothing. */
export function isAvailable(deployment: Deployment | undefined): boolean {
  if (!deployment?.status) return false;
  const { status } = deployment;
  const replicas = Math.max(1, deployment.spec?.replicas ?? 1);
  return (
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0) &&
    (status.updatedReplicas ?? 0) >= replicas &&
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    (status.availableReplicas ?? 0) >= replicas
  );
}

/** True for a pod that never runs again, such as an evicted one: its object stays until someone deletes it. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

/** A condition in the status of an object, if it has the given status. Default: any status. */
export function conditionOf(found: Deployment | Pod | undefined, type: string, status?: string): Condition | undefined {
  const condition = found?.status?.conditions?.find((one) => one.type === type);
  return status === undefined || condition?.status === status ? condition : undefined;
}

/** The pods of a Deployment, of all its revisions, by their labels. */
export async function readPods({ client, namespace, selector, signal }: PodLookup): Promise<readonly Pod[]> {
  const path = `${paths.pods(namespace)}?labelSelector=${encodeURIComponent(selector)}`;
  return (await client.list<Pod>(path, { signal })).items;
}

interface PodLookup {
  readonly client: KubernetesClient;
  readonly namespace: string;
  /** Label selector, such as `app=enterprise-agent`. */
  readonly selector: string;
  readonly signal?: AbortSignal | undefined;
}
