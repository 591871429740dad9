import { RegistrationError } from "../base/problems";
import type { KubernetesClient } from "./client";
import { ApiError, notAnApiServer } from "./errors";
import { type KubernetesObject, paths } from "./objects";

/**
 * Reads the identity of a cluster: the UID of its kube-system namespace. Names, contexts and addresses can all come to mean another cluster; the
 * UID cannot.
 */
export async function readClusterIdentity(client: KubernetesClient, signal?: AbortSignal): Promise<string> {
  try {
    const path = paths.namespace("kube-system");
    const namespace = await client.request<Partial<KubernetesObject> | null>("GET", path, { signal });
    const uid: unknown = namespace?.metadata?.uid;
    // It goes into the state, the marks and messages.
    if (typeof uid === "string" && /^[\w.:-]{1,128}$/.test(uid)) return uid;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  throw new RegistrationError(notAnApiServer(client.access, "which has no namespace kube-system"));
}
