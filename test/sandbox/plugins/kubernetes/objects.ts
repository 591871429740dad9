// Reading and writing single Kubernetes objects of any kind.
import type { Plain, PlainMap } from "../engine/values";
import { type Api, ApiError, groupPath, NoMatch } from "./api";

/** Writes through `create` are made under this name, and handed over to the object's own manager at the first update. */
export const createManager = "pulumi-kubernetes";

/** Which object is meant. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

export class Objects {
  constructor(private readonly api: Api) {}

  async get(ref: ObjectRef): Promise<PlainMap> {
    return await this.api.request("GET", await this.path(ref));
  }

  /** Like {@link get}, but undefined when there is no such object or no such kind. */
  async find(ref: ObjectRef): Promise<PlainMap | undefined> {
    try {
      return await this.get(ref);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async create(object: PlainMap, options: { dryRun: boolean }): Promise<PlainMap> {
    const kind = await this.api.kind(...typeOf(object));
    return await this.api.request("POST", await this.collection(refOf(object)), {
      query: { fieldManager: createManager, ...dryRunQuery(options.dryRun) },
      body: JSON.stringify(kind.namespaced ? object : withoutNamespace(object)),
    });
  }

  /** Server-side apply. @param options.force takes fields over that another manager has set */
  async apply(object: PlainMap, options: { manager: string; force: boolean; dryRun: boolean }): Promise<PlainMap> {
    const kind = await this.api.kind(...typeOf(object));
    return await this.api.request("PATCH", await this.path(refOf(object)), {
      query: { fieldManager: options.manager, force: String(options.force), ...dryRunQuery(options.dryRun) },
      // JSON is YAML.
      contentType: "application/apply-patch+yaml",
      body: JSON.stringify(kind.namespaced ? object : withoutNamespace(object)),
    });
  }

  /** Replaces the list of field managers, provided that the object is still the one that was read. */
  async replaceManagers(live: PlainMap, managedFields: Plain[]): Promise<PlainMap> {
    const patch = [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: metadataOf(live)["resourceVersion"] ?? "" },
    ];
    return await this.api.request("PATCH", await this.path(refOf(live)), {
      contentType: "application/json-patch+json",
      body: JSON.stringify(patch),
    });
  }

  /** Merge patch, for providers that are told not to use server-side apply. */
  async mergePatch(ref: ObjectRef, patch: PlainMap, options: { dryRun: boolean }): Promise<PlainMap> {
    return await this.api.request("PATCH", await this.path(ref), {
      query: { fieldManager: createManager, ...dryRunQuery(options.dryRun) },
      contentType: "application/merge-patch+json",
      body: JSON.stringify(patch),
    });
  }

  /** Asks for deletion, dependents first. The object may live on until its finalizers are done. */
  async delete(ref: ObjectRef): Promise<void> {
    await this.api.request("DELETE", await this.path(ref), {
      body: JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Foreground" }),
    });
  }

  /**
   * Follows an object until a condition holds.
   * @param until gets undefined once the object does not exist
   * @param signal ends the wait with the signal's reason
   */
  async follow(
    ref: ObjectRef,
    until: (live: PlainMap | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<PlainMap | undefined> {
    const collection = await this.collection(ref);
    for (;;) {
      signal.throwIfAborted();
      const live = await this.find(ref);
      if (until(live)) return live;
      const resourceVersion = metadataOf(live ?? {})["resourceVersion"];
      const seen = await this.nextMatch(collection, ref.name, String(resourceVersion ?? ""), until, signal);
      if (seen) return seen.live;
    }
  }

  // A watch that ends, or never comes about, is no failure: the caller looks again.
  private async nextMatch(
    collection: string,
    name: string,
    resourceVersion: string,
    until: (live: PlainMap | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<{ live: PlainMap | undefined } | undefined> {
    // Bounded, because an object that is deleted and made anew between two requests would be missed otherwise.
    const query = { fieldSelector: `metadata.name=${name}`, timeoutSeconds: "10", resourceVersion };
    const events = this.api.watch(collection, query);
    const stop = () => void events.return(undefined);
    signal.addEventListener("abort", stop);
    try {
      for await (const event of events) {
        if (event.type === "ERROR") break;
        const live = event.type === "DELETED" ? undefined : event.object;
        if (until(live)) return { live };
        signal.throwIfAborted();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ApiError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    } finally {
      signal.removeEventListener("abort", stop);
    }
    return undefined;
  }

  private async path(ref: ObjectRef): Promise<string> {
    return `${await this.collection(ref)}/${encodeURIComponent(ref.name)}`;
  }

  private async collection(ref: ObjectRef): Promise<string> {
    const kind = await this.api.kind(ref.apiVersion, ref.kind);
    const namespace = kind.namespaced ? `/namespaces/${encodeURIComponent(ref.namespace || "default")}` : "";
    return `${groupPath(ref.apiVersion)}${namespace}/${kind.plural}`;
  }
}

/** The identity of an object. */
export function refOf(object: PlainMap): ObjectRef {
  const metadata = metadataOf(object);
  const [apiVersion, kind] = typeOf(object);
  const namespace = metadata["namespace"];
  return {
    apiVersion,
    kind,
    name: String(metadata["name"] ?? ""),
    namespace: typeof namespace === "string" && namespace !== "" ? namespace : undefined,
  };
}

/** An object's metadata, empty when it has none. */
export function metadataOf(object: PlainMap): PlainMap {
  return asMap(object["metadata"]);
}

/** A JSON object, or an empty one in place of anything else. */
export function asMap(value: Plain | undefined): PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** Whether an error says that the object does not exist; a kind that no longer exists counts too. */
export function isMissing(error: unknown): boolean {
  return (error instanceof ApiError && error.code === 404) || error instanceof NoMatch;
}

function typeOf(object: PlainMap): [apiVersion: string, kind: string] {
  return [String(object["apiVersion"] ?? ""), String(object["kind"] ?? "")];
}

function withoutNamespace(object: PlainMap): PlainMap {
  const { namespace: _, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}

function dryRunQuery(dryRun: boolean): Record<string, string> {
  return dryRun ? { dryRun: "All" } : {};
}
