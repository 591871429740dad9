import type { ClusterAccess } from "./access";
import { pageOf } from "./answers";
import { ApiConnection, type RequestSettings } from "./apiConnection";
import { ApiError, hasStatus } from "./errors";
import { loadKubeConfig } from "./kubeconfig";
import type { KubernetesObject, ObjectList, SeenObject } from "./objects";
import { serviceAccountFolder } from "./serviceAccount";
import { Transport } from "./transport";

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/** A small client of one API server: requests by path, each with a time limit, that can be aborted. */
export class KubernetesClient extends ApiConnection {
  /**
   * Reads the kubeconfig; does not connect. Its credential plugin may take `credentialSeconds` (default 60).
   * Throws GMR101 to GMR105.
   */
  static async open(
    access: ClusterAccess,
    { credentialSeconds = 60, userAgent = "gloo-mesh-relay-registration", accountFolder = serviceAccountFolder } = {},
  ): Promise<KubernetesClient> {
    const transport = new Transport(loadKubeConfig(access, accountFolder), access, credentialSeconds);
    return new KubernetesClient(transport, access, credentialSeconds, userAgent);
  }

  /** Reads the object at a path; undefined if there is none. */
  async find<T>(path: string, settings?: RequestSettings): Promise<T | undefined> {
    try {
      return await this.request<T>("GET", path, settings);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && error.kindKnown) return undefined;
      throw error;
    }
  }

  /**
   * Reads all objects of a collection, page by page, or the `first` ones only, at most 500. Starts again, once, when the continuation of a list has
   * expired (410). Throws GMR117 if the answer is not a list.
   */
  async list<T extends KubernetesObject = KubernetesObject>(
    path: string,
    { first, ...settings }: RequestSettings & { readonly first?: number } = {},
  ): Promise<ObjectList<T>> {
    const target = `${path}${path.includes("?") ? "&" : "?"}limit=${first ?? pageSize}`;
    for (let isAgain = false; ; isAgain = true) {
      const items: T[] = [];
      let next = "";
      try {
        for (;;) {
          const continuation = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
          const page = pageOf<T>(await this.request("GET", `${target}${continuation}`, settings));
          if (!page) throw this.notAnApiServer();
          items.push(...page.items);
          next = page.next;
          if (next === "" || first !== undefined) return { items, resourceVersion: page.resourceVersion };
        }
      } catch (error) {
        if (isAgain || next === "" || !hasStatus(error, 410)) throw error;
      }
    }
  }

  /**
   * Deletes the object with this UID and resourceVersion, and no other. True when it is gone; false when it was changed or replaced since it was
   * read.
   */
  async remove(path: string, { uid, resourceVersion }: SeenObject, settings?: RequestSettings): Promise<boolean> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
    try {
      await this.request("DELETE", path, { ...settings, body });
    } catch (error) {
      if (hasStatus(error, 409)) return false;
      if (!hasStatus(error, 404)) throw error;
    }
    return true;
  }

  /**
   * Sends a request; repeats it within the time limit while the API server is too busy. Throws {@link ApiError} for 404, 409, 410 and 422, which
   * callers handle, and another RegistrationError otherwise.
   */
  async request<T>(method: string, path: string, settings: RequestSettings = {}): Promise<T> {
    const text = await this.exchange(method, path, settings);
    return (text === "" ? undefined : this.parse(text)) as T;
  }

  /** Reads an answer that is not JSON, such as logs and metrics. */
  readText(path: string, settings: RequestSettings = {}): Promise<string> {
    return this.exchange("GET", path, settings);
  }

  /**
   * Delivers the events of a watch until the API server closes it, the signal aborts (no error), or it breaks (error).
   * `path` carries the selectors; `resourceVersion` is that of the list that the watch continues.
   */
  async watch<T>(
    path: string,
    resourceVersion: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const separator = path.includes("?") ? "&" : "?";
    const target = `${path}${separator}watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${resourceVersion}`;
    // A connection that died unnoticed (a NAT forgot it) would never end. The API server ends a live one earlier.
    const silence = AbortSignal.timeout((watchSeconds + 5) * 1000);
    const onLine = (line: string) => line !== "" && onEvent(this.parse(line) as WatchEvent<T>);
    await this.exchangeLines(target, onLine, signal, silence);
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.notAnApiServer();
    }
  }
}

/**
 * Seconds after which the API server ends a watch; the caller then reads again. Short, because a connection that died unnoticed looks like one on
 * which nothing happens.
 */
const watchSeconds = 15;

/** Objects per page; kubectl requests as many. */
const pageSize = 500;
