import { type Allowance, allowance } from "../base/foreignJson";
import { isMap, valueAt } from "../base/json";
import type { ClusterAccess } from "./access";
import { pageOf, parseAnswer } from "./answers";
import { ApiConnection, type RequestSettings } from "./apiConnection";
import { ApiError, hasStatus } from "./errors";
import { loadKubeConfig } from "./kubeconfig";
import { objectIn } from "./objectShape";
import type { KubernetesObject, ObjectList, SeenObject } from "./objects";
import { serviceAccountFolder } from "./serviceAccount";
import { Transport } from "./transport";

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/** A delete that the API server accepted. */
export interface Removal {
  /** The object is gone for certain: what finalizers hold, the API server answers in place of a Status. */
  readonly isGone: boolean;
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

  /** Reads the object at a path; undefined if there is none. Throws GMR117 if the answer is no object. */
  async find<T>(path: string, settings?: RequestSettings): Promise<T | undefined> {
    try {
      return this.checked(objectIn<T>(await this.request("GET", path, settings)));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && error.kindKnown) return undefined;
      throw error;
    }
  }

  /**
   * Reads all objects of a collection, page by page, or the `first` ones only, at most 500. Starts again, once, when the continuation of a list has
   * expired (410). Throws GMR117 if the answer is not a list, or has no end.
   */
  async list<T extends KubernetesObject = KubernetesObject>(
    path: string,
    { first, ...settings }: RequestSettings & { readonly first?: number } = {},
  ): Promise<ObjectList<T>> {
    const target = `${path}${path.includes("?") ? "&" : "?"}limit=${first ?? pageSize}`;
    for (let isAgain = false; ; isAgain = true) {
      const items: T[] = [];
      const allowed = settings.allowed ?? allowance();
      const ends = Date.now() + longestList * 1000;
      let next = "";
      try {
        for (let pages = 1; ; pages++) {
          const continuation = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
          const page = this.checked(
            pageOf<T>(await this.request("GET", `${target}${continuation}`, { ...settings, allowed })),
          );
          for (const item of page.items) items.push(item);
          next = page.next;
          if (next === "" || first !== undefined) return { items, resourceVersion: page.resourceVersion };
          if (pages === mostPages || Date.now() > ends) throw this.answerTooLarge();
        }
      } catch (error) {
        if (isAgain || next === "" || !hasStatus(error, 410)) throw error;
      }
    }
  }

  /** Deletes the object with this UID and resourceVersion, and no other. Undefined when it was changed or replaced since it was read. */
  async remove(
    path: string,
    { uid, resourceVersion }: SeenObject,
    settings?: RequestSettings,
  ): Promise<Removal | undefined> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
    try {
      const answer = await this.request<unknown>("DELETE", path, { ...settings, body });
      return { isGone: valueAt(answer, "kind") === "Status" };
    } catch (error) {
      if (hasStatus(error, 409)) return undefined;
      if (!hasStatus(error, 404)) throw error;
    }
    return { isGone: true };
  }

  /**
   * Sends a request; repeats it within the time limit while the API server is too busy. Throws {@link ApiError} for 404, 409, 410 and 422, which
   * callers handle, and another RegistrationError otherwise.
   */
  async request<T>(method: string, path: string, settings: RequestSettings = {}): Promise<T> {
    const bytes = await this.exchange(method, path, settings);
    return (bytes.length === 0 ? undefined : this.parse(bytes, settings.allowed)) as T;
  }

  /** Reads an answer that is not JSON, such as logs and metrics. */
  async readText(path: string, settings: RequestSettings = {}): Promise<string> {
    const allowed = settings.allowed ?? allowance(longestOutput);
    return (await this.exchange("GET", path, { ...settings, allowed })).toString();
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
    const target = `${path}${separator}watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${encodeURIComponent(resourceVersion)}`;
    // A connection that died unnoticed (a NAT forgot it) would never end. The API server ends a live one earlier.
    const silence = AbortSignal.timeout((watchSeconds + 5) * 1000);
    for await (const line of this.exchangeLines(target, signal, silence)) {
      if (line.length > 0) onEvent(this.checked(eventIn<T>(this.parse(line))));
    }
  }

  private parse(bytes: Buffer, allowed?: Allowance): unknown {
    try {
      return parseAnswer(bytes, allowed);
    } catch {
      throw this.notAnApiServer();
    }
  }

  private checked<T>(read: T | undefined): T {
    if (read === undefined) throw this.notAnApiServer();
    return read;
  }
}

/** An event of a watch. Only an error or a bookmark may have an object without a name. */
function eventIn<T>(line: unknown): WatchEvent<T> | undefined {
  if (!isMap(line) || !isMap(line["object"])) return undefined;
  const { type, object } = line;
  if (type === "ERROR" || type === "BOOKMARK") return { type, object: object as T };
  const named = objectIn<T>(object);
  if (named === undefined || (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED")) return undefined;
  return { type, object: named };
}

/**
 * Seconds after which the API server ends a watch; the caller then reads again. Short, because a connection that died unnoticed looks like one on
 * which nothing happens.
 */
const watchSeconds = 15;

/** Objects per page; kubectl requests as many. */
const pageSize = 500;

/** 100 000 objects: more pages are no list, but a chain without an end. */
const mostPages = 200;

/** Seconds after which a list that still has further pages counts as endless. */
const longestList = 60;

/** Logs are cut by the API server; the metrics of a relay server have some lines for each cluster. */
const longestOutput = 16 * 1024 * 1024;
