import type { IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { RegistrationError } from "../base/problems";
import { type ClusterAccess, describeAccess } from "./access";
import { pageOf, parseStatus, readAll } from "./answers";
import { limitCredentialPlugins } from "./credentialPlugin";
import { ApiError, answerProblem, connectionProblem, credentialProblem, hasStatus, notAnApiServer } from "./errors";
import { loadKubeConfig } from "./kubeconfig";
import type { KubernetesObject, ObjectList, SeenObject } from "./objects";
import { retryAfterSeconds } from "./retryAfter";

export interface RequestSettings {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** Form of the answer. Default: `application/json`. */
  readonly accept?: string;
  /** Time limit of the request in seconds. Default 10. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ListSettings extends RequestSettings {
  /** Lists the first objects only, at most 500. Default: all. */
  readonly first?: number;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/**
 * A small client of one API server: requests by path, each with a time limit, that can be aborted.
 *
 * @kubernetes/client-node handles kubeconfig, credential plugins and proxies. Its generated API is not used, because it
 * neither limits a request nor distinguishes a name that does not resolve from a refused connection.
 */
export class KubernetesClient {
  private answeredAt = new Date();
  private skewSeconds: number | undefined;

  /** How messages name this cluster. */
  readonly where: string;

  /** How commands in messages reach this cluster: its context by name, also where it is the current one, which the user may change. */
  readonly access: ClusterAccess;

  private constructor(
    private readonly config: KubeConfig,
    access: ClusterAccess,
    private readonly credentialSeconds: number,
    private readonly userAgent: string,
  ) {
    this.where = describeAccess(access);
    this.access = { ...access, context: config.getCurrentContext() };
  }

  /**
   * Reads the kubeconfig; does not connect. Its credential plugin may take `credentialSeconds` (default 60).
   * Throws GMR101, GMR102, GMR103.
   */
  static async open(
    access: ClusterAccess,
    { credentialSeconds = 60, userAgent = "gloo-mesh-relay-registration" } = {},
  ): Promise<KubernetesClient> {
    const config = await loadKubeConfig(access);
    limitCredentialPlugins(config, credentialSeconds);
    return new KubernetesClient(config, access, credentialSeconds, userAgent);
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
   * Reads all objects of a collection, page by page. Starts again, once, when the continuation of a list has expired (410). Throws GMR117 if the
   * answer is not a list.
   */
  async list<T extends KubernetesObject = KubernetesObject>(
    path: string,
    { first, ...settings }: ListSettings = {},
  ): Promise<ObjectList<T>> {
    const target = `${path}${path.includes("?") ? "&" : "?"}limit=${first ?? pageSize}`;
    for (let isAgain = false; ; isAgain = true) {
      const items: T[] = [];
      let next = "";
      try {
        for (;;) {
          const continuation = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
          const page = pageOf<T>(await this.request("GET", `${target}${continuation}`, settings));
          if (!page) throw new RegistrationError(notAnApiServer(this.access, this.server()));
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
   * callers handle, and a RegistrationError otherwise.
   */
  async request<T>(method: string, path: string, settings: RequestSettings = {}): Promise<T> {
    const text = await this.exchange(method, path, settings);
    return (text === "" ? undefined : this.parse(text)) as T;
  }

  /** Reads an answer that is not JSON, such as logs and metrics. */
  readText(path: string, settings: RequestSettings = {}): Promise<string> {
    return this.exchange("GET", path, settings);
  }

  private async exchange(method: string, path: string, settings: RequestSettings): Promise<string> {
    const options = await this.authorise(settings.signal);
    const limit = settings.timeoutSeconds ?? 10;
    const timeout = AbortSignal.timeout(limit * 1000);
    const signal = settings.signal ? AbortSignal.any([settings.signal, timeout]) : timeout;
    const deadline = Date.now() + limit * 1000;
    try {
      const ask = () => this.send(method, path, options, settings, signal);
      let response = await ask();
      let text = await readAll(response);
      for (let busy = retryAfterSeconds(response); busy !== undefined; busy = retryAfterSeconds(response)) {
        if (Date.now() + busy * 1000 >= deadline) break;
        await delay(busy * 1000, undefined, { signal });
        response = await ask();
        text = await readAll(response);
      }
      const status = response.statusCode ?? 0;
      this.noteClock(response.headers.date);
      if (status < 200 || status > 299) throw this.refusal(method, path, status, text);
      return text;
    } catch (error) {
      throw this.explain(error, timeout, limit, settings.signal);
    }
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
    try {
      const options = await this.authorise(signal);
      const response = await this.send("GET", target, options, {}, AbortSignal.any([signal, silence]));
      const status = response.statusCode ?? 0;
      if (status !== 200) throw this.refusal("GET", target, status, await readAll(response));
      for await (const line of createInterface({ input: response })) {
        if (line !== "") onEvent(this.parse(line) as WatchEvent<T>);
      }
    } catch (error) {
      if (signal.aborted || silence.aborted) return;
      throw this.explain(error, undefined, 0, signal);
    }
  }

  /** The API server's clock at its last answer, to the second. */
  get clock(): Date {
    return this.answeredAt;
  }

  /**
   * Seconds by which the API server's clock was ahead of this machine's at its last answer; negative when it was behind, undefined if that answer
   * had no time. Exact to a few seconds: the header has whole seconds, and an answer takes time.
   */
  get clockSkewSeconds(): number | undefined {
    return this.skewSeconds;
  }

  private noteClock(date: string | undefined): void {
    const reported = new Date(date ?? Number.NaN);
    const isReported = !Number.isNaN(reported.getTime());
    this.answeredAt = isReported ? reported : new Date();
    this.skewSeconds = isReported ? (reported.getTime() - Date.now()) / 1000 : undefined;
  }

  /** Credentials for one request. A plugin that asks for a login would wait for ever, so it has its own time limit. */
  private async authorise(signal: AbortSignal | undefined): Promise<RequestOptions> {
    const limit = AbortSignal.timeout(this.credentialSeconds * 1000);
    const options: RequestOptions = { headers: {} };
    try {
      await unlessAborted(this.config.applyToHTTPSOptions(options), signal ? AbortSignal.any([signal, limit]) : limit);
      return options;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof RegistrationError) throw error;
      throw new RegistrationError(credentialProblem(this.access, error));
    }
  }

  private send(
    method: string,
    path: string,
    authorised: RequestOptions,
    settings: RequestSettings,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const cluster = this.config.getCurrentCluster();
    const url = new URL(`${cluster?.server.replace(/\/+$/, "")}${path}`);
    const payload = settings.body === undefined ? undefined : JSON.stringify(settings.body);
    const headers = {
      ...(authorised.headers as Record<string, string>),
      accept: settings.accept ?? "application/json, */*",
      "user-agent": this.userAgent,
      ...(payload === undefined
        ? {}
        : {
            "content-type": settings.contentType ?? "application/json",
            "content-length": Buffer.byteLength(payload),
          }),
    };
    const options = { ...authorised, method, signal, headers };
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(url, options, resolve);
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new RegistrationError(notAnApiServer(this.access, this.server()));
    }
  }

  private refusal(method: string, path: string, status: number, text: string): Error {
    const answer = parseStatus(text);
    const request = { access: this.access, method, path };
    return [404, 409, 410, 422].includes(status)
      ? new ApiError(request, status, answer.message, answer.namesObject)
      : new RegistrationError(answerProblem(request, status, answer.message));
  }

  private explain(error: unknown, timeout: AbortSignal | undefined, limit: number, caller?: AbortSignal): unknown {
    if (error instanceof ApiError || error instanceof RegistrationError) return error;
    if (caller?.aborted) return caller.reason;
    if (timeout?.aborted) {
      return new RegistrationError(
        connectionProblem(this.access, this.server(), { code: "ETIMEDOUT", message: `no answer within ${limit} s` }),
      );
    }
    return new RegistrationError(connectionProblem(this.access, this.server(), error as NodeJS.ErrnoException));
  }

  private server(): string {
    return this.config.getCurrentCluster()?.server ?? "";
  }
}

/**
 * Seconds after which the API server ends a watch; the caller then reads again. Short, because a connection that died unnoticed looks like one on
 * which nothing happens.
 */
const watchSeconds = 15;

/** Objects per page; kubectl requests as many. */
const pageSize = 500;

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
