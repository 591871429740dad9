import { awaitedLater } from "../base/async";
import type { ClusterAccess } from "./access";
import { KubernetesClient } from "./client";
import { readClusterIdentity } from "./clusterIdentity";

/** Reads of one cluster, each made once and shared by all callers. The first call decides the access for all. */
export interface Lookups {
  /** The cluster's identity (kube-system UID). */
  readIdentity(access: ClusterAccess): Promise<string>;
  /** Makes one read of the cluster, shared by all calls with the same key. They share a failure, too. */
  lookUp<T>(access: ClusterAccess, key: string, read: (client: KubernetesClient) => Promise<T>): Promise<T>;
}

/** Lookups outside of a Pulumi program. Throws what the client throws. */
export class SharedLookups implements Lookups {
  private connection: Promise<KubernetesClient> | undefined;
  private readonly lookups = new Map<string, Promise<unknown>>();

  readIdentity(access: ClusterAccess): Promise<string> {
    return this.lookUp(access, "identity", (client) => readClusterIdentity(client));
  }

  async lookUp<T>(access: ClusterAccess, key: string, read: (client: KubernetesClient) => Promise<T>): Promise<T> {
    const known = this.lookups.get(key) as Promise<T> | undefined;
    if (known) return known;
    this.connection ??= KubernetesClient.open(access);
    const lookup = this.connection.then(read);
    this.lookups.set(key, lookup);
    return awaitedLater(lookup);
  }
}
