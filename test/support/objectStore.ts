import type { KubernetesObject } from "../../components/kubernetes/objects";

/** What a watch delivers. */
export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly path: string;
  readonly object: KubernetesObject;
  readonly version: number;
}

/** Objects in memory by their path, with resource versions and a history of changes. */
export class ObjectStore {
  private version = 100;
  private readonly objects = new Map<string, KubernetesObject>();
  private readonly events: StoreEvent[] = [];
  private readonly listeners = new Set<(event: StoreEvent) => void>();

  get currentVersion(): number {
    return this.version;
  }

  get(path: string): KubernetesObject | undefined {
    return this.objects.get(path);
  }

  /** Paths of all objects. */
  paths(): string[] {
    return [...this.objects.keys()];
  }

  /** The objects directly under a collection. */
  list(collection: string): KubernetesObject[] {
    return this.paths()
      .filter((path) => collectionOf(path) === collection)
      .flatMap((path) => this.objects.get(path) ?? []);
  }

  put(path: string, object: object): KubernetesObject {
    const before = this.objects.get(path);
    this.version += 1;
    const given = (object as Partial<KubernetesObject>).metadata;
    const stored = {
      ...object,
      metadata: {
        creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString(),
        uid: before?.metadata.uid ?? `uid-${this.version}`,
        ...namespaceOf(path),
        ...given,
        name: path.slice(path.lastIndexOf("/") + 1),
        resourceVersion: String(this.version),
      },
    };
    this.objects.set(path, stored);
    this.tell({ type: before ? "MODIFIED" : "ADDED", path, object: stored, version: this.version });
    return stored;
  }

  remove(path: string): KubernetesObject | undefined {
    const object = this.objects.get(path);
    if (!object) return undefined;
    this.version += 1;
    this.objects.delete(path);
    this.tell({ type: "DELETED", path, object, version: this.version });
    return object;
  }

  /** Calls back for every change of a collection after this version; returns how to end it. */
  follow(collection: string, since: number, onEvent: (event: StoreEvent) => void): () => void {
    const concerns = (event: StoreEvent) => collectionOf(event.path) === collection;
    for (const event of this.events.filter((one) => one.version > since && concerns(one))) onEvent(event);
    const listener = (event: StoreEvent) => {
      if (concerns(event)) onEvent(event);
    };
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(event: StoreEvent): void {
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
  }
}

function namespaceOf(path: string): { namespace?: string } {
  const namespace = /\/namespaces\/([^/]+)\/./.exec(path)?.[1];
  return namespace === undefined ? {} : { namespace };
}

function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
